"""One try of a task: everything around the body."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from nbcellar.assets.display import seconds_text
from nbcellar.assets.selection import Glob
from nbcellar.assets.uses import enclosing_run
from nbcellar.model import JSON, Run, RunStatus
from nbcellar.tasks.attempts.claims import Claim
from nbcellar.tasks.attempts.closing import Ending, close
from nbcellar.tasks.attempts.deadline import Deadline
from nbcellar.tasks.attempts.leftovers import Running, coroutines, leftovers
from nbcellar.tasks.attempts.lent import Lent
from nbcellar.tasks.body.mentions import mentioned
from nbcellar.tasks.body.reached import reached
from nbcellar.tasks.cache.bindings import VALUE, KeptBindings
from nbcellar.tasks.cache.kept import left_words, store_kept
from nbcellar.tasks.cache.key import CacheKey
from nbcellar.tasks.cache.remembering import Before, Wish, remember
from nbcellar.tasks.context.current import TaskContext, begin_context, end_context
from nbcellar.tasks.files.above import Mentioned
from nbcellar.tasks.files.places import Places
from nbcellar.tasks.files.trace import Trace, stamp
from nbcellar.tasks.files.tracer import begin, end, enter, leave, untraced
from nbcellar.tasks.files.workdir import Fresh, InPlace, Workdir
from nbcellar.tasks.files.written import Harvest, Keep
from nbcellar.tasks.reads.declared import Located, ResolvedInput
from nbcellar.tasks.reads.found import Digests, Finder, named_files
from nbcellar.tasks.reads.lineage import Reading
from nbcellar.tasks.reads.storedinputs import StoredInputs
from nbcellar.tasks.reads.used import UsedAssets
from nbcellar.tasks.taskline.options import CacheOption

if TYPE_CHECKING:
    from nbcellar.tasks.attempts.execution import Task

UNSET = object()
"""No value was given: the body has no last expression."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known before the first attempt."""

    run: Run
    places: Places
    inputs: tuple[ResolvedInput, ...]
    root: Path
    key: CacheKey | None = None
    reason: tuple[str, ...] = ()


