"""What happens in a run, as lines of text: for terminals, and for logs where there is none."""

from __future__ import annotations

from nbcellar.assets.display import count_text, seconds_text, size_text
from nbcellar.lighttypes import assert_never
from nbcellar.model import RunStatus
from nbcellar.workflow.views.events import (
    AWAITED,
    CellFinished,
    CellStarted,
    Event,
    FailureTold,
    KernelKept,
    Published,
    StepFinished,
    StepProduct,
    StepsAwaited,
    StepSkipped,
    StepStarted,
    StepTaken,
    WorkflowFinished,
    WorkflowStarted,
)

MARKS = {
    RunStatus.SUCCEEDED: "✓",
    RunStatus.CACHED: "↺",
    RunStatus.FAILED: "✗",
    RunStatus.INTERRUPTED: "!",
    RunStatus.ABANDONED: "!",
    RunStatus.SKIPPED: "-",
    RunStatus.RUNNING: "▸",
}


def describe(event: Event) -> str:
    """An event in one line; cells too."""
    match event:
        case WorkflowStarted(ref=ref, steps=steps):
            return f"{ref}: {count_text(len(steps), 'step')}"
        case StepStarted(step=step, reason=reason, item=item):
            return f"{MARKS[RunStatus.RUNNING]} {_name(step, item)}  runs: {reason}"
        case CellStarted(step=step, cell=cell, cell_count=count, label=label, item=item):
            return f"  {_name(step, item)} [{cell}/{count}] {label}".rstrip()
        case CellFinished(step=step, cell=cell, cell_count=count, seconds=seconds, item=item):
            return f"  {_name(step, item)} [{cell}/{count}] took {seconds_text(seconds)}"
        case StepFinished():
            return _finished(event)
        case KernelKept(step=step, command=command, item=item):
            return f"  the kernel of {_name(step, item)} lives on: {command}; `nbcellar cancel` ends it"
        case StepTaken(step=step, ref=ref, reason=reason):
            return f"{MARKS[RunStatus.CACHED]} {step}  taken from {ref}: {reason}"
        case StepSkipped(step=step, reason=reason):
            return f"{MARKS[RunStatus.SKIPPED]} {step}  skipped: {reason}"
        case StepsAwaited(steps=steps):
            left = "it" if len(steps) == 1 else "them"
            return f"  waiting for {', '.join(steps)}: {AWAITED}; Ctrl-C again ends the run without {left}"
        case Published(source=source, target=target):
            return f"→ {target}  ({source})"
        case FailureTold(command=command, problem=problem):
            return f"on_failure: {command}" + (f" did not succeed: {problem}" if problem else "")
        case WorkflowFinished(ref=ref, status=status, seconds=seconds, problem=problem):
            head = f"{MARKS[status]} {ref} {status.value} after {seconds_text(seconds)}"
            return f"{head}: {problem}" if problem else head
        case _:
            assert_never(event)


def line(event: Event) -> str | None:
    """The line that a log gets; None for what is too small for one: single cells."""
    return None if isinstance(event, CellStarted | CellFinished) else describe(event)


def _finished(event: StepFinished) -> str:
    name, took = _name(event.step, event.item), seconds_text(event.seconds)
    head = f"{MARKS[event.status]} {name}  {event.status.value} after {took}"
    note = f"; {event.note}" if event.note else ""
    if event.error:
        return f"{head}: {event.error}" + (f" (see {event.notebook})" if event.notebook else "") + note
    made = ", ".join(map(_product, event.products))
    return (f"{head}; made {made}" if made else head) + note


def _product(product: StepProduct) -> str:
    return f"{product.ref} ({count_text(product.file_count, 'file')}, {size_text(product.size_bytes)})"


def _name(step: str, item: str) -> str:
    return f"{step} [{item}]" if item else step


def first_line(source: str) -> str:
    """The first line of a cell that says something."""
    lines = (line.strip() for line in source.splitlines())
    return next((line[:60] for line in lines if line and not line.startswith("#")), "")
