"""Inputs: what they are now, and their form on the way between processes."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from blake3 import blake3

from nbcellar.assets.scanning.digests import digest_file, digest_files
from nbcellar.errors import UsageError
from nbcellar.model import JSON, Digest, Input, InputKind, InputOrigin
from nbcellar.settings import STORE_FOLDER
from nbcellar.store import Cellar

_WILD = frozenset("*?[")
_MADE_BESIDE = frozenset({STORE_FOLDER, "__pycache__", ".ipynb_checkpoints"})
"""Folders that a run itself fills, and nobody means by the folder around them."""


def digest_now(cellar: Cellar, what: Input, *, without: Iterable[str] = ()) -> Digest | None:
    """The digest that an input has now, to be compared with the one that was recorded.

    Args:
        cellar: Its home is what relative paths are relative to.
        what: As it was recorded.
        without: Further names that a listing leaves out; what the run itself wrote is left out already.

    Returns:
        None where it is gone, or where nothing can be said: a URL.
    """
    path = os.path.join(cellar.home, what.path)
    match what.kind:
        case InputKind.FILE | InputKind.MODULE:
            return _digest_files(cellar, what.path, path)
        case InputKind.LISTING:
            return listing_digest(path, (*what.alias.split("/"), *without))
        case InputKind.ASSET:
            return what.digest
        case InputKind.URL:
            return None


def digests_now(cellar: Cellar, inputs: Iterable[Input]) -> list[Digest | None]:
    """As :func:`digest_now`, of many: files of one folder are looked up together."""
    inputs = list(inputs)
    files = {one.path: Path(os.path.join(cellar.home, one.path)) for one in inputs if _is_one_file(cellar, one)}
    found = digest_files(cellar, files.values())
    return [
        (found[files[one.path]].digest if files[one.path] in found else None)
        if one.path in files
        else digest_now(cellar, one)
        for one in inputs
    ]


def listing_digest(folder: str, without: Iterable[str] = ()) -> Digest | None:
    """The digest of a folder's names; None where there is no such folder.

    Args:
        folder: Absolute.
        without: Base names that do not count. Hidden names never do.
    """
    left_out = set(without)
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return None
    kept = [name for name in names if name not in left_out and not name.startswith((".", "__pycache__"))]
    return Digest(blake3(b"\0".join(map(os.fsencode, kept))).digest())


def is_pattern(text: str) -> bool:
    """Whether the text is a glob."""
    return not _WILD.isdisjoint(text)


def files_of(path: str) -> list[str]:
    """The regular files that a path, folder or pattern stands for, sorted; of a folder not those of a store in it."""
    if os.path.isfile(path):
        return [path]
    if os.path.isdir(path):
        return sorted(_files_below(path))
    return sorted(name for name in glob.glob(path, recursive=True) if os.path.isfile(name))


def _files_below(top: str) -> Iterator[str]:
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if name not in _MADE_BESIDE]
        yield from (path for name in names if os.path.isfile(path := os.path.join(folder, name)))


def _is_one_file(cellar: Cellar, one: Input) -> bool:
    if one.kind not in (InputKind.FILE, InputKind.MODULE) or one.path.endswith("/"):
        return False
    return os.path.isfile(os.path.join(cellar.home, one.path)) or not is_pattern(one.path)


def _digest_files(cellar: Cellar, recorded: str, path: str) -> Digest | None:
    if not recorded.endswith("/") and (os.path.isfile(path) or not is_pattern(recorded)):
        found = digest_file(cellar, Path(path)) if os.path.isfile(path) else None
        return found.digest if found else None
    return tree_digest(cellar, files_of(path), os.path.dirname(path.rstrip("/")))


def tree_digest(cellar: Cellar, files: Sequence[str], base: str) -> Digest | None:
    """One digest over the names and contents of several files; None where there are none."""
    found = digest_files(cellar, [Path(file) for file in files])
    hasher = blake3()
    for file in files:
        seen = found.get(Path(file))
        if seen is not None:
            hasher.update(os.fsencode(os.path.relpath(file, base)) + b"\0" + seen.digest)
    return Digest(hasher.digest()) if found else None


def inputs_to_json(inputs: Iterable[Input]) -> list[JSON]:
    """Inputs as JSON."""
    return [
        {
            "kind": what.kind.value,
            "origin": what.origin.value,
            "path": what.path,
            "alias": what.alias,
            "digest": what.digest.hex() if what.digest else None,
            "size_bytes": what.size_bytes,
            "run": what.run,
        }
        for what in inputs
    ]


def inputs_from_json(items: Iterable[JSON]) -> list[Input]:
    """The inputs again.

    Raises:
        UsageError: An item is none.
    """
    return [_input(item) for item in items]


def _input(item: JSON) -> Input:
    match item:
        case {"kind": str(kind), "origin": str(origin), "path": str(path), **rest}:
            alias, digest, size, run = (rest.get(name) for name in ("alias", "digest", "size_bytes", "run"))
            return Input(
                kind=InputKind(kind),
                origin=InputOrigin(origin),
                path=path,
                alias=alias if isinstance(alias, str) else "",
                digest=Digest(bytes.fromhex(digest)) if isinstance(digest, str) else None,
                size_bytes=size if isinstance(size, int) else None,
                run=run if isinstance(run, str) else None,
            )
        case _:
            raise UsageError(f"{item!r} is no input.")
