"""Runs a task: ``for attempt in task: with attempt: <body>``.

The engine knows no IPython. Cells, decorated functions and with-blocks drive it, and a listener shows what it does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

from nbcellar.assets.asset import Asset
from nbcellar.assets.display import seconds_text
from nbcellar.assets.origin import origin
from nbcellar.assets.selection import Glob
from nbcellar.assets.uses import enclosing_run
from nbcellar.errors import UsageError, did_you_mean
from nbcellar.model import JSON, Run, RunKind, RunStatus
from nbcellar.store import Cellar
from nbcellar.store import current as current_cellar
from nbcellar.tasks.claims import Claim
from nbcellar.tasks.closing import Ending, close
from nbcellar.tasks.code import Code
from nbcellar.tasks.context import TaskContext, begin_context, end_context, keep_last, running
from nbcellar.tasks.declared import Located, ResolvedInput, resolve
from nbcellar.tasks.fingerprint import parameter_value
from nbcellar.tasks.found import Digests, Finder, named_files
from nbcellar.tasks.leftovers import Running
from nbcellar.tasks.lineage import Reading
from nbcellar.tasks.options import TaskOptions
from nbcellar.tasks.outcome import Listener, Outcome, Rehearsal, Silent
from nbcellar.tasks.places import Places
from nbcellar.tasks.tracer import Trace, begin, end, enter, leave, stamp, untraced
from nbcellar.tasks.used import UsedAssets
from nbcellar.tasks.words import NOT_RUN
from nbcellar.tasks.workdir import Fresh, InPlace, Workdir
from nbcellar.tasks.written import Harvest, Keep

UNSET = object()
"""No value was given: the body has no last expression."""

UNUSED = UsageError("An attempt of a task was not used.", hint="Write `with attempt:` in the loop.")


@dataclass(slots=True)
class Task:
    """A task that is about to run. Iterate it once: it yields attempts until one succeeds or none is left.

    Attributes:
        namespace: Where parameters are read, and the asset is bound.
        cellar: None for the one of the current folder.
        kind: What the run is recorded as.
    """

    options: TaskOptions
    code: Code = field(default_factory=lambda: Code("", ""))
    namespace: MutableMapping[str, object] = field(default_factory=dict)
    listener: Listener = field(default_factory=Silent)
    cellar: Cellar = field(default_factory=current_cellar)
    kind: RunKind = RunKind.TASK
    given_params: Mapping[str, JSON] = field(default_factory=dict)
    here: Path = field(default_factory=Path.cwd)
    value: object = UNSET
    hidden_error: BaseException | None = None
    outcome: Outcome | None = None

    def __iter__(self) -> Iterator[Attempt]:
        opening = self._open()
        if self.options.dry_run:
            inputs = tuple(one.record for one in opening.inputs)
            self.listener.rehearsed(Rehearsal(self.options.name, inputs, opening.run.params))
            return
        number = 0
        while self.outcome is None:
            number += 1
            attempt = Attempt(self, opening, number)
            try:
                yield attempt
            finally:  # also when the loop is left
                if not attempt.entered:
                    attempt.give_up(UNUSED)
            if not attempt.entered:
                raise UNUSED

    def _open(self) -> Opening:
        """Find everything that the line names, and only then take a number."""
        with untraced():
            root = self._root()
            places = Places.of(self.cellar.home, root, self.cellar.folder)
            inputs = resolve(self.options.inputs, self.cellar, places, self.here)
            params = {**self.given_params, **self._params()}
            parent = running()
            run = Run("", self.kind, self.cellar.project, self.options.name, 0, RunStatus.RUNNING, 0, params=params)
            if not self.options.dry_run:
                run = self.cellar.open_run(
                    self.kind,
                    self.options.name,
                    parent=parent.run.id if parent else os.environ.get("NBCELLAR_RUN"),
                    params=params,
                    code=self.code.text,
                    origin=origin(),
                )
            return Opening(run, places, tuple(inputs), root)

    def _root(self) -> Path:
        root = self.here / os.path.expanduser(self.options.at) if self.options.at else self.here
        if not root.is_dir():
            raise UsageError(f"--at {self.options.at}: there is no such folder.", saved=NOT_RUN)
        return root.resolve()

    def _params(self) -> dict[str, JSON]:
        found: dict[str, JSON] = {}
        for param in self.options.params:
            if not param.from_namespace:
                found[param.name] = param.value
                continue
            if param.name not in self.namespace:
                raise UsageError(
                    f"--param {param.name}: there is no such variable.",
                    saved=NOT_RUN,
                    hint=did_you_mean(param.name, self._own_names()) or f"Give it a value: --param {param.name}=3.",
                )
            found[param.name] = parameter_value(self.namespace[param.name])
        return found

    def _own_names(self) -> list[str]:
        return [name for name, value in self.namespace.items() if name[:1] != "_" and not callable(value)]

    @property
    def fresh(self) -> bool:
        """Whether it runs in a folder of its own."""
        return self.cellar.settings.workdir == "fresh" if self.options.fresh is None else self.options.fresh


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known before the first attempt."""

    run: Run
    places: Places
    inputs: tuple[ResolvedInput, ...]
    root: Path


