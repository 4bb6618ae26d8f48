"""A place that shows a run of a workflow and is brought up to date while it goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from nbcellar.model import JSON, RunStatus
from nbcellar.workflow.views.events import Event, StepFinished, WorkflowFinished

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

    from nbcellar.workflow.runs.workflowrun import WorkflowRun
    from nbcellar.workflow.views.runview import RunView

BETWEEN_S = 0.25
"""At most four times a second; what comes sooner is shown by the next."""


class RunDisplay:
    """One place of a notebook that shows a run.

    Args:
        view: Kept up to date by whoever runs it, or by what is heard here.
        place: Takes every form of it, by MIME type; None for a place of its own below the cell.
    """

    def __init__(self, view: RunView, place: Callable[[Mapping[str, JSON]], None] | None = None) -> None:
        self._view = view
        self._place = place
        self._lock = threading.Lock()
        self._shown_s = 0.0
        self._handle: DisplayHandle | None = None

    def show(self) -> None:
        """Show it as it is now."""
        from IPython.display import display

        from nbcellar.workflow.views.runpage import bundle

        with self._lock:
            self._shown_s = time.monotonic()
            content = bundle(self._view.copy())
            if self._place is not None:
                self._place(content)
            elif self._handle is None:
                self._handle = display(content, raw=True, display_id=True)  # type: ignore[no-untyped-call]
            else:
                self._handle.update(content, raw=True)  # type: ignore[no-untyped-call]

    def hear(self, event: Event) -> None:
        """Something happened: show it, unless something was shown just now."""
        settled = isinstance(event, StepFinished | WorkflowFinished)
        if settled or time.monotonic() - self._shown_s >= BETWEEN_S:
            self.show()


class Following:
    """A listener that shows a run from its beginning."""

    def __init__(self, place: Callable[[Mapping[str, JSON]], None] | None = None) -> None:
        from nbcellar.workflow.views.runview import RunView

        self._view = RunView("", {})
        self._display = RunDisplay(self._view, place)

    def __call__(self, event: Event) -> None:
        """Take over what happened, and show it."""
        self._view.hear(event)
        self._display.hear(event)


def show(run: WorkflowRun) -> None:
    """Show a run below the cell, and go on until it has ended."""
    shown = RunDisplay(run.view)
    shown.show()
    if run.status is RunStatus.RUNNING:
        run.follow(shown.hear)
        shown.show()  # what happened in between
