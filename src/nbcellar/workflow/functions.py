"""Runs one function step: called with keyword arguments, in the runner's process, with a folder of its own.

The process never changes its folder for a step: others run beside it. What the function leaves in
``cellar.current.dir`` is its asset.
"""

from __future__ import annotations

import ctypes
import inspect
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from nbcellar.assets.origin import origin
from nbcellar.assets.uses import enclosing_run
from nbcellar.errors import NbcellarError, RunError, TaskTimeout
from nbcellar.model import JSON, Input, Run, RunKind, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.store.ulid import new_ulid
from nbcellar.tasks.context import TaskContext, begin_context, end_context
from nbcellar.tasks.deadline import Deadline
from nbcellar.tasks.found import Digests, Finder
from nbcellar.tasks.lineage import with_makers
from nbcellar.tasks.places import Places
from nbcellar.tasks.tracer import Trace, begin, end, enter, leave, untraced
from nbcellar.workflow.functioncall import FunctionCall
from nbcellar.workflow.parts import Part, emitted_json, run_results
from nbcellar.workflow.stopping import Stop

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
        return f"{type(self.raised).__name__}: {self.raised}".rstrip(": ")


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
    folder = cellar.folder / "work" / (run.id if run else new_ulid())
    folder.mkdir(parents=True)
    trace = None if run is None else Trace(before_overwrite=lambda _path: None)
    digests = Digests(cellar, needed=True)
    if trace is not None:
        trace.before_overwrite = partial(_keep, digests)
    try:
        ending = _ended(call, lend, stop, _context(call, run, folder), trace)
        error = call.redaction.text(ending.error)
        run = run or (_open(cellar, call) if any(folder.iterdir()) else None)
        if run is None:
            results = None if ending.values is None else call.redaction.json(emitted_json(ending.values))
            return Part(None, ending.status, ending.values, error, ending.raised, results)
        inputs = _inputs(cellar, call, run, trace, digests) if ending.status is RunStatus.SUCCEEDED else ()
        closed = _publish(cellar, call.redaction.run(_closed(call, run, ending, inputs, folder)), folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Part(closed, ending.status, ending.values, error, ending.raised)


def _keep(digests: Digests, path: str) -> None:
    with untraced():
        digests.keep(path)


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


def _context(call: FunctionCall, run: Run | None, folder: Path) -> TaskContext:
    """What ``cellar.current`` is in the function: a task in it is part of the function's run, or of the workflow's."""
    attempt = call.detail.get("attempt")
    standing = run or Run(call.parent, RunKind.WORKFLOW, call.project, call.series, 0, RunStatus.RUNNING, 0)
    number = attempt if isinstance(attempt, int) else 1
    return TaskContext(folder, call.home, standing, {}, call.parameters, number)


def _ended(call: FunctionCall, lend: Lend, stop: Stop, context: TaskContext, trace: Trace | None) -> _Ending:
    """Call it; how it ended is a value, for that is recorded in any case."""
    try:
        with _interruptible(stop), ExitStack() as stack:
            if call.timeout_s is not None:
                stack.enter_context(_limited(call.source.name, call.timeout_s))
            values = _called(call, lend, context, trace)
    except Exception as error:
        if isinstance(error, TaskTimeout) and not str(error):  # raised from outside, without its words
            error = RunError(f"{call.source.name} took longer than {call.timeout_s:g} s (timeout).")
        return _Ending(RunStatus.FAILED, raised=error)
    except KeyboardInterrupt as error:
        return _Ending(RunStatus.INTERRUPTED, raised=error)
    except SystemExit as error:
        return _Ending(RunStatus.FAILED, raised=error)
    return _Ending(RunStatus.SUCCEEDED, values)


def _called(call: FunctionCall, lend: Lend, context: TaskContext, trace: Trace | None) -> dict[str, object]:
    function = call.source.load()
    if inspect.iscoroutinefunction(function):
        raise RunError(f"{call.source.name} is async, and nobody awaits it.", hint="Call asyncio.run in it.")
    with lend() as resources, _watched(context, trace):
        value = function(**call.arguments, **call.objects, **resources)
        return call.named(value)


@contextmanager
def _watched(context: TaskContext, trace: Trace | None) -> Iterator[None]:
    """The function is the running task, and what it reads is written down."""
    outer_context = begin_context(context)
    token = enclosing_run.set(context.run.id)
    outer_trace = None
    if trace is not None:
        outer_trace = enter(trace)
        begin(trace)
    try:
        yield
    finally:
        if trace is not None:
            leave(outer_trace)
            end(trace)
        enclosing_run.reset(token)
        end_context(context, outer_context)


@contextmanager
def _limited(name: str, seconds: float) -> Iterator[None]:
    deadline = Deadline(name, seconds)
    deadline.begin()
    try:
        yield
    finally:
        deadline.end(None)


@contextmanager
def _interruptible(stop: Stop) -> Iterator[None]:
    """Raise KeyboardInterrupt in this thread when the run is asked to stop."""
    thread = threading.get_ident()

    def interrupt() -> None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(KeyboardInterrupt))

    with stop.heard(interrupt):
        yield


def _inputs(cellar: Cellar, call: FunctionCall, run: Run, trace: Trace | None, digests: Digests) -> tuple[Input, ...]:
    """What the function read itself, and what its tasks read."""
    if trace is None:
        return ()
    with untraced():
        finder = Finder(Places.of(call.home, call.home, cellar.folder), digests)
        tasks = cellar.runs(RunQuery(parent=run.id, kinds=(RunKind.TASK,)))
        found = [*with_makers(cellar, finder.inputs(trace, {})), *(each for task in tasks for each in task.inputs)]
    return tuple({(each.kind, each.path, each.digest): each for each in found}.values())


def _closed(call: FunctionCall, run: Run, ending: _Ending, inputs: tuple[Input, ...], folder: Path) -> Run:
    """The run with all that is known of it now."""
    values = ending.values or {}
    plain, words = run_results(values)
    paths: dict[str, JSON] = {
        name: value.relative_to(folder).as_posix()
        for name, value in values.items()
        if isinstance(value, Path) and value.is_relative_to(folder)
    }
    detail: dict[str, JSON] = {**run.detail, "emits": list(call.emits)}
    detail |= {name: part for name, part in (("words", words), ("paths", paths)) if part}
    return replace(
        run,
        status=ending.status,
        error=ending.error,
        ended_ns=time.time_ns(),
        inputs=inputs,
        result=plain,
        key=call.key,
        key_parts=call.key_parts,
        detail=detail,
    )


def _publish(cellar: Cellar, run: Run, folder: Path) -> Run:
    """Close the run, with what the function left in its folder as its asset."""
    with untraced():
        if not any(folder.iterdir()):
            return cellar.publish(run)
        from nbcellar.assets.archiver import Tree, archive
        from nbcellar.assets.ignore import IgnoreRules
        from nbcellar.assets.scanner import scan

        closed, _saved = archive(cellar, run, [Tree(scan(folder, IgnoreRules.load(folder)))], movable=True)
        return closed
