"""The names that a body binds, changes and deletes, and how they are had again without running it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass

from nbcellar.errors import EncodingError
from nbcellar.model import JSON
from nbcellar.tasks.cachekey import Parts
from nbcellar.tasks.code import Code
from nbcellar.tasks.codecs import Why, encode_namespace
from nbcellar.tasks.fingerprint import fingerprint
from nbcellar.tasks.freenames import definitions

_SHELLS = re.compile(r"_+|_i{1,3}|_i?\d+|_[ido]h|_exit_code|In|Out|exit|quit|get_ipython|open|__\w+__")
VALUE = "__nbcellar_value__"
"""Under this name the value of the last expression is kept."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a body did to a namespace.

    Attributes:
        names: New ones, and those that are bound to another object, or to an object that changed.
        deleted: Names that are gone.
    """

    names: tuple[str, ...]
    deleted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptBindings:
    """Bound names as bytes.

    Attributes:
        left: Names that could not be kept, each with the reason; a hit is impossible while there are any.
        left_out: Names that were not asked for.
    """

    parcels: tuple[bytes, ...]
    names: tuple[str, ...]
    deleted: tuple[str, ...]
    left: Mapping[str, str]
    left_out: tuple[str, ...]


def own_names(namespace: Mapping[str, object]) -> dict[str, object]:
    """The names that are the user's, with their values."""
    return {name: value for name, value in namespace.items() if not _SHELLS.fullmatch(name)}


def bound_since(before: Mapping[str, object], namespace: Mapping[str, object], key: Parts) -> Bound:
    """Compare a namespace with what it was.

    Args:
        key: With the fingerprints of what the body read, taken before it ran.
    """
    after = own_names(namespace)
    missing = object()
    names = [name for name, value in after.items() if before.get(name, missing) is not value]
    read = key.get("names")
    known = read if isinstance(read, dict) else {}
    names += [name for name in known if name in after and name not in names and _changed(known[name], after[name])]
    return Bound(tuple(sorted(names)), tuple(sorted(name for name in before if name not in after)))


def _changed(recorded: JSON, value: object) -> bool:
    """Whether a value that was read is another one now, although it is the same object."""
    if not isinstance(recorded, dict) or "fingerprint" not in recorded:
        return False
    try:
        return fingerprint(value) != recorded["fingerprint"]
    except EncodingError:  # it has grown beyond what is compared
        return True


def keep(
    bound: Bound,
    namespace: Mapping[str, object],
    code: Code,
    wanted: Iterable[str] | None,
    value: Mapping[str, object],
    value_needed: bool = False,
) -> KeptBindings:
    """Encode what a body bound.

    Args:
        wanted: Only these; None for all.
        value: Of the last expression, under ``VALUE``, where there is one.
        value_needed: Whether it must be kept; else it is where it can be.
    """
    chosen = set(bound.names) if wanted is None else set(wanted) & set(bound.names)
    values = {name: namespace[name] for name in bound.names if name in chosen}
    kept = encode_namespace(values | dict(value))
    repeated = _defined(code)
    left = {
        "the value" if one.name == VALUE else one.name: one.reason
        for one in kept.left
        if (value_needed or one.name != VALUE) and (one.why is not Why.DEFINITION or one.name not in repeated)
    }
    return KeptBindings(
        parcels=tuple(parcel.data for parcel in kept.parcels),
        names=tuple(sorted(chosen)),
        deleted=bound.deleted,
        left=left,
        left_out=tuple(sorted(set(bound.names) - chosen)),
    )


def repeat_definitions(code: Code, namespace: MutableMapping[str, object], names: Iterable[str]) -> None:
    """Run the imports, functions and classes of a body again, those that bind one of the names."""
    wanted = set(names)
    nodes = [node for node in definitions(code.tree) if _binds(node) & wanted]
    assert isinstance(namespace, dict)
    exec(compile(ast.Module(nodes, []), "<cached task>", "exec"), namespace)


def _defined(code: Code) -> set[str]:
    return {name for node in definitions(code.tree) for name in _binds(node)}


def _binds(node: ast.stmt) -> set[str]:
    match node:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {(alias.asname or alias.name).split(".")[0] for alias in names}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case _:
            return set()
