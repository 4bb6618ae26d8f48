"""A store beside a plain model of it: two writers save, remove, collect, crash and repair in any order."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from nbcellar.errors import NotFoundError
from nbcellar.model import Digest, Entry, Kind, Run, RunKind, RunStatus
from nbcellar.settings import Settings
from nbcellar.store import Cellar, CheckLevel, RunQuery
from nbcellar.store.packs.manifestwriting import write_manifest
from nbcellar.store.packs.stage import Stage
from tests.conftest import Counted

from .conftest import address_at, files_of

Files = dict[bytes, bytes]
FILES = st.dictionaries(
    st.sampled_from([b"a", b"b", b"c/d", b"c/e", b"\xff"]),
    st.integers(0, 9).map(lambda number: b"%d" % number * (1 + 700 * number)),
    max_size=5,
)
NAMES = st.sampled_from(["train", "clean"])
WRITER = st.integers(0, 1)


@dataclass
class Known:
    """What the model knows of a run that was published."""

    run: Run
    files: Files
    removed: bool = False


@dataclass
class Pending:
    """A save that has stored everything and not published yet."""

    cellar: Cellar
    run: Run
    files: Files
    stage: Stage
    closed: Run = field(init=False)

    def __post_init__(self) -> None:
        self.closed = self.store()
        self.stage.seal()

    def store(self, missing: Collection[Digest] = ()) -> Run:
        entries = [
            Entry(name, Kind.FILE, False, len(content), self.stage.put(content))
            for name, content in sorted(self.files.items())
        ]
        asset = write_manifest(self.stage, entries)
        return replace(self.run, status=RunStatus.SUCCEEDED, asset=asset, ended_ns=self.run.started_ns)


class StoreMachine(RuleBasedStateMachine):
    """Two writers of one store, and what each of them was told."""

    pending = Bundle("pending")
    checked = 0

    @initialize(place=st.sampled_from(["file", "memory"]))
    def begin(self, place: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cellar-state-"))
        address = address_at(place, self.folder)
        rules = Settings(trash_days=0)
        self.cellars = [Cellar.open(self.folder, address=address, settings=rules) for _ in range(2)]
        self.known: dict[str, Known] = {}
        self.numbers: dict[str, int] = {}
        self.order: list[str] = []

    def teardown(self) -> None:
        for cellar in self.cellars:
            cellar.close()
        shutil.rmtree(self.folder)

    def open_run(self, writer: int, name: str) -> tuple[Cellar, Run]:
        cellar = self.cellars[writer]
        run = cellar.open_run(RunKind.SAVE, name)
        assert run.number == self.numbers.get(name, 0) + 1
        self.numbers[name] = run.number
        return cellar, run

    @rule(target=pending, writer=WRITER, name=NAMES, files=FILES)
    def store(self, writer: int, name: str, files: Files) -> Pending:
        cellar, run = self.open_run(writer, name)
        return Pending(cellar, run, files, cellar.stage())

    @rule(save=consumes(pending))
    def publish(self, save: Pending) -> None:
        with save.stage:
            run = save.cellar.publish(save.closed, save.stage, again=save.store)
        self.known[run.id] = Known(run, save.files)
        self.order.append(run.id)

    @rule(save=consumes(pending))
    def die(self, save: Pending) -> None:
        """The process ends between storing and publishing: nobody tidies up."""

    @rule(save=consumes(pending))
    def give_up(self, save: Pending) -> None:
        with save.stage:
            pass

    @rule(writer=WRITER, data=st.data())
    @precondition(lambda self: self.known)
    def remove(self, writer: int, data: st.DataObject) -> None:
        run_id = data.draw(st.sampled_from(sorted(self.known)))
        self.cellars[writer].remove(self.known[run_id].run)
        self.known[run_id].removed = True

    @rule(writer=WRITER, data=st.data())
    @precondition(lambda self: self.known)
    def put_back(self, writer: int, data: st.DataObject) -> None:
        run_id = data.draw(st.sampled_from(sorted(self.known)))
        self.cellars[writer].put_back(self.known[run_id].run)
        self.known[run_id].removed = False

    @rule(writer=WRITER, grace_s=st.sampled_from([0, 3600]))
    def collect(self, writer: int, grace_s: int) -> None:
        report = self.cellars[writer].gc(yes=True, grace_s=grace_s)
        assert report.damaged == ()
        self.known = {run_id: known for run_id, known in self.known.items() if not known.removed}

    @rule(years=st.integers(-5, 5))
    def jump(self, years: int) -> None:
        """Whoever reserved rows had a clock that was years off."""
        if self.cellars[0].exists:
            with self.cellars[0]._catalogue.writing() as connection:
                away = years * 365 * 86_400 * 10**9
                connection.execute("UPDATE pack SET since_ns = since_ns + ? WHERE live = 0", (away,))
                connection.execute("UPDATE reservation SET since_ns = since_ns + ?", (away,))

    @rule(writer=WRITER)
    @precondition(lambda self: self.known)
    def rebuild(self, writer: int) -> None:
        before = self.listing()
        assert self.cellars[writer].repair_catalogue().incomplete == ()
        assert self.listing() == before

    def listing(self) -> list[Run]:
        runs = self.cellars[0].runs(RunQuery(statuses=(RunStatus.SUCCEEDED,), removed=None))
        return [replace(run, removed_ns=None) for run in runs]

    @invariant()
    def everything_published_is_there(self) -> None:
        for cellar in getattr(self, "cellars", []):
            listed = [run.id for run in cellar.runs(RunQuery(statuses=(RunStatus.SUCCEEDED,), removed=None))]
            assert listed == [run_id for run_id in reversed(self.order) if run_id in self.known]
        for known in getattr(self, "known", {}).values():
            assert files_of(self.cellars[1], known.run) == known.files

    @invariant()
    def names_mean_the_newest(self) -> None:
        for name in ("train", "clean") if hasattr(self, "cellars") else ():
            live = [run_id for run_id in self.order if run_id in self.known and not self.known[run_id].removed]
            wanted = [run_id for run_id in live if self.known[run_id].run.name == name]
            try:
                assert self.cellars[1].find(name).id == wanted[-1]
            except NotFoundError:
                assert not wanted

    @invariant()
    def nothing_is_damaged(self) -> None:
        if hasattr(self, "cellars") and self.cellars[0].exists:
            report = self.cellars[0].check(CheckLevel.READ_DATA)
            assert report.sound, report.damages
            StoreMachine.checked += 1


SHARES = [pytest.param(15, 50, id=f"{number + 1} of 20", marks=pytest.mark.long) for number in range(20)]


@pytest.mark.parametrize(("examples", "steps"), [pytest.param(20, 25, id="sampled"), *SHARES])
def test_a_store_does_what_its_plain_model_does(examples: int, steps: int, counted: Counted) -> None:
    StoreMachine.checked = 0
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        StoreMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking would take many minutes
        ),
    )
    assert StoreMachine.checked > 2 * examples
    counted("states of a store that agreed with its plain model", StoreMachine.checked)
