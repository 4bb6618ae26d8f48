"""Runs one function step: called with keyword arguments, in the runner's process, with a folder of its own.

The process never changes its folder for a step: others run beside it. What the function leaves in
``cellar.current.dir`` is its asset.
"""

from __future__ import annotations

import shutil
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import FunctionType

from nbcellar.assets.saving.origin import origin
from nbcellar.assets.uses import enclosing_run
from nbcellar.errors import NbcellarError, RunError, with_notes
from nbcellar.lightclasses import dataclass, replace
from nbcellar.model import JSON, Run, RunKind, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.store.objects.ulid import new_ulid
from nbcellar.tasks.attempts.deadline import Deadline
from nbcellar.tasks.attempts.rescue import give_up
from nbcellar.tasks.context.current import TaskContext, begin_context, end_context
from nbcellar.tasks.files.places import Places
from nbcellar.tasks.files.trace import Trace
from nbcellar.tasks.files.tracer import begin, end, enter, leave, untraced
from nbcellar.tasks.reads.found import Digests, Finder
from nbcellar.tasks.reads.leftfiles import left_files
from nbcellar.tasks.reads.lineage import with_makers
from nbcellar.workflow.kernels.stopping import Stop
from nbcellar.workflow.mapping.parts import Part, emitted_json, run_results
from nbcellar.workflow.notebooks.products import WRITES
from nbcellar.workflow.runs.functioncall import FunctionCall
from nbcellar.workflow.runs.interruption import Interruption

LONGEST_TRACE = 20_000
_COROUTINE = 0x80
"""`inspect.CO_COROUTINE`."""
Lend = Callable[[], AbstractContextManager[dict[str, object]]]


@dataclass(frozen=True, slots=True)
class _Ending:
    """How a call ended."""

    status: RunStatus
    values: dict[str, object] | None = None
    raised: BaseException | None = None

    @property
    def error(self) -> str:
        """What went wrong, in one line."""
        if self.raised is None:
            return ""
        if self.status is RunStatus.INTERRUPTED:
            return "interrupted"
        if isinstance(self.raised, NbcellarError):
            return str(self.raised)
        return with_notes(self.raised)

    @property
    def traceback(self) -> str:
        """Where it went wrong, without our own frames; empty where nothing did."""
        if self.raised is None or self.status is RunStatus.INTERRUPTED:
            return ""
        trace = self.raised.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
            trace = trace.tb_next
        lines = traceback.format_exception(type(self.raised), self.raised, trace)
        return "".join(lines)[-LONGEST_TRACE:]


def run_function(call: FunctionCall, lend: Lend, stop: Stop, cellar: Cellar) -> Part:
    """Call a function, and publish its run where it has one, whatever becomes of it.

    Args:
        call: What to call.
        lend: Gives the live resources that it uses, and takes them back with its exception.
        stop: Interrupts it.
        cellar: Where it is recorded.

    Raises:
        StorageError: Its run could not be recorded.
    """
    run = _open(cellar, call) if call.recorded else None
    folder = _OwnFolder(cellar)
    reads = None if run is None else _Reads(cellar)
    try:
        ending = _ended(call, lend, stop, _context(call, run, folder), reads)
        error = call.redaction.text(ending.error)
        worth = folder.holds_files or ending.status is RunStatus.FAILED
        run = run or (_open(cellar, call) if worth else None)
        if run is None:
            results = None if ending.values is None else call.redaction.json(emitted_json(ending.values))
            return Part(None, ending.status, ending.values, error, ending.raised, results)
        run = _closed(call, run, ending, folder.path)
        if reads is not None and ending.status is RunStatus.SUCCEEDED:
            run = _with_files(cellar, call, run, reads)
        closed = _publish(cellar, call.redaction.run(run), folder)
    finally:
        folder.remove()
    return Part(closed, ending.status, ending.values, closed.error, ending.raised)


class _OwnFolder:
    """The folder of one call, made when the function asks for it."""

    def __init__(self, cellar: Cellar) -> None:
        self._cellar = cellar
        self._lock = threading.Lock()
        self.path: Path | None = None

    def make(self) -> Path:
        with self._lock:  # a function may have threads of its own
            if self.path is None:
                path = self._cellar.folder / "work" / new_ulid()
                path.mkdir(parents=True)
                self.path = path
            return self.path

    @property
    def holds_files(self) -> bool:
        return self.path is not None and any(self.path.iterdir())

    def give_away(self) -> Path:
        """Leave it to somebody else: it is not removed."""
        path, self.path = self.path, None
        assert path is not None, "there is none"
        return path

    def remove(self) -> None:
        if self.path is not None:
            shutil.rmtree(self.path, ignore_errors=True)


class _Reads:
    """What a function reads, written down while it runs."""

    def __init__(self, cellar: Cellar) -> None:
        self.digests = Digests(cellar, needed=True)
        self.trace = Trace(before_overwrite=self._keep)

    def _keep(self, path: str) -> None:
        with untraced():
            self.digests.keep(path)

    def __enter__(self) -> None:
        self._outer = enter(self.trace)
        begin(self.trace)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        leave(self._outer)
        end(self.trace)


