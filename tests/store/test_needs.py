"""What assets need, counted while another collector takes some of them and writers save them again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from nbcellar.errors import StorageError
from nbcellar.model import Digest, Entry, Kind, Run, RunKind, RunStatus
from nbcellar.store import Cellar
from nbcellar.store.packs.manifests import Reader
from nbcellar.store.packs.manifestwriting import write_manifest
from nbcellar.store.publishing.lineage import find_content
from nbcellar.store.upkeep.needs import Needs, settled

from .conftest import save_into


def save_at(cellar: Cellar, name: str, content: bytes, mtime_ns: int) -> Run:
    """The same content at another time is the same asset with another manifest."""
    run = cellar.open_run(RunKind.SAVE, name)
    with cellar.stage() as stage:
        entry = Entry(b"f", Kind.FILE, False, len(content), stage.put(content), mtime_ns=mtime_ns)
        return cellar.publish(replace(run, status=RunStatus.SUCCEEDED, asset=write_manifest(stage, [entry])), stage)


def collect(cellar: Cellar, run: Run) -> None:
    cellar.remove(run)
    Cellar(cellar.address, replace(cellar.settings, trash_days=0), cellar.home).gc(yes=True, grace_s=0)


def first_do(action: Callable[[], None], read: Reader) -> Reader:
    """Reads as ``read``; before the first time, something else happens."""
    left = [action]

    def one(digest: Digest) -> bytes:
        while left:
            left.pop()()
        return read(digest)

    return one


def test_an_asset_that_is_collected_while_it_is_counted_needs_nothing(cellar: Cellar) -> None:
    kept = save_into(cellar, "kept", {b"f": b"kept"})
    gone = save_into(cellar, "gone", {b"f": b"gone"})
    assert kept.asset and gone.asset
    with cellar._catalogue.private() as connection:
        needs = Needs(connection, first_do(lambda: collect(cellar, gone), cellar.read))
        needs.count()
        found = {row[0] for row in connection.execute("SELECT digest FROM need")}
    assert found == set(cellar.manifest(kept.asset).blobs())


def test_an_asset_that_is_saved_again_after_it_was_counted_is_counted_again(cellar: Cellar) -> None:
    save_into(cellar, "shares", {b"g": b"content"})
    first = save_at(cellar, "data", b"content", 1)
    with cellar._catalogue.private() as connection:
        needs = Needs(connection, cellar.read)
        needs.count()
        collect(cellar, first)
        again = save_at(cellar, "data", b"content", 2)
        assert first.asset and again.asset
        assert first.asset.digest == again.asset.digest and first.asset.manifest != again.asset.manifest
        with settled(connection, needs):
            needed = {row[0] for row in connection.execute("SELECT digest FROM need")}
    assert again.asset.manifest in needed


def test_a_damaged_manifest_of_an_asset_that_is_there_stops_the_counting(local: Cellar) -> None:
    save_into(local, "data", {b"f": b"content"})
    for pack in (local.folder / "packs").iterdir():
        pack.chmod(0o600)
        pack.write_bytes(b"\0" * pack.stat().st_size)
    with local._catalogue.private() as connection, pytest.raises(StorageError, match="its manifest is damaged"):
        Needs(connection, local.read).count()


def test_content_is_looked_for_beside_a_collector(cellar: Cellar) -> None:
    kept = save_into(cellar, "kept", {b"f": b"wanted", b"g": b"other"})
    gone = save_into(cellar, "gone", {b"f": b"wanted"})
    assert kept.asset
    wanted = cellar.manifest(kept.asset)[b"f"].digest
    read = first_do(lambda: collect(cellar, gone), cellar.read)
    found = find_content(cellar._catalogue, [wanted], read, removed=False)
    assert [(run.id, name) for run, name in found[wanted]] == [(kept.id, b"f")]
