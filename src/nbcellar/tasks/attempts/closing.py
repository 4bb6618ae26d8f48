"""The end of a task: look what was written and read, save it, publish the run, say what became of it."""

from __future__ import annotations

import asyncio
import os
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from nbcellar.assets.comparing.differ import Diff, diff_stored
from nbcellar.assets.saving.archiver import Saved, archive
from nbcellar.errors import CorruptDataError, NbcellarError
from nbcellar.model import Input, InputKind, LabelKind, Run, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.tasks.attempts.leftovers import Running, beside, leftovers
from nbcellar.tasks.attempts.outcome import Listener, Outcome
from nbcellar.tasks.attempts.rescue import not_saved, rescue
from nbcellar.tasks.context.results import Result, result_of
from nbcellar.tasks.files.diskuse import disk_use
from nbcellar.tasks.files.workdir import Fresh
from nbcellar.tasks.files.written import Harvest, Written
from nbcellar.tasks.reads.lineage import Reading, inputs_of
from nbcellar.tasks.reads.storedinputs import StoredInputs
from nbcellar.tasks.taskline.options import TaskOptions

DAY_NS = 86_400 * 10**9
KEPT_DAYS = 7


@dataclass(frozen=True, slots=True)
class Ending:
    """A body that has just ended.

    Attributes:
        run: Still open.
        has_value: Whether the body had a last expression, of this ``value``.
        beside: Other coroutines that saw the fresh folder as the current one.
        broken: The error of a statement behind the body that does not compile.
        reason: Why the cache was not used.
        remember: Keeps what a cached task left besides its files, and says what could not be kept.
        stored: Stores the inputs too.
    """

    cellar: Cellar
    options: TaskOptions
    run: Run
    reading: Reading
    harvest: Harvest
    before: Running
    error: BaseException | None
    seconds: float
    attempt: int
    value: object
    has_value: bool
    beside: int = 0
    broken: str = ""
    reason: tuple[str, ...] = ()
    remember: Callable[[Run], list[str]] | None = None
    stored: StoredInputs | None = None

    @property
    def failed(self) -> bool:
        """Whether the body did not succeed."""
        return self.error is not None or bool(self.broken)


def close(ending: Ending, listener: Listener) -> Outcome:
    """Close the run and show the outcome.

    Raises:
        NbcellarError: The body succeeded, and its files could not be saved. Where the body failed, that is a note on
            its own exception.
    """
    try:
        outcome = _close(ending, listener)
    except Exception as problem:
        error = _unsaved(ending, problem)
        if ending.error is None:
            raise error from problem
        ending.error.add_note(str(error))
        outcome = Outcome(ending.run, ending.seconds, error=error_line(ending), notes=(str(error),))
    except KeyboardInterrupt as interrupt:
        ending.cellar.publish(_finished(ending, (), RunStatus.INTERRUPTED))
        interrupt.add_note(
            f"Interrupted while {ending.run.ref} was being saved. Nothing was published; your files are untouched. "
            f"Run `nbcellar save --name {ending.run.name}` to save them."
        )
        raise
    listener.finished(outcome)
    return outcome


def _close(ending: Ending, listener: Listener) -> Outcome:
    written = ending.harvest.written()
    inputs, said = _inputs(ending)
    previous = _previous(ending)
    run, saved = _publish(ending, written, inputs, listener)
    _label(ending, run)
    notes = [] if ending.failed or ending.remember is None else ending.remember(run)
    before, changes, damage = _compared(ending.cellar, previous, run)
    return Outcome(
        run=run,
        seconds=ending.seconds,
        saved=saved,
        previous=before,
        changes=changes,
        paths=written.paths,
        inputs=tuple(inputs),
        notes=(*_notes(ending, written, previous, saved), *_edited(inputs), *said, *notes, *damage),
        reason=ending.reason,
        elsewhere=written.elsewhere,
        error=error_line(ending),
        attempt=ending.attempt,
        attempts=None if ending.options.retries.limit is None else ending.options.retries.limit + 1,
        store=ending.cellar.uuid,
        summary="off" if ending.options.quiet else ending.cellar.settings.summary,
        unmatched=written.unmatched,
    )


def _inputs(ending: Ending) -> tuple[list[Input], list[str]]:
    """The inputs, stored where that is asked for, and what is to be said of it."""
    inputs = inputs_of(ending.cellar, ending.reading)
    if ending.stored is None or ending.failed:
        return inputs, []
    return ending.stored.store(ending.cellar, ending.run, inputs, ending.reading.declared)


def _publish(ending: Ending, written: Written, inputs: Sequence[Input], listener: Listener) -> tuple[Run, Saved | None]:
    run = _finished(ending, inputs, _status(ending))
    wanted = ending.options.keep_failed if ending.failed else bool(ending.options.variable)
    if not written.sources and (ending.failed or not wanted):
        return ending.cellar.publish(run), None
    if ending.failed and not wanted:
        return ending.cellar.publish(run), None
    return archive(
        ending.cellar,
        run,
        written.sources,
        movable=isinstance(ending.harvest.workdir, Fresh),  # nobody works in a fresh folder after its body
        progress=lambda step: listener.saving(ending.run.ref, step),
    )


