"""How a workflow is run."""

from __future__ import annotations

from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import TYPE_CHECKING

if TYPE_CHECKING:
    from nbcellar.workflow.checks.validation import Checked


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a workflow is run.

    Attributes:
        jobs: So many notebooks at once.
        force: Run every step.
        start_from: Run this step and those behind it, whatever was done before.
        keep_kernel: Leave the kernel of a failed notebook alive.
    """

    jobs: int
    force: bool = False
    start_from: str = ""
    keep_kernel: bool = False


def forced_steps(checked: Checked, options: RunOptions) -> dict[str, str]:
    """Steps that run whatever was done before, with the reason."""
    if options.force:
        return dict.fromkeys(checked.document.steps, "--force")
    if not options.start_from:
        return {}
    from nbcellar.workflow.documents import graph

    edges, first = graph.edges(checked.document), graph.named(checked.document, options.start_from)
    behind = [name for start in first for name in graph.descendants(edges, start)]
    return dict.fromkeys([*first, *behind], f"--from {options.start_from}")
