"""Who shows runs live: set by what runs in a notebook, since this layer knows of none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from nbcellar.workflow.runs.workflowrun import WorkflowRun

Shower: TypeAlias = "Callable[[WorkflowRun], None]"
_shower: list[Shower] = []


def set_shower(shower: Shower | None) -> None:
    """Let runs be shown by this from now on; None for by nobody."""
    _shower[:] = [shower] if shower else []


def show(run: WorkflowRun) -> None:
    """Show a run, and go on as it goes on.

    Raises:
        NotImplementedError: Nobody shows runs here: IPython shows it as it is now.
    """
    if not _shower:
        raise NotImplementedError
    _shower[0](run)