class Attempt:
    """One try: a context manager around the body."""

    def __init__(self, task: Task, opening: Opening, number: int) -> None:
        self.task = task
        self.opening = opening
        self.number = number
        self.entered = False
        self.whole = ExitStack()  # closed when all is saved
        self.around = ExitStack()  # closed when the body has ended
        self.shown: list[JSON] = []
        self.lent = Lent()
        self.stored: StoredInputs | None = None
        limit = task.options.timeout_s
        self.deadline = None if limit is None else Deadline(task.options.name, limit, awaits=task.code.awaits)

    def __enter__(self) -> TaskContext:
        self.entered = True
        self.pid = os.getpid()
        try:
            with untraced():
                self._prepare()
                self._begin()
        except BaseException as error:
            with untraced():
                self._undo(error)
            raise
        return self.context

    def _prepare(self) -> None:
        task, opening = self.task, self.opening
        self.lent.open(task.options, task.namespace)
        self.rules = opening.places.root_rules(task.options.exclude, task.cellar.settings.ignore)
        self.claim = Claim.open(task.cellar.folder / "work", opening.run.id)
        self.whole.callback(self.claim.close)
        if task.options.store_inputs:
            self.stored = StoredInputs(task.cellar.folder / "work" / f"{opening.run.name}-{opening.run.number}-inputs")
            self.whole.callback(self.stored.clear)
        self.workdir = self._workdir()
        self.around.callback(self.workdir.leave)
        self.places = replace(opening.places, root=str(self.workdir.root))
        self.named = named_files(mentioned(task.code, task.names), str(task.here))
        needed = task.remembers is not None or "NBCELLAR_RUN" in os.environ or task.options.store_inputs
        self.digests = Digests(task.cellar, needed)
        self.used = UsedAssets.watch(opening.run.id)
        self.around.callback(self.used.end)
        self.trace = Trace(
            before_overwrite=self._before_overwrite,
            on_write=self.claim.add,
            on_folder=self._visit,
            on_database=self._before_overwrite if self.stored is not None else None,
            readonly=self.workdir.readonly if isinstance(self.workdir, Fresh) else frozenset(),
        )
        files = {file for one in opening.inputs for file in one.files}
        self.stamps = {file: seen for file in files if (seen := stamp(file)) is not None}
        self.trace.reads.update(self.stamps)
        self.context = TaskContext(
            self.workdir.root, task.cellar.home, opening.run, Located(opening.inputs), opening.run.params, self.number
        )

    def _begin(self) -> None:
        """Let everything know that the body runs; what ends that is put on the stack with it."""
        self.before = Running.now()
        self.beside = self._coroutines()
        self.around.callback(enclosing_run.reset, enclosing_run.set(self.opening.run.id))
        self.around.callback(end_context, self.context, begin_context(self.context))
        self.around.callback(leave, enter(self.trace))
        begin(self.trace)
        self.around.callback(end, self.trace)
        self._look_around()
        self.started = time.monotonic()
        if self.deadline is not None:
            self.deadline.begin()

    def _look_around(self) -> None:
        """Note how things are, for what is remembered of the body."""
        if self.task.remembers is None:
            return
        try:
            self.cached_before = Before.of(self.task.namespace)
        except Exception:  # a library of another version may keep its options in any way
            if self.task.options.cache is not None:
                raise
            self.task.remembers = None
            return
        self.task.outputs.begin()
        self.around.callback(self._end_outputs)

    def _end_outputs(self) -> None:
        self.shown = self.task.outputs.end()

    def _undo(self, error: BaseException) -> None:
        """The body cannot begin: nothing of the attempt goes on, and the run says why."""
        with self.whole, self.around:
            self.lent.close(error)
        self.give_up(error)

    def _coroutines(self) -> frozenset[int]:
        """Other coroutines of the user's, where they see the current folder change."""
        changes = isinstance(self.workdir, Fresh) and self.task.code.awaits
        return coroutines(self.task.namespace) if changes else frozenset()

    def give_up(self, error: BaseException) -> None:
        """The body cannot begin: the number is spent, and the run says why."""
        run, text = self.opening.run, f"{type(error).__name__}: {error}"
        self.task.cellar.publish(replace(run, status=RunStatus.FAILED, ended_ns=time.time_ns(), error=text))

    def _workdir(self) -> Workdir:
        task, run = self.task, self.opening.run
        if not task.fresh:
            return InPlace.enter(self.opening.root, self.rules)
        suffix = f"-{self.number}" if self.number > 1 else ""
        folder = task.cellar.folder / "work" / f"{run.name}-{run.number}{suffix}"
        links = [link for one in self.opening.inputs for link in one.links()]
        return Fresh.enter(folder, links, folder.name, task.listener.say)

    def _before_overwrite(self, path: str) -> None:
        if path in self.digests.kept:  # a database, which may have changed since it was opened
            return
        with untraced():
            self.digests.keep(path)
            if self.stored is not None:
                self.stored.keep(path)

    def _visit(self, folder: str) -> None:
        with untraced():
            self.workdir.visit(folder)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        __tracebackhide__ = True
        if os.getpid() != self.pid:  # a child that the body forked
            return False
        late = None if self.deadline is None else self.deadline.end(error)
        seconds = time.monotonic() - self.started
        error = late or error or self.task.hidden_error
        if isinstance(self.workdir, Fresh) and isinstance(error, FileNotFoundError):
            self.workdir.explain(error, asked=self.task.options.fresh is not None)
        with self.whole:
            self.around.close()
            with untraced():
                ended = self.lent.close(error)
            if self._finish(ended, seconds):
                return True
            if late is not None:
                raise late
            if ended is not error and ended is not None:
                raise ended
            return False

    def _finish(self, error: BaseException | None, seconds: float) -> bool:
        try:
            if error is not None and self.task.options.retries.again(self.number, error):
                self._wait(error, seconds)
                return True
        except BaseException as instead:  # an interrupt of the wait, or what a `when` function raised
            self._close(instead, seconds)
            raise
        self._close(error, seconds)
        return False

    def _wait(self, error: BaseException, seconds: float) -> None:
        wait = self.task.options.retries.wait_s(self.number)
        self.task.hidden_error = None
        self.task.value = UNSET
        self.task.listener.say(
            f"{self.opening.run.ref}: attempt {self.number} failed after {seconds_text(seconds)}: "
            f"{type(error).__name__}: {str(error).rstrip('.')}. Trying again"
            + (f" in {seconds_text(wait)}." if wait else ".")
        )
        time.sleep(wait)

    def _close(self, error: BaseException | None, seconds: float) -> None:
        with untraced():
            self.task.outcome = close(self._ending(error, seconds), self.task.listener)
            if self.task.outcome.run.status is RunStatus.SUCCEEDED:
                self.task.bind(self.task.outcome.run)

    def _others(self) -> tuple[bool, set[str]]:
        """Whether other tasks ran, and the paths that are theirs, or the environment's own."""
        ran, claimed = self.claim.others()
        return ran, claimed | self.lent.own_files

    def _ending(self, error: BaseException | None, seconds: float) -> Ending:
        task, options = self.task, self.task.options
        finder = Finder(self.places, self.digests, self.workdir.links if isinstance(self.workdir, Fresh) else {})
        match = Glob.of(options.match or task.cellar.settings.match or None)
        folder = str(self.workdir.root if isinstance(self.workdir, Fresh) else task.here)
        named = mentioned(task.code, task.names) | reached(task.code, task.names, self.opening.places.home)
        now = named_files(named, folder, folders=True)
        late = Mentioned(frozenset(now), self.claim.began_ns)
        return Ending(
            cellar=task.cellar,
            options=options,
            run=self.opening.run,
            reading=Reading(finder, self.trace, self.named, self.opening.inputs, self.stamps, self.used),
            harvest=Harvest(
                self.places,
                self.workdir,
                self.trace,
                self.named,
                Keep(match, options.whole_folder),
                self.rules,
                self._others,
                late,
            ),
            before=self.before,
            beside=len(self.beside | self._coroutines()),
            error=error,
            seconds=seconds,
            attempt=self.number,
            value=task.value,
            has_value=task.value is not UNSET,
            broken=task.code.broken,
            reason=(*self.opening.reason, *self.lent.words()),
            remember=None if task.remembers is None else self._remember,
            stored=self.stored,
        )

    def _remember(self, run: Run) -> list[str]:
        """Keep what else a hit needs; says what could not be kept."""
        task, key = self.task, self.opening.key
        assert key is not None and task.remembers is not None
        if task.remembers.goes_on_from is not None:
            if not leftovers(self.before, started_children=self.trace.children):
                with suppress(Exception):  # nobody asked for it, and the task has succeeded without it
                    self._keep(run, key, task.remembers)
            return []
        kept = self._keep(run, key, task.remembers)
        cure = "" if task.value_needed else " (--vars and --files-only leave names out)"
        notes = [f"not cached: {text}{cure}" for text in left_words(kept.left)]
        unbound = sorted(set(task.remembers.variables or ()) - set(kept.names))
        return notes + [f"--vars names {name}, which the cell does not bind" for name in unbound]

    def _keep(self, run: Run, key: CacheKey, option: CacheOption) -> KeptBindings:
        task = self.task
        values = {} if task.value is UNSET else {VALUE: task.value}
        wish = Wish(option.variables, task.value_needed, task.fresh, task.reads is None, option.most_bytes)
        kept = remember(self.cached_before, task.code, key, wish, values)
        store_kept(task.cellar, run.id, kept, self.shown)
        return kept
