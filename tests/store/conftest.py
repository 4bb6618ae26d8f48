from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from nbcellar.model import Address, Digest, Entry, Kind, Run, RunKind, RunStatus
from nbcellar.store import Cellar
from nbcellar.store.packs.manifestwriting import write_manifest
from nbcellar.store.packs.pack import PACK_BYTES

Save = Callable[..., Run]
DAY_NS = 86_400 * 10**9


def address_at(place: str, folder: Path) -> Address:
    catalogue = f"sqlite:///{folder / '.cellar' / 'catalogue.db'}"
    url = (folder / ".cellar").as_uri() if place == "file" else f"memory://{folder.name}-{os.urandom(4).hex()}/cellar"
    return Address(url, catalogue)


@pytest.fixture(params=["file", "memory"])
def address(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Address:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return address_at(request.param, tmp_path)


@pytest.fixture
def cellar(address: Address, tmp_path: Path) -> Iterator[Cellar]:
    one = Cellar.open(tmp_path, address=address)
    yield one
    one.close()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Cellar]:
    one = Cellar.open(tmp_path, address=address_at("file", tmp_path))
    yield one
    one.close()


def save_into(cellar: Cellar, name: str, files: Mapping[bytes, bytes], **fields: object) -> Run:
    """A run that made these files."""
    run = cellar.open_run(RunKind.SAVE, name)
    with cellar.stage() as stage:
        entries = []
        for path in sorted(files):
            content = files[path]
            if len(content) < PACK_BYTES:
                entries.append(Entry(path, Kind.FILE, False, len(content), stage.put(content)))
            else:
                fd = os.memfd_create("large")
                try:
                    os.write(fd, content)
                    whole, chunks = stage.put_large(fd, len(content))
                finally:
                    os.close(fd)
                entries.append(Entry(path, Kind.FILE, False, len(content), whole, chunks=chunks))
        asset = write_manifest(stage, entries)
        closed = replace(run, status=RunStatus.SUCCEEDED, asset=asset, ended_ns=run.started_ns + 1)
        return cellar.publish(replace(closed, **fields), stage)  # type: ignore[arg-type]


def files_of(cellar: Cellar, run: Run) -> dict[bytes, bytes]:
    """The files of an asset, read back."""
    assert run.asset is not None
    return {entry.name: cellar.read_file(entry) for entry in cellar.manifest(run.asset)}


@pytest.fixture
def save(cellar: Cellar) -> Save:
    def one(name: str, files: Mapping[bytes, bytes], **fields: object) -> Run:
        return save_into(cellar, name, files, **fields)

    return one


def old(cellar: Cellar, days: int) -> None:
    """Let so many days pass, as far as runs and trash are concerned."""
    with cellar._catalogue.writing() as connection:
        connection.execute(
            "UPDATE run SET started_ns = started_ns - ?, ended_ns = ended_ns - ?, removed_ns = removed_ns - ?",
            (days * DAY_NS,) * 3,
        )


def forget_at_once(cellar: Cellar) -> Cellar:
    return Cellar(cellar.address, replace(cellar.settings, trash_days=0), cellar.home)


class Interrupted:
    """A save that stops before it publishes, so that others can come between."""

    def __init__(self, cellar: Cellar, files: dict[bytes, bytes]) -> None:
        self.cellar = cellar
        self.files = files
        self.run = cellar.open_run(RunKind.SAVE, "late")
        self.stage = cellar.stage()
        self.closed = self.store()
        self.stage.seal()

    def store(self, missing: Collection[Digest] = ()) -> Run:
        entries = [
            Entry(name, Kind.FILE, False, len(content), self.stage.put(content)) for name, content in self.files.items()
        ]
        return replace(self.run, status=RunStatus.SUCCEEDED, asset=write_manifest(self.stage, entries))

    def publish(self) -> Run:
        with self.stage:
            return self.cellar.publish(self.closed, self.stage, again=self.store)
