"""Every save of an environment as a version in the cellar: an asset with the file ``env``, in a series of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from nbcellar.assets.display import Table, time_text
from nbcellar.assets.saving.archiver import Source, archive
from nbcellar.errors import NotFoundError, did_you_mean
from nbcellar.model import JSON, Digest, Run, RunKind, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.store.objects.privatefolders import private_folder
from nbcellar.tasks.environments.envfile import EnvFile, digest_of, parse

ENTRY = b"env"


@dataclass(frozen=True, slots=True)
class EnvironmentVersion:
    """One save.

    Attributes:
        number: What `Environment.checkout` and `Environment.diff` call it.
        ref: What every other part of nbcellar calls it.
        note: Why it was made, where it was not simply saved.
    """

    number: int
    ref: str
    saved_ns: int
    note: str
    run: Run

    def __repr__(self) -> str:
        return f"<EnvironmentVersion {self.ref}: {time_text(self.saved_ns)}{f', {self.note}' if self.note else ''}>"


class EnvironmentLog(list[EnvironmentVersion]):
    """Versions, newest first."""

    def _table(self) -> Table:
        rows = [(str(one.number), time_text(one.saved_ns), one.ref, one.note) for one in self]
        return Table(("Version", "Saved", "Reference", "Note"), rows, frozenset({"Version"}))

    def __repr__(self) -> str:
        return self._table().text() if self else "<EnvironmentLog: no version yet>"

    def _repr_html_(self) -> str:
        return self._table().html()


def series_of(folder: Path) -> str:
    """The series in which the versions of an environment in this folder are kept."""
    word = re.sub(r"[^A-Za-z0-9_-]+", "-", folder.name).strip("-")[:100]
    return f"env-{word or 'environment'}"


def save_version(cellar: Cellar, file: EnvFile, data: bytes, folder: Path, note: str = "") -> Run:
    """Keep the bytes of an ``env`` file as the next version; the newest one is enough where it is the same.

    Raises:
        StorageError: It could not be written.
    """
    newest = next(iter(_runs(cellar, file, limit=1)), None)
    if newest is not None and _digest(cellar, newest) == digest_of(data) and not note:
        return newest
    detail: dict[str, JSON] = {"environment": file.id, "folder": str(folder)}
    if note:
        detail["note"] = note
    run = cellar.open_run(RunKind.SAVE, file.series, detail=detail)
    with private_folder() as temporary:
        path = temporary / "env"
        path.write_bytes(data)
        run, _ = archive(cellar, run, [Source(ENTRY, path=path)])
    return run


def versions(cellar: Cellar, file: EnvFile) -> EnvironmentLog:
    """Every version of an environment, newest first."""
    return EnvironmentLog(
        EnvironmentVersion(run.number, run.ref, run.ended_ns or run.started_ns, str(run.detail.get("note", "")), run)
        for run in _runs(cellar, file)
    )


def read_version(cellar: Cellar, file: EnvFile, number: int) -> tuple[EnvFile, bytes]:
    """What was saved then.

    Raises:
        NotFoundError: There is no such version.
        CorruptDataError: It is damaged.
    """
    known = {run.number: run for run in _runs(cellar, file)}
    if number not in known or known[number].asset is None:
        listed = ", ".join(map(str, sorted(known))) or "none"
        hint = did_you_mean(str(number), map(str, known)) or "env.log() lists them."
        raise NotFoundError(f"{file.series} has no version {number}; there are: {listed}.", hint=hint)
    asset = known[number].asset
    assert asset is not None
    data = cellar.read_file(cellar.manifest(asset)[ENTRY])
    return parse(data, f"{file.series}@{number}"), data


def is_kept(cellar: Cellar, data: bytes) -> bool:
    """Whether these bytes are stored already."""
    digest = digest_of(data)
    return cellar.exists and digest in cellar.known({digest})


def _runs(cellar: Cellar, file: EnvFile, limit: int | None = None) -> list[Run]:
    if not cellar.exists:
        return []
    query = RunQuery(
        project=cellar.project,
        name=file.series,
        kinds=(RunKind.SAVE,),
        statuses=(RunStatus.SUCCEEDED,),
        with_asset=True,
    )
    found = [run for run in cellar.runs(query) if run.detail.get("environment") == file.id]
    return found[:limit]


def _digest(cellar: Cellar, run: Run) -> Digest | None:
    return None if run.asset is None else cellar.manifest(run.asset)[ENTRY].digest
