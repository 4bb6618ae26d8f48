"""What writers that are gone have left goes after a grace, and nothing else is taken for it."""

from __future__ import annotations

import os

import pytest

from nbcellar.errors import UnsafeError
from nbcellar.store import Cellar, CheckLevel
from nbcellar.store.journal.events import Event, EventKind, write_event
from nbcellar.store.objects.ulid import new_ulid

from .conftest import Interrupted, save_into


def test_a_writer_that_died_leaves_debris_which_goes_after_the_grace(cellar: Cellar) -> None:
    save_into(cellar, "kept", {b"a": b"1"})
    late = Interrupted(cellar, {b"a": b"never published" * 99})
    ticket = late.stage.holder.take_ticket()
    body = {"run": "x"}
    write_event(cellar._objects, Event(ticket.event, ticket.sequence, EventKind.REMOVE, 1, body))
    assert cellar.gc().debris_count == 0
    report = cellar.gc(grace_s=0)
    assert report.debris_count == 3  # pack, index, event
    assert cellar.check(CheckLevel.READ_DATA).sound
    assert len(list(cellar._objects.listed("journal"))) == 1


def test_files_in_the_making_go_when_nobody_makes_them_any_more(local: Cellar) -> None:
    save_into(local, "kept", {b"a": b"1"})
    dead = ["tmp/object-dead", "packs/.pack.own", ".format.json.dead", "..gitignore.dead"]
    for name in (*dead, "tmp/create.lock", "packs/mine"):
        (local.folder / name).write_bytes(b"half")
    writer = local._objects.create("packs/living")
    writer.write([b"half"])
    old = (1, 1)
    for path in (*(local.folder / name for name in dead), *local.folder.glob("tmp/object-*")):
        os.utime(path, old)
    assert local.gc().debris_count == len(dead)
    assert [name for name in dead if (local.folder / name).exists()] == []
    writer.write([b" whole"])
    writer.finish()
    assert (local.folder / "packs/living").read_bytes() == b"half whole"
    assert (local.folder / "packs/mine").exists() and (local.folder / "tmp/create.lock").exists()


def test_an_event_that_nobody_reserved_is_never_taken_for_garbage(local: Cellar) -> None:
    save_into(local, "a", {b"a": b"1"})
    write_event(local._objects, Event(new_ulid(), 1, EventKind.PUT_BACK, 1, {"run": "x"}))
    with pytest.raises(UnsafeError):
        local.gc(grace_s=0)
