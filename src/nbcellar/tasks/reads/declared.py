"""``--in``: what a declared input means, and where its bytes are."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbcellar.assets.asset import Asset
from nbcellar.assets.assetentry import AssetEntry
from nbcellar.assets.scanning.digests import digest_file
from nbcellar.errors import NotFoundError, UsageError, did_you_mean
from nbcellar.model import AssetSummary, Digest, Entry, Input, InputKind, InputOrigin, Kind, Run
from nbcellar.reference import Ref
from nbcellar.store import Cellar
from nbcellar.tasks.files.places import Places
from nbcellar.tasks.reads.inputs import files_of, is_pattern, tree_digest
from nbcellar.tasks.taskline.options import DeclaredInput
from nbcellar.tasks.taskline.words import NOT_RUN

_URL = re.compile(r"[a-z][a-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class ResolvedInput:
    """A declared input.

    Attributes:
        record: For the run; its digest is filled in when the body ends, where it has none.
        name: What the body calls it: its alias, or the base name of a file, or the name of an asset.
        base: What the names of several files are relative to.
        files: The files beside the notebook that it stands for; none for assets and URLs.
        locate: Where it is: a file, or a folder. An asset is laid out in the cache by the first call.
        links: For a fresh folder: relative names, and what each is a link to. As ``locate``.
    """

    record: Input
    name: str
    base: str
    files: tuple[str, ...]
    locate: Callable[[], Path]
    links: Callable[[], list[tuple[str, str]]]

    @property
    def one_file(self) -> str:
        """The file, where one was named; empty where a folder or a pattern was, whatever it holds now."""
        single = len(self.files) == 1 and os.path.basename(self.record.path) == os.path.basename(self.files[0])
        return self.files[0] if single else ""


class Located(Mapping[str, Path]):
    """Where declared inputs are, by alias, base name or the name of an asset; each is located when it is asked for."""

    def __init__(self, inputs: Sequence[ResolvedInput]) -> None:
        self._inputs: dict[str, list[ResolvedInput]] = {}
        for one in inputs:
            self._inputs.setdefault(one.name, []).append(one)

    def __repr__(self) -> str:
        return f"<inputs: {', '.join(self._inputs) or 'none declared'}>"

    def __getitem__(self, name: str) -> Path:
        """Where one is.

        Raises:
            NotFoundError: None is called so; it is also a KeyError.
            UsageError: Several are.
        """
        found = self._inputs.get(name)
        if found is None:
            hint = did_you_mean(name, self._inputs) or f"Declare it: --in {name}."
            raise NotFoundError(f"No declared input is called {name!r}.", hint=hint)
        if len(found) > 1:
            paths = ", ".join(one.record.path for one in found)
            hint = f"Give each a name of its own: --in first={found[0].record.path}."
            raise UsageError(f"{len(found)} declared inputs are called {name!r}: {paths}.", hint=hint)
        return found[0].locate()

    def __contains__(self, name: object) -> bool:
        return name in self._inputs

    def __iter__(self) -> Iterator[str]:
        return iter(self._inputs)

    def __len__(self) -> int:
        return len(self._inputs)


def declared_digest(cellar: Cellar, one: ResolvedInput) -> str | None:
    """Hex of the digest that a declared input has now; None where it is gone."""
    if one.record.digest is not None:
        return one.record.digest.hex()
    if one.one_file:
        found = digest_file(cellar, Path(one.one_file))
        return found.digest.hex() if found else None
    whole = tree_digest(cellar, one.files, one.base)
    return whole.hex() if whole else None


def resolve(declared: Sequence[DeclaredInput], cellar: Cellar, places: Places, here: Path) -> list[ResolvedInput]:
    """Find every declared input.

    Args:
        here: The folder that relative paths begin at.

    Raises:
        NotFoundError: One of them is nowhere.
        UsageError: One of them fits two things.
    """
    return [_resolve(one, cellar, places, here) for one in declared]


def _resolve(one: DeclaredInput, cellar: Cellar, places: Places, here: Path) -> ResolvedInput:
    value = one.value
    if isinstance(value, Asset):
        return _asset(one, cellar, value.run, "")
    if isinstance(value, AssetEntry):
        return _asset(one, cellar, value.asset.run, value.path)
    if isinstance(value, os.PathLike):
        return _files(one, os.fspath(value), places, here)
    if not isinstance(value, str):
        raise UsageError(
            f"--in {one.text}: a {type(value).__name__} is no input.",
            saved=NOT_RUN,
            hint="Give a path, a URL, an asset or its reference; values are parameters (--param).",
        )
    return _text(one, cellar, places, here)


def _text(one: DeclaredInput, cellar: Cellar, places: Places, here: Path) -> ResolvedInput:
    text = one.text
    if text.startswith("cellar:"):
        ref = Ref.parse(text)
        return _asset(one, cellar, cellar.find(ref), ref.path)
    if _URL.match(text):
        return _url(one, cellar)
    files = _exists(text, here)
    run, path = _asset_named(text, cellar) if not text.startswith((".", "/", "~")) else (None, "")
    if files and run is not None:
        raise UsageError(
            f"--in {text} fits two things: the file {text}, and the asset {run.ref}.",
            saved=NOT_RUN,
            hint=f"Write --in ./{text} for the file, or --in cellar:{text} for the asset.",
        )
    if run is not None:
        return _asset(one, cellar, run, path)
    if files:
        return _files(one, text, places, here)
    raise NotFoundError(
        f"--in {text}: there is no such file or folder in {here}, and no such asset.",
        saved=NOT_RUN,
        hint="Check the spelling; paths begin at the current folder.",
    )


def _exists(text: str, here: Path) -> bool:
    path = here / os.path.expanduser(text)
    return path.exists() or (is_pattern(text) and bool(files_of(str(path))))


def _asset_named(text: str, cellar: Cellar) -> tuple[Run | None, str]:
    if not cellar.exists:
        return None, ""
    try:
        ref = Ref.parse(text)
        return cellar.find(ref), ref.path
    except (NotFoundError, UsageError):
        return None, ""


def _files(one: DeclaredInput, text: str, places: Places, here: Path) -> ResolvedInput:
    path = os.path.normpath(os.path.join(here, os.path.expanduser(text)))
    files = files_of(path)
    if not files and not os.path.isdir(path):
        raise NotFoundError(f"--in {one.text}: there is no such file or folder.", saved=NOT_RUN)
    folder = os.path.isdir(path)
    size = os.path.getsize(path) if files == [path] else None
    shown = places.input_path(path) + ("/" if folder else "")
    record = Input(InputKind.FILE, InputOrigin.DECLARED, shown, one.alias, size_bytes=size)
    base = path if not is_pattern(text) or os.path.exists(path) else ""
    names = _link_names(one, here, base, files, folder)
    name = one.alias or os.path.basename(path)
    return ResolvedInput(record, name, os.path.dirname(path), tuple(files), lambda: Path(path), lambda: names)


def _link_names(one: DeclaredInput, here: Path, base: str, files: Sequence[str], folder: bool) -> list[tuple[str, str]]:
    """Below which relative names a fresh folder shows the files."""
    if base:
        name = one.alias or _relative(base, here)
        if not folder:
            return [(name, base)]
        return [(os.path.join(name, os.path.relpath(file, base)), file) for file in files]
    if one.alias:
        return [(os.path.join(one.alias, os.path.basename(file)), file) for file in files]
    return [(_relative(file, here), file) for file in files]


def _relative(path: str, here: Path) -> str:
    """The path as seen from here; its base name where it lies elsewhere."""
    relative = os.path.relpath(path, here)
    return os.path.basename(path) if relative.startswith("..") else relative


def _asset(one: DeclaredInput, cellar: Cellar, run: Run, path: str) -> ResolvedInput:
    if run.asset is None:
        raise NotFoundError(f"--in {one.text}: {run.ref} made no asset.", saved=NOT_RUN)
    asset = run.asset
    entries = _entries(cellar, run, path)
    if len(entries) == 1 and os.fsdecode(entries[0].name) == path:
        entry = entries[0]
        name = one.alias or os.path.basename(path)
        record = _record(one, f"{run.ref}/{path}", run, entry.digest, entry.size_bytes)
        return ResolvedInput(
            record, name, "", (), lambda: _lay_out(cellar, entry), lambda: [(name, str(_lay_out(cellar, entry)))]
        )
    folder = one.alias or run.name
    names = [os.fsdecode(entry.name) for entry in entries if entry.kind is not Kind.FOLDER]

    def links() -> list[tuple[str, str]]:
        where = _lay_out(cellar, asset)
        return [(os.path.join(folder, name), str(where / name)) for name in names]

    shown = f"{run.ref}/{path}" if path else run.ref
    record = _record(one, shown, run, asset.digest, asset.size_bytes)
    return ResolvedInput(record, folder, "", (), lambda: _lay_out(cellar, asset), links)


def _entries(cellar: Cellar, run: Run, path: str) -> list[Entry]:
    from nbcellar.assets.selection import Glob

    assert run.asset is not None
    manifest = cellar.manifest(run.asset)
    if not path:
        return list(manifest)
    if not is_pattern(path) and "{" not in path:
        return [manifest[os.fsencode(path)]]
    entries = list(Glob((path,)).select(manifest))
    if not entries:
        raise NotFoundError(f"{run.ref} holds nothing that matches {path!r}.", saved=NOT_RUN)
    return entries


def _record(one: DeclaredInput, shown: str, run: Run, digest: Digest, size_bytes: int) -> Input:
    return Input(InputKind.ASSET, InputOrigin.DECLARED, shown, one.alias, digest, size_bytes, run.id)


def _url(one: DeclaredInput, cellar: Cellar) -> ResolvedInput:
    from nbcellar.store.objects.urls import fetch  # fsspec: only where a URL is named

    got = fetch(one.text, cellar.folder / "cache" / "urls")
    record = Input(InputKind.URL, InputOrigin.DECLARED, one.text, one.alias, got.digest, got.size_bytes)
    name = one.alias or got.path.name
    return ResolvedInput(record, name, "", (), lambda: got.path, lambda: [(name, str(got.path))])


def _lay_out(cellar: Cellar, what: Entry | AssetSummary) -> Path:
    from nbcellar.assets.restoring.inputs import materialise  # here, since few cells take an asset

    return materialise(cellar, what)
