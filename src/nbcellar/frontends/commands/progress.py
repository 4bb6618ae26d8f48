"""The events of a workflow's run, as lines on a terminal or in a log."""

from __future__ import annotations

from nbcellar.frontends.commands.reporting import Reporter
from nbcellar.model import RunStatus
from nbcellar.workflow.views.events import CellStarted, Event, StepFinished, StepStarted, WorkflowFinished
from nbcellar.workflow.views.progress import line


class Progress:
    """Tells a reporter what happens; the cells that run pass by, those of every step that runs.

    Args:
        outcome: Tell how the run ended; False where that is shown below.
    """

    def __init__(self, reporter: Reporter, *, outcome: bool = True) -> None:
        self._reporter = reporter
        self._outcome = outcome
        self._running: dict[tuple[str, str], str] = {}

    def __call__(self, event: Event) -> None:
        """Called by the runner, from any of its threads."""
        match event:
            case StepStarted(step=step, item=item):
                self._running[step, item] = f"{_name(step, item)} starts"
            case CellStarted(step=step, cell=cell, cell_count=count, label=label, item=item):
                self._running[step, item] = f"{_name(step, item)} [{cell}/{count}] {label}".rstrip()
            case StepFinished(step=step, item=item):
                self._running.pop((step, item), None)
            case _:
                pass
        text = line(event)
        if text is not None and not self._said_below(event):
            self._reporter.line(text)
        if self._running:
            self._reporter.passing("▸ " + " · ".join(self._running.values()))

    def _said_below(self, event: Event) -> bool:
        """Whether what is shown below says it again; below an interrupted run there may be nothing."""
        return not self._outcome and isinstance(event, WorkflowFinished) and event.status is not RunStatus.INTERRUPTED

    def close(self) -> None:
        """Take the passing line away."""
        self._reporter.close()


def _name(step: str, item: str) -> str:
    return f"{step} [{item}]" if item else step
