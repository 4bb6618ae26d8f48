"""Which run made a file that was read: looked for only as far as it takes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from blake3 import blake3

import nbcellar as cellar
from nbcellar.errors import NbcellarError
from nbcellar.model import Digest, Input, InputKind, InputOrigin
from nbcellar.store import CHUNK_BYTES, Cellar
from nbcellar.tasks.reads.lineage import with_makers


def read(path: str, content: bytes, kind: InputKind = InputKind.FILE) -> Input:
    digest = Digest(blake3(content).digest())
    return Input(kind, InputOrigin.FOUND, path, digest=digest, size_bytes=len(content))


def save(project: Path, name: str, file: str, content: bytes) -> str:
    (project / file).write_bytes(content)
    return cellar.asset(file, name=name).run.id


def test_the_newest_run_that_made_a_file_of_that_name_is_found(project: Path) -> None:
    old = save(project, "old", "a.txt", b"same")
    new = save(project, "new", "b.txt", b"same")
    large = save(project, "large", "c.bin", bytes(CHUNK_BYTES) + b"1")
    store = Cellar.open(project)
    inputs = [
        read("data/a.txt", b"same"),
        read("b.txt", b"same"),
        read("other.txt", b"same"),
        read("unknown.txt", b"nobody made this"),
        read("c.bin", bytes(CHUNK_BYTES) + b"1"),
        read("c.bin", bytes(CHUNK_BYTES) + b"2"),
        read("laid-out", b"same", InputKind.ASSET),
        read("empty.txt", b""),
    ]
    found = with_makers(store, inputs)
    assert [one.run for one in found] == [old, new, None, None, large, None, new, None]
    assert found[6].path == "new@1/b.txt"


def test_no_asset_is_looked_through_for_what_is_not_stored_or_found_in_a_newer_one(project: Path) -> None:
    save(project, "old", "old.txt", b"old")
    packs = project / ".cellar/packs"
    older = {path for path in packs.rglob("*") if path.is_file()}
    new = save(project, "new", "new.txt", b"new")
    for path in older:  # whoever looked would notice
        path.unlink()
    shutil.rmtree(project / ".cellar/cache", ignore_errors=True)
    store = Cellar.open(project)
    found = with_makers(store, [read("raw.txt", b"nobody made this"), read("new.txt", b"new")])
    assert [one.run for one in found] == [None, new]
    with pytest.raises(NbcellarError):
        with_makers(store, [read("old.txt", b"old")])
