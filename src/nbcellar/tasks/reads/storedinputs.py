"""``--store-in``: the bytes of what a body read, as an asset ``NAME-inputs`` of their own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from nbcellar.assets.display import count_text, size_text, visible
from nbcellar.assets.saving.archiver import Source, archive
from nbcellar.assets.scanning.digests import digest_files
from nbcellar.assets.scanning.ignore import IgnoreRules
from nbcellar.model import Digest, Input, InputKind, Run, RunKind, RunStatus, series_beside
from nbcellar.store import Cellar, RunQuery
from nbcellar.tasks.reads.declared import ResolvedInput
from nbcellar.tasks.reads.inputs import is_pattern

ELSEWHERE = "elsewhere"
"""Files from outside of the project are stored below this name, URLs too."""

Files = dict[bytes, Path]


@dataclass(slots=True)
class StoredInputs:
    """The inputs of one attempt.

    Attributes:
        folder: Where copies lie of what the body overwrites, until they are stored.
    """

    folder: Path
    _copies: dict[str, Path] = field(default_factory=dict)

    def keep(self, path: str) -> None:
        """Copy a file that was read and is about to be overwritten; what cannot be copied is named in the end."""
        copy = self.folder / str(len(self._copies))
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            self._copies[path] = copy

    def clear(self) -> None:
        """Remove the copies."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def store(
        self, cellar: Cellar, run: Run, inputs: Sequence[Input], declared: Sequence[ResolvedInput]
    ) -> tuple[list[Input], list[str]]:
        """Store what no asset holds yet.

        Returns:
            The inputs, with the run whose asset has their bytes; and what is to be said of it.

        Raises:
            StorageError: The store could not be written.
        """
        wanted = {one: self._files(cellar, one, declared) for one in inputs if one.run is None and _has_bytes(one)}
        files = {name: path for one, found in wanted.items() if one.digest for name, path in found.items()}
        secrets = [name for name in files if IgnoreRules().secret(name)]
        files = {name: path for name, path in files.items() if name not in secrets}
        made = self._newest(cellar, run, files) or _archived(cellar, run, files) if files else None
        held = _digests(cellar, made)
        whole = {one for one, found in wanted.items() if _is_held(one, found, held)}
        lost = [one.path for one, found in wanted.items() if one not in whole and not found.keys() & {*secrets}]
        given = [replace(one, run=made.id) if made is not None and one in whole else one for one in inputs]
        return given, list(_words(made, lost, secrets))

    def _files(self, cellar: Cellar, one: Input, declared: Sequence[ResolvedInput]) -> Files:
        """Where the bytes of an input lie now, each with the name that it is stored under."""
        for resolved in declared:
            if (resolved.record.kind, resolved.record.path) == (one.kind, one.path):
                if one.kind is InputKind.URL:
                    return {os.fsencode(f"{ELSEWHERE}/{resolved.name}"): resolved.locate()}
                return {_name(cellar, path): self._copies.get(path, Path(path)) for path in resolved.files}
        path = os.path.join(cellar.home, one.path)
        return {_name(cellar, path): self._copies.get(path, Path(path))}

    def _newest(self, cellar: Cellar, run: Run, files: Mapping[bytes, Path]) -> Run | None:
        """The newest version of the stored inputs, where it holds all of them as they are."""
        name = series_beside(run.name, "inputs")
        kinds, statuses = (RunKind.SAVE,), (RunStatus.SUCCEEDED,)
        query = RunQuery(project=run.project, name=name, kinds=kinds, statuses=statuses, with_asset=True, limit=1)
        newest = next(iter(cellar.runs(query)), None)
        held = _digests(cellar, newest)
        now = digest_files(cellar, files.values())
        same = all(path in now and now[path].digest == held.get(name) for name, path in files.items())
        return newest if same else None


def _has_bytes(one: Input) -> bool:
    return one.kind in (InputKind.FILE, InputKind.MODULE) or (one.kind is InputKind.URL and one.digest is not None)


def _name(cellar: Cellar, path: str) -> bytes:
    home = os.path.realpath(cellar.home)
    inside = path.startswith(f"{home}/")
    return os.fsencode(os.path.relpath(path, home) if inside else f"{ELSEWHERE}{path}")


def _archived(cellar: Cellar, run: Run, files: Mapping[bytes, Path]) -> Run:
    opened = cellar.open_run(RunKind.SAVE, series_beside(run.name, "inputs"), detail={"by": run.ref})
    sources = [Source(name, path.resolve()) for name, path in files.items()]
    return archive(cellar, opened, sources, skip_unreadable=True)[0]


def _digests(cellar: Cellar, run: Run | None) -> dict[bytes, Digest]:
    return {} if run is None or run.asset is None else {one.name: one.digest for one in cellar.manifest(run.asset)}


def _is_held(one: Input, files: Files, held: Mapping[bytes, Digest]) -> bool:
    """Whether what is stored is what was read: a file may have changed in between."""
    if one.digest is None or not files.keys() <= held.keys():
        return False
    several = one.path.endswith("/") or is_pattern(one.path)
    return several or all(held[name] == one.digest for name in files)


def _words(made: Run | None, lost: Sequence[str], secrets: Sequence[bytes]) -> Iterator[str]:
    if made is not None and made.asset is not None:
        size = f"{count_text(made.asset.entry_count, 'file')}, {size_text(made.asset.size_bytes)}"
        yield f"inputs are stored as {made.ref} ({size})"
    if lost:
        yield f"not stored, since the bytes that were read are gone: {', '.join(map(visible, lost[:3]))}"
    if secrets:
        named = ", ".join(visible(name) for name in secrets[:3])
        yield f"not stored, since it looks like a credential: {named}"
