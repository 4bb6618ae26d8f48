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
from nbcellar.assets.digests import digest_file
from nbcellar.assets.display import seconds_text
from nbcellar.assets.origin import origin
from nbcellar.assets.selection import Glob
from nbcellar.assets.uses import enclosing_run
from nbcellar.errors import NbcellarError, UsageError, did_you_mean
from nbcellar.model import JSON, Run, RunKind, RunStatus
from nbcellar.store import Cellar
from nbcellar.store import current as current_cellar
from nbcellar.tasks.bindings import VALUE, bound_since, keep, own_names
from nbcellar.tasks.cachekey import CacheKey, KeySource, cache_key
from nbcellar.tasks.caching import Cache, Hit, Lookup, Miss
from nbcellar.tasks.claims import Claim
from nbcellar.tasks.closing import Ending, close
from nbcellar.tasks.code import Code
from nbcellar.tasks.context import TaskContext, begin_context, end_context, keep_last, running
from nbcellar.tasks.deadline import Deadline
from nbcellar.tasks.declared import Located, ResolvedInput, declared_digest, resolve
from nbcellar.tasks.fingerprint import parameter_value
from nbcellar.tasks.found import Digests, Finder, named_files
from nbcellar.tasks.kept import store_kept
from nbcellar.tasks.leftovers import Running
from nbcellar.tasks.lineage import Reading
from nbcellar.tasks.options import TaskOptions
from nbcellar.tasks.outcome import Listener, Outcome, Rehearsal, Silent
from nbcellar.tasks.outputs import NoOutputs, Outputs
from nbcellar.tasks.places import Places
from nbcellar.tasks.taking import MISSING, put_back, record_taken
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
        reads: Where the body's free names are looked up for the key; None for the namespace.
        source_file: The module that the body is from, which counts as a whole.
        value_needed: A hit needs the value of the body itself, however it looks.
    """

    options: TaskOptions
    code: Code = field(default_factory=lambda: Code("", ""))
    namespace: MutableMapping[str, object] = field(default_factory=dict)
    listener: Listener = field(default_factory=Silent)
    cellar: Cellar = field(default_factory=current_cellar)
    kind: RunKind = RunKind.TASK
    given_params: Mapping[str, JSON] = field(default_factory=dict)
    here: Path = field(default_factory=Path.cwd)
    outputs: Outputs = field(default_factory=NoOutputs)
    cache: Cache = field(default_factory=Cache)
    reads: Mapping[str, object] | None = None
    source_file: str = ""
    value_needed: bool = False
    value: object = UNSET
    hidden_error: BaseException | None = None
    outcome: Outcome | None = None
    left_out: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Attempt]:
        with untraced():
            opening = self._prepare()
            verdict = self._verdict(opening)
            if self.options.dry_run:
                self.listener.rehearsed(self._rehearsal(opening, verdict))
                return
            if isinstance(verdict, Hit):
                verdict = self._take(verdict, opening)
            if self.outcome is not None:
                return
            opening = self._open(opening, verdict)
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

    def _prepare(self) -> Opening:
        """Find everything that the line names; no number is taken yet."""
        root = self._root()
        places = Places.of(self.cellar.home, root, self.cellar.folder)
        inputs = resolve(self.options.inputs, self.cellar, places, self.here)
        params = {**self.given_params, **self._params()}
        run = Run("", self.kind, self.cellar.project, self.options.name, 0, RunStatus.RUNNING, 0, params=params)
        opening = Opening(run, places, tuple(inputs), root)
        if self.options.cache is None:
            return opening
        return replace(opening, key=cache_key(self._key_source(opening)))

    def _key_source(self, opening: Opening) -> KeySource:
        options = self.options
        return KeySource(
            space=self.cache.namespace or f"{self.cellar.project}:{options.name}",
            code=self.code,
            params=opening.run.params,
            inputs=self._input_digests(opening),
            options={
                "match": list(options.match),
                "exclude": list(options.exclude),
                "at": options.at,
                "all": options.whole_folder,
                "fresh": self.fresh,
            },
            namespace=self.namespace if self.reads is None else self.reads,
            variables=self.cache.depends_on_env,
            left_out=frozenset(opening.run.params) | {options.variable},
            version=self.cache.version,
        )

    def _input_digests(self, opening: Opening) -> dict[str, str | None]:
        found = {one.record.alias or one.record.path: declared_digest(self.cellar, one) for one in opening.inputs}
        if self.source_file:
            module = digest_file(self.cellar, Path(self.source_file))
            found[os.path.basename(self.source_file)] = module.digest.hex() if module else None
        return found

    def _verdict(self, opening: Opening) -> Hit | Miss | None:
        if self.options.cache is None or opening.key is None:
            return None
        return Lookup(self.cellar, self.options.name, self.code, self.options.cache, opening.key).verdict()

    def _rehearsal(self, opening: Opening, verdict: Hit | Miss | None) -> Rehearsal:
        inputs = tuple(one.record for one in opening.inputs)
        reason: tuple[str, ...] = ()
        if opening.key is not None and verdict is not None:
            word = f"hit: {verdict.run.ref} would be taken" if isinstance(verdict, Hit) else f"MISS: {verdict.reason}"
            reason = (f"key {opening.key.digest[:12]}", f"cache {word}", *_unknown(opening.key))
        return Rehearsal(self.options.name, inputs, opening.run.params, reason)

    def _take(self, hit: Hit, opening: Opening) -> Hit | Miss:
        """Use an earlier run; where that fails, the task runs."""
        try:
            taken = put_back(hit, self.cellar, opening.places, self.code, self.namespace, files=not self.fresh)
        except NbcellarError as error:
            return Miss(f"{hit.run.ref} could not be taken: {error}")
        self.outputs.replay(hit.kept.outputs, taken.value, taken.value is not MISSING)
        self.value = UNSET if taken.value is MISSING else taken.value
        self.left_out = taken.left_out
        parent = self._parent()
        run = record_taken(hit, self.cellar, parent) if parent else replace(hit.run, status=RunStatus.CACHED)
        self.outcome = Outcome(
            run=run,
            seconds=0.0,
            previous=hit.run,
            inputs=hit.run.inputs,
            reason=(hit.reason,),
            store=self.cellar.uuid,
            summary="off" if self.options.quiet else self.cellar.settings.summary,
        )
        self.bind(hit.run)
        self.listener.finished(self.outcome)
        return hit

    def _parent(self) -> str | None:
        outer = running()
        return outer.run.id if outer else os.environ.get("NBCELLAR_RUN")

    def _open(self, opening: Opening, verdict: Hit | Miss | None) -> Opening:
        """Take a number."""
        run = self.cellar.open_run(
            self.kind,
            self.options.name,
            parent=self._parent(),
            params=opening.run.params,
            code=self.code.text,
            origin=origin(),
        )
        if opening.key is None:
            return replace(opening, run=run)
        run = replace(run, key=opening.key.digest, key_parts=opening.key.parts)
        reason = (f"cache MISS: {verdict.reason}",) if isinstance(verdict, Miss) else ()
        return replace(opening, run=run, reason=(*reason, *_unknown(opening.key)))

    def bind(self, run: Run) -> None:
        """Give the asset to whoever asked for it."""
        if run.asset is None:
            return
        asset = Asset(self.cellar, run)
        keep_last(asset)
        if self.options.variable:
            self.namespace[self.options.variable] = asset

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
    key: CacheKey | None = None
    reason: tuple[str, ...] = ()


def _unknown(key: CacheKey) -> tuple[str, ...]:
    names = ", ".join(key.unknown)
    return (f"not in the key: {names}. Add --param, or --in for what it came from",) if names else ()


class Attempt:
    """One try: a context manager around the body."""

    def __init__(self, task: Task, opening: Opening, number: int) -> None:
        self.task = task
        self.opening = opening
        self.number = number
        self.entered = False
        limit = task.options.timeout_s
        self.deadline = None if limit is None else Deadline(task.options.name, limit, awaits=task.code.awaits)

    def __enter__(self) -> TaskContext:
        self.entered = True
        self.pid = os.getpid()
        with untraced():
            try:
                self._prepare()
            except BaseException as error:
                self.give_up(error)
                raise
        task = self.task
        self.before = Running.now()
        self.outer_trace = enter(self.trace)
        self.outer_context = begin_context(self.context)
        self.outer_run = enclosing_run.set(self.opening.run.id)
        if task.options.cache is not None:
            self.names = own_names(task.namespace)
            task.outputs.begin()
        begin(self.trace)
        self.started = time.monotonic()
        if self.deadline is not None:
            self.deadline.begin()
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
        late = None if self.deadline is None else self.deadline.end(error)
        seconds = time.monotonic() - self.started
        error = late or error or self.task.hidden_error
        if isinstance(self.workdir, Fresh) and isinstance(error, FileNotFoundError):
            self.workdir.explain(error)
        try:
            try:
                self.shown = [] if self.task.options.cache is None else self.task.outputs.end()
            finally:
                self._stop()
            if self._finish(error, seconds):
                return True
            if late is not None:
                raise late
            return False
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
            if self.task.outcome.run.status is RunStatus.SUCCEEDED:
                self.task.bind(self.task.outcome.run)

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
            reason=self.opening.reason,
            remember=None if task.options.cache is None else self._remember,
        )

    def _remember(self, run: Run) -> list[str]:
        """Keep what else a hit needs; says what could not be kept."""
        task, key = self.task, self.opening.key
        assert key is not None and task.options.cache is not None
        values = {} if task.value is UNSET else {VALUE: task.value}
        bound = bound_since(self.names, task.namespace, {} if task.reads is not None else key.parts)
        kept = keep(bound, task.namespace, task.code, task.options.cache.variables, values, task.value_needed)
        store_kept(task.cellar, run.id, kept, self.shown)
        return [f"not cached, since {name} cannot be kept: {why}" for name, why in kept.left.items()]
