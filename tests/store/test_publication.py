"""Events are published in the order of their sequences, whoever comes between: the journal says what there is."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread

from nbcellar.model import LabelKind, Run, RunKind, RunStatus
from nbcellar.store import Cellar
from nbcellar.store.catalogue.documents import label_to_json
from nbcellar.store.catalogue.turns import turn, turn_path
from nbcellar.store.journal.events import EventKind
from nbcellar.store.objects.local import LocalObjects, LocalWriter
from nbcellar.store.publishing.publication import Publisher

from .conftest import save_into


class Overtaken(LocalObjects):
    """Before a journal event is begun, somebody else publishes; so often."""

    def __init__(self, root: Path, others: list[Callable[[], object]]) -> None:
        super().__init__(root)
        self._others = others

    def create(self, key: str) -> LocalWriter:
        if key.startswith("journal/") and self._others:
            self._others.pop(0)()
        return super().create(key)


def overtaken(cellar: Cellar, *others: Callable[[], object]) -> Publisher:
    """A publisher of this cellar whom these overtake, one in each of its tries."""
    return Publisher(cellar._catalogue, Overtaken(cellar.folder, list(others)))


def without_turns(cellar: Cellar) -> None:
    """As on a file system without locks: the file whose lock is the turn cannot be had."""
    path = turn_path(cellar.folder / "catalogue.db")
    path.unlink(missing_ok=True)
    path.mkdir()


def assert_journal_says_the_same(cellar: Cellar) -> None:
    report = cellar.check()
    assert report.sound, report.damages
    assert report.event_count == len(os.listdir(cellar.folder / "journal"))


def test_a_run_that_is_overtaken_is_published_behind_the_other(cellar: Cellar) -> None:
    late = cellar.open_run(RunKind.SAVE, "data")
    with cellar.stage() as stage:
        taken = stage.holder.take_ticket()
        other = save_into(cellar, "data", {b"f": b"1"})
        published = cellar.publish(replace(late, status=RunStatus.SUCCEEDED), stage)
    assert taken.sequence < (other.sequence or 0) < (published.sequence or 0)
    assert cellar.find("data", succeeded=False).id == late.id
    assert cellar.check().sound


def test_the_last_of_two_that_move_an_alias_at_once_has_it_after_a_repair_too(local: Cellar) -> None:
    runs = [save_into(local, "train", {b"f": b"%d" % number}) for number in range(3)]
    without_turns(local)

    def moved_to(run: Run) -> Callable[[], object]:
        return lambda: local.label(run, LabelKind.ALIAS, "best")

    label = local.label(runs[0], LabelKind.ALIAS, "best")
    body = {"label": label_to_json(label), "project": runs[0].project, "name": "train"}
    sequence = overtaken(local, moved_to(runs[1]), moved_to(runs[2])).append(EventKind.LABEL, body)
    assert local.find("train@best").id == runs[0].id
    assert [label.sequence for label in local.labels([run.id for run in runs])] == [sequence]
    assert_journal_says_the_same(local)
    local.repair_catalogue()
    assert local.find("train@best").id == runs[0].id


def test_a_run_that_two_remove_at_once_was_removed_when_the_last_one_says(local: Cellar) -> None:
    run = save_into(local, "train", {b"f": b"1"})
    without_turns(local)
    overtaken(local, lambda: local.remove(run)).append(EventKind.REMOVE, {"run": run.id}, at_ns=7)
    assert local.run(run.id).removed_ns == 7
    assert_journal_says_the_same(local)
    local.repair_catalogue()
    assert local.run(run.id).removed_ns == 7


def test_two_saves_of_the_same_new_files_at_once_are_whole_after_collection_and_repair(local: Cellar) -> None:
    run = local.open_run(RunKind.SAVE, "late")
    without_turns(local)
    with local.stage() as stage:
        digest = stage.put(b"new")
        stage.rely([digest])
        stage.holder.take_ticket()
        first = save_into(local, "first", {b"f": b"1"})
        late = local.publish(replace(run, status=RunStatus.SUCCEEDED, asset=first.asset), stage)
    assert (first.sequence or 0) < (late.sequence or 0)
    local.gc(yes=True, grace_s=0)
    assert local.repair_catalogue().incomplete == ()
    assert_journal_says_the_same(local)


def test_an_event_that_lost_its_place_leaves_nothing_in_the_journal(local: Cellar) -> None:
    run = save_into(local, "train", {b"f": b"1"})
    without_turns(local)
    before = len(os.listdir(local.folder / "journal"))
    others = [lambda: local.remove(run), lambda: local.put_back(run), lambda: local.remove(run)]
    overtaken(local, *others).append(EventKind.PUT_BACK, {"run": run.id})
    assert local.run(run.id).removed_ns is None
    assert len(os.listdir(local.folder / "journal")) == before + 4
    assert_journal_says_the_same(local)


def test_threads_that_label_and_remove_at_once_leave_a_catalogue_that_the_journal_gives_again(local: Cellar) -> None:
    runs = [save_into(local, "train", {b"f": b"%d" % number}) for number in range(3)]
    start = Barrier(3)

    def work(run: Run) -> None:
        start.wait()
        for _ in range(8):
            local.label(run, LabelKind.ALIAS, "best")
            local.remove(runs[0])
            local.put_back(runs[0])

    threads = [Thread(target=work, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert local.check().event_count == 3 + 3 * 8 * 3
    assert_journal_says_the_same(local)


def test_who_does_not_get_the_turn_goes_on_without_it(local: Cellar) -> None:
    save_into(local, "train", {b"f": b"1"})
    order = []
    with turn(local._catalogue), turn(local._catalogue, patience_s=0):
        order.append("both")
    with turn(local._catalogue):
        order.append("again")
    assert order == ["both", "again"]
