"""Resources on their way into the kernel of a notebook step, and back: by value, in files of a folder of their own.

A ``node`` resource is made in the kernel, from what makes it; any other arrives as a value.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path

from nbcellar.errors import NbcellarError, NotFoundError, ResourceError, UsageError, with_notes
from nbcellar.tasks.codecs import decode, encode
from nbcellar.tasks.resources.lifetime import Lifetime
from nbcellar.tasks.resources.resource import Resource
from nbcellar.tasks.resources.specification import Params, ResourceScope, ResourceSpecification
from nbcellar.tasks.resources.typenames import make_importable

VALUE, NODE, BACK = "value-", "node-", "back-"
_open: list[Lifetime] = []


def packed_node(specification: ResourceSpecification, params: Params) -> bytes:
    """What makes a resource, as bytes.

    Raises:
        EncodingError, UnsafeError: Its type or a parameter cannot travel.
    """
    given = dict(params) if isinstance(params, Mapping) else list(params)
    whole: dict[str, object] = {"id": specification.id, "type": specification.type, "params": given}
    if specification.factory is not None:
        whole["factory"] = specification.factory
    return encode(whole, name=specification.id)


def unpack(folder: str, namespace: MutableMapping[str, object], path: Sequence[str] = ()) -> None:
    """In the kernel, before the first cell: bind what arrived to its names.

    Args:
        folder: Where it lies.
        namespace: Of the notebook.
        path: Folders in which the modules of values and types may be found, besides those that are known.

    Raises:
        NbcellarError: Something of it cannot be had here.
        Exception: Whatever making a resource raises.
    """
    make_importable(map(Path, path))
    for file in sorted(Path(folder).glob(f"{VALUE}*")):
        namespace[file.name.removeprefix(VALUE)] = decode(file.read_bytes())
    made = {file.name.removeprefix(NODE): _resource(file) for file in sorted(Path(folder).glob(f"{NODE}*"))}
    lifetime = Lifetime(made.values())
    try:
        lifetime.open()
    except NbcellarError:
        raise
    except Exception as error:
        raise ResourceError(with_notes(error)) from error
    _open.append(lifetime)
    namespace.update({name: each.obj for name, each in made.items()})


def pack(folder: str, namespace: Mapping[str, object], names: Sequence[str]) -> None:
    """In the kernel, after the last cell: close what was made there, and write what the notebook emits.

    Raises:
        NotFoundError: The notebook has no such variable.
        EncodingError, UnsafeError: A value cannot travel.
        ResourceError: A resource could not be closed.
    """
    try:
        for name in names:
            if name not in namespace:
                raise NotFoundError(f"The notebook emits {name!r}, and has no such variable at its end.")
            (Path(folder) / f"{BACK}{name}").write_bytes(encode(namespace[name], name=name))
    finally:
        release(failed=False)


def release(*, failed: bool) -> None:
    """In the kernel: close what was made there, with the exception of the cell that failed.

    Raises:
        ResourceError: One could not be closed; all others are.
    """
    error = getattr(sys, "last_value", None) if failed else None
    while _open:
        _open.pop().close(error if isinstance(error, BaseException) else None)


def _resource(file: Path) -> Resource:
    match decode(file.read_bytes()):
        case {"id": str(identifier), "type": str(kind), "params": dict() | list() as params, **rest}:
            factory = rest.get("factory")
            specification = ResourceSpecification(
                identifier, kind, ResourceScope.NODE, params, factory=factory if callable(factory) else None
            )
            return Resource.from_specification(specification)
    raise UsageError(f"{file.name} holds no resource.")