class Attempt:
    """One try: a context manager around the body."""

    def __init__(self, task: Task, opening: Opening, number: int) -> None:
        self.task = task
        self.opening = opening
        self.number = number
        self.entered = False

    def __enter__(self) -> TaskContext:
        self.entered = True
        self.pid = os.getpid()
        with untraced():
            try:
                self._prepare()
            except BaseException as error:
                self.give_up(error)
                raise
        self.before = Running.now()
        self.outer_trace = enter(self.trace)
        self.outer_context = begin_context(self.context)
        self.outer_run = enclosing_run.set(self.opening.run.id)
        begin(self.trace)
        self.started = time.monotonic()
        return self.context

    def _prepare(self) -> None:
        task, opening = self.task, self.opening
        self.rules = opening.places.root_rules(task.options.exclude, task.cellar.settings.ignore)
        self.claim = Claim.open(task.cellar.folder / "work", opening.run.id)
        try:
            self.workdir = self._workdir()
        except BaseException:
            self.claim.close()
            raise
        self.places = replace(opening.places, root=str(self.workdir.root))
        self.named = named_files(task.code.named_paths(), str(task.here))
        needed = task.options.cache is not None or "NBCELLAR_RUN" in os.environ or task.options.store_inputs
        self.digests = Digests(task.cellar, needed)
        self.used = UsedAssets.watch(opening.run.id)
        self.trace = Trace(
            before_overwrite=self._before_overwrite,
            on_write=self.claim.add,
            on_folder=self._visit,
            readonly=self.workdir.readonly if isinstance(self.workdir, Fresh) else frozenset(),
        )
        files = {file for one in opening.inputs for file in one.files}
        self.stamps = {file: seen for file in files if (seen := stamp(file)) is not None}
        self.trace.reads.update(self.stamps)
        self.context = TaskContext(
            self.workdir.root, task.cellar.home, opening.run, Located(opening.inputs), opening.run.params, self.number
        )

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
        with untraced():
            self.digests.keep(path)

    def _visit(self, folder: str) -> None:
        with untraced():
            self.workdir.visit(folder)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        __tracebackhide__ = True
        if os.getpid() != self.pid:  # a child that the body forked
            return False
        seconds = time.monotonic() - self.started
        error = error or self.task.hidden_error
        if isinstance(self.workdir, Fresh) and isinstance(error, FileNotFoundError):
            self.workdir.explain(error)
        try:
            self._stop()
            return self._finish(error, seconds)
        finally:
            self.claim.close()

    def _stop(self) -> None:
        """The trace and the context end, and the folder from before is put back, whatever happens."""
        try:
            self.workdir.leave()
        finally:
            leave(self.outer_trace)
            end(self.trace)
            end_context(self.context, self.outer_context)
            enclosing_run.reset(self.outer_run)
            self.used.end()

    def _finish(self, error: BaseException | None, seconds: float) -> bool:
        if error is not None and self.task.options.retries.again(self.number, error):
            try:
                self._wait(error, seconds)
            except BaseException as interrupt:
                self._close(interrupt, seconds)
                raise
            return True
        self._close(error, seconds)
        return False

    def _wait(self, error: BaseException, seconds: float) -> None:
        wait = self.task.options.retries.wait_s(self.number)
        self.task.hidden_error = None
        self.task.value = UNSET
        self.task.listener.say(
            f"{self.opening.run.ref}: attempt {self.number} failed after {seconds_text(seconds)}: "
            f"{type(error).__name__}: {error}. Trying again" + (f" in {seconds_text(wait)}." if wait else ".")
        )
        time.sleep(wait)

    def _close(self, error: BaseException | None, seconds: float) -> None:
        with untraced():
            self.task.outcome = close(self._ending(error, seconds), self.task.listener)
            self._bind(self.task.outcome)

    def _ending(self, error: BaseException | None, seconds: float) -> Ending:
        task, options = self.task, self.task.options
        finder = Finder(self.places, self.digests, self.workdir.links if isinstance(self.workdir, Fresh) else {})
        match = Glob.of(options.match or task.cellar.settings.match or None)
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
                self.claim.others,
            ),
            before=self.before,
            error=error,
            seconds=seconds,
            attempt=self.number,
            value=task.value,
            has_value=task.value is not UNSET,
            broken=task.code.broken,
        )

    def _bind(self, outcome: Outcome) -> None:
        if outcome.run.status is not RunStatus.SUCCEEDED or outcome.run.asset is None:
            return
        asset = Asset(self.task.cellar, outcome.run)
        keep_last(asset)
        if self.task.options.variable:
            self.task.namespace[self.task.options.variable] = asset