class _Running:
    """The function is the running task meanwhile."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context

    def __enter__(self) -> None:
        self._outer = begin_context(self._context)
        self._token = enclosing_run.set(self._context.run.id)

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        enclosing_run.reset(self._token)
        end_context(self._context, self._outer)


def _open(cellar: Cellar, call: FunctionCall) -> Run:
    return cellar.open_run(
        RunKind.FUNCTION,
        call.series,
        project=call.project,
        parent=call.parent,
        params=call.parameters,
        code=call.source.code,
        origin={**origin(call.home), "function": call.source.name},
        detail=call.detail,
    )


def _context(call: FunctionCall, run: Run | None, folder: _OwnFolder) -> TaskContext:
    """What ``cellar.current`` is in the function: a task in it is part of the function's run, or of the workflow's."""
    attempt = call.detail.get("attempt")
    standing = run or Run(call.parent, RunKind.WORKFLOW, call.project, call.series, 0, RunStatus.RUNNING, 0)
    number = attempt if isinstance(attempt, int) else 1
    return TaskContext(folder.make, call.home, standing, {}, call.parameters, number)


def _ended(call: FunctionCall, lend: Lend, stop: Stop, context: TaskContext, reads: _Reads | None) -> _Ending:
    """Call it; how it ended is a value, for that is recorded in any case."""
    try:
        with (interruption := Interruption()), stop.heard(interruption.ask), _limited(call):
            values = _called(call, lend, context, reads)
    except KeyboardInterrupt as error:
        return _Ending(RunStatus.INTERRUPTED, raised=error)
    except BaseException as error:  # one that exits, or is cancelled by what it awaits, too
        return _Ending(RunStatus.FAILED, raised=error)
    return _Ending(RunStatus.SUCCEEDED, values)


def _called(call: FunctionCall, lend: Lend, context: TaskContext, reads: _Reads | None) -> dict[str, object]:
    function = call.source.load()
    if _is_async(function):
        raise RunError(f"{call.source.title} is async, and nobody awaits it.", hint="Call asyncio.run in it.")
    with lend() as resources, _Running(context), reads or nullcontext():
        value = function(**call.arguments, **call.objects, **resources)
        return call.named(value)


def _is_async(function: Callable[..., object]) -> bool:
    if isinstance(function, FunctionType) and not function.__dict__:  # it may be marked as one
        return bool(function.__code__.co_flags & _COROUTINE)
    import inspect  # with 5 ms, which most runs do without

    return inspect.iscoroutinefunction(function)


def _limited(call: FunctionCall) -> AbstractContextManager[None]:
    return nullcontext() if call.timeout_s is None else _deadline(call.source.title, call.timeout_s)


@contextmanager
def _deadline(name: str, seconds: float) -> Iterator[None]:
    deadline = Deadline(name, seconds, saved="")
    deadline.begin()
    try:
        yield
    finally:
        deadline.end(None)


def _with_files(cellar: Cellar, call: FunctionCall, run: Run, reads: _Reads) -> Run:
    """The run with what the function read itself, what its tasks read, and what it wrote elsewhere."""
    with untraced():
        finder = Finder(Places.of(call.home, call.home, cellar.folder), reads.digests)
        tasks = cellar.runs(RunQuery(parent=run.id, kinds=(RunKind.TASK,)))
        found = [
            *with_makers(cellar, finder.inputs(reads.trace, {})),
            *(each for task in tasks for each in task.inputs),
        ]
        written: list[JSON] = [*left_files(reads.trace, finder.places)]
    inputs = tuple({(each.kind, each.path, each.digest): each for each in found}.values())
    return replace(run, inputs=inputs, detail={**run.detail, **({WRITES: written} if written else {})})


def _closed(call: FunctionCall, run: Run, ending: _Ending, folder: Path | None) -> Run:
    """The run with all that is known of it now."""
    values = ending.values or {}
    plain, words = run_results(values)
    paths: dict[str, JSON] = {
        name: value.relative_to(folder).as_posix()
        for name, value in values.items()
        if folder is not None and isinstance(value, Path) and value.is_relative_to(folder)
    }
    detail: dict[str, JSON] = {**run.detail, "emits": list(call.emits)}
    found: tuple[tuple[str, JSON], ...] = (("words", words), ("paths", paths), ("traceback", ending.traceback))
    detail |= {name: part for name, part in found if part}
    return replace(
        run,
        status=ending.status,
        error=ending.error,
        ended_ns=time.time_ns(),
        result=plain,
        key=call.key,
        key_parts=call.key_parts,
        detail=detail,
    )


def _publish(cellar: Cellar, run: Run, folder: _OwnFolder) -> Run:
    """Close the run, with what the function left in its folder as its asset.

    Raises:
        NbcellarError: It cannot be saved, and lies where the error says.
    """
    with untraced():
        if folder.path is None or not folder.holds_files:
            return cellar.publish(run)
        from nbcellar.assets.saving.archiver import Tree, archive
        from nbcellar.assets.scanning.ignore import IgnoreRules
        from nbcellar.assets.scanning.scanner import scan

        try:
            tree = Tree(scan(folder.path, IgnoreRules.load(folder.path)))
            closed, _saved = archive(cellar, run, [tree], movable=True)
        except Exception as problem:
            return give_up(cellar, run, folder.give_away(), problem)
        return closed