def _finished(ending: Ending, inputs: Sequence[Input], status: RunStatus) -> Run:
    result = result_of(ending.value) if ending.has_value and not ending.failed else Result()
    detail = dict(ending.run.detail)
    detail["seconds"] = round(ending.seconds, 3)
    if ending.attempt > 1:
        detail["attempt"] = ending.attempt
    now = time.time_ns()
    if ending.harvest.last is not None and ending.harvest.last.elsewhere:
        detail["elsewhere"] = list(ending.harvest.last.elsewhere)
    if ending.failed:
        detail["kept_until_ns"] = now + KEPT_DAYS * DAY_NS
    return replace(
        ending.run,
        status=status,
        ended_ns=now,
        inputs=tuple(inputs),
        result=result.value,
        result_repr=result.words,
        error=error_line(ending),
        detail=detail,
    )


def _status(ending: Ending) -> RunStatus:
    if isinstance(ending.error, KeyboardInterrupt | asyncio.CancelledError):
        return RunStatus.INTERRUPTED
    return RunStatus.FAILED if ending.failed else RunStatus.SUCCEEDED


def error_line(ending: Ending) -> str:
    """The exception in one line."""
    if ending.error is None:
        return ending.broken
    text = str(ending.error).strip()
    first = text.splitlines()[0][:500] if text else ""
    return f"{type(ending.error).__name__}: {first}" if first else type(ending.error).__name__


def _previous(ending: Ending) -> Run | None:
    query = RunQuery(
        project=ending.run.project, name=ending.run.name, statuses=(RunStatus.SUCCEEDED,), with_asset=True, limit=1
    )
    found = ending.cellar.runs(query)
    return found[0] if found else None


def _compared(cellar: Cellar, previous: Run | None, run: Run) -> tuple[Run | None, Diff | None, list[str]]:
    """What is different, from which version, and what is to be said of it."""
    try:
        return previous, _changes(cellar, previous, run), []
    except CorruptDataError:  # of the version before: this one was written just now
        assert previous is not None
        words = f"{previous.ref}, the version before, is damaged in the store: `nbcellar check` says more"
        return None, _changes(cellar, None, run), [words]


def _changes(cellar: Cellar, previous: Run | None, run: Run) -> Diff | None:
    if run.asset is None:
        return None
    if previous is None or previous.asset is None:
        return Diff(new=tuple(cellar.manifest(run.asset)))
    return diff_stored(cellar.manifest(previous.asset), cellar.manifest(run.asset))


def _label(ending: Ending, run: Run) -> None:
    if ending.failed:
        return
    for alias in ending.options.aliases:
        ending.cellar.label(run, LabelKind.ALIAS, alias)
    for key, value in ending.options.tags:
        ending.cellar.label(run, LabelKind.TAG, key, value)
    if ending.options.note:
        ending.cellar.label(run, LabelKind.NOTE, "note", ending.options.note)


def _notes(ending: Ending, written: Written, previous: Run | None, saved: Saved | None) -> Iterator[str]:
    running = leftovers(ending.before, started_children=ending.harvest.trace.children)
    if running:
        yield running
    if ending.beside:
        yield beside(ending.beside)
    if written.doubtful:
        yield f"another task ran meanwhile, and may have written {_named(written.doubtful)}"
    changed = _changed_meanwhile(ending)
    if changed:
        yield f"{_named(changed)} changed while the cell ran; which content it read is not known"
    if written.foreign and ending.harvest.trace.children:
        yield f"left out, since whoever runs a notebook saves it: {_named(written.foreign)}"
    if written.unseen:
        places = ending.harvest.places
        names = [os.path.relpath(path, places.root) for path in written.unseen]
        at = shlex.quote(os.path.relpath(places.home, places.root))
        yield f"changed outside of this folder meanwhile, and not kept: {_named(names)}. If the cell did it: --at {at}"
    if written.unscanned:
        yield "the folder holds more than 50,000 files: only what was seen opened, and what the code names, is kept"
    skipped = [*written.skipped, *(saved.skipped if saved else ())]
    if skipped:
        yield f"not kept: {_named([str(one) for one in skipped])}"
    use = "" if saved is None else disk_use(ending.cellar, ending.run)
    if use:
        yield use
    before = _notebook(ending, previous) if previous else ""
    if before and before != _notebook(ending, ending.run):
        yield f"{ending.run.name} was last written by {before}"


def _notebook(ending: Ending, run: Run) -> str:
    """The notebook of a run: relative in the project, as a workflow writes it down, and Jupyter does not."""
    places, notebook = ending.reading.finder.places, run.origin.get("notebook")
    return places.input_path(os.path.join(places.home, notebook)) if isinstance(notebook, str) else ""


def _edited(inputs: Sequence[Input]) -> Iterator[str]:
    for one in inputs:
        if one.kind is InputKind.MODULE and one.digest is None:
            yield (
                f"{one.path} was edited after it was imported: this run used the code from before. Reload it, "
                "or restart the kernel"
            )


def _changed_meanwhile(ending: Ending) -> list[str]:
    """Inputs that are no longer what they were, and that the body was not seen to write."""
    own = ending.harvest.trace.writes.keys() | ending.harvest.trace.databases.keys()
    digests, places = ending.reading.finder.digests, ending.reading.finder.places
    return [places.input_path(path) for path in dict.fromkeys(digests.changed) if path not in own]


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"


def _unsaved(ending: Ending, problem: Exception) -> NbcellarError:
    """Keep the files, close the run if that is possible, and make the error."""
    written = ending.harvest.last
    paths = written.paths if written else {}
    kept = rescue(ending.cellar.folder, ending.run, paths)
    error = not_saved(problem, ending.run, len(paths), kept)
    try:
        ending.cellar.publish(replace(_finished(ending, (), RunStatus.FAILED), error=f"not saved: {problem}"))
    except NbcellarError as also:  # the store itself is the problem; the run is found abandoned later
        error.add_note(str(also))
    return error
