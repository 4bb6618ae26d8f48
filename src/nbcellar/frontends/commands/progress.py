"""The events of a workflow's run, as lines on a terminal or in a log."""

from __future__ import annotations

from nbcellar.frontends.commands.reporting import Reporter
from nbcellar.workflow.events import Event
from nbcellar.workflow.progress import describe, line


class Progress:
    """Tells a reporter what happens; cells only pass by."""

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter

    def __call__(self, event: Event) -> None:
        """Called by the runner, from any of its threads."""
        text = line(event)
        if text is None:
            self._reporter.passing(describe(event).strip())
        else:
            self._reporter.line(text)
