"""A run of a workflow with its steps, as people see it."""

from __future__ import annotations

from collections.abc import Iterable

from nbcellar.assets.display import Table, count_text, seconds_text, size_text, time_text
from nbcellar.assets.facts import asset_facts, run_facts
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.runtable import TONES, short_ref
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import TYPE_CHECKING, ClassVar
from nbcellar.model import JSON, Run, RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.runs.history import StepStatus, WorkflowStatus, workflow_status
from nbcellar.workflow.views.progress import MARKS
from nbcellar.workflow.views.stepruns import PROBLEM

if TYPE_CHECKING:
    from nbcellar.workflow.kernels.kept import KeptKernel


@dataclass(frozen=True, repr=False)
class WorkflowState(Answer):
    """A run of a workflow with its steps."""

    verb: ClassVar[str] = "status"
    cellar: Cellar
    status: WorkflowStatus
    exit_code: int = 0

    @property
    def run(self) -> Run:
        """The workflow's run."""
        return self.status.run

    @property
    def succeeded(self) -> bool:
        """Whether every step is done."""
        return self.run.status is RunStatus.SUCCEEDED

    def _facts(self) -> dict[str, JSON]:
        return {**run_facts(self.run), "error": self.run.error, "steps": list(self._items())}

    def _items(self) -> Iterable[JSON]:
        kept = {step: kernel.command for step, kernel in kept_kernels(self.cellar, self.run)}
        return [_step_facts(one, kept.get(one.outcome.step)) for one in self.status.steps]

    def _blocks(self) -> list[Block]:
        run = self.run
        took = f" after {seconds_text((run.ended_ns - run.started_ns) / 1e9)}" if run.ended_ns else ""
        done = sum(1 for one in self.status.steps if one.outcome.done)
        planned = run.detail.get("plan")
        count = len(planned) if isinstance(planned, list) else len(self.status.steps)
        ref, started = short_ref(self.cellar, run), time_text(run.started_ns)
        head = f"{MARKS[run.status]} {ref} {run.status.value}{took}, started {started}"
        steps = [_step_row(one) for one in self.status.steps]
        tones = [TONES[one.outcome.status] for one in self.status.steps]
        blocks: list[Block] = [f"{head}; {done:,} of {count_text(count, 'step')} done."]
        if steps:
            blocks.append(Table(("Step", "Status", "Took", "Made", "Why"), steps, frozenset({"Took"}), tones))
        return [
            *blocks,
            *(f"{one.outcome.step}: {one.outcome.error}" for one in self.status.steps if one.outcome.error),
            *([str(run.detail[PROBLEM])] if run.detail.get(PROBLEM) else []),
            *(f"{step}: its kernel lives on: {kernel.command}" for step, kernel in kept_kernels(self.cellar, self.run)),
        ]


def _step_facts(one: StepStatus, kept: str | None) -> JSON:
    outcome = one.outcome
    return {
        **({"kernel": kept} if kept else {}),
        "step": outcome.step,
        "status": outcome.status.value,
        "reason": outcome.reason,
        "seconds": round(outcome.seconds, 3),
        "notebooks": list(outcome.refs),
        "error": outcome.error,
        "products": [{"ref": run.ref, **asset_facts(run.asset)} for run in one.products if run.asset],
    }


def _step_row(one: StepStatus) -> tuple[str, ...]:
    outcome = one.outcome
    made = ", ".join(f"{run.ref} ({size_text(run.asset.size_bytes)})" for run in one.products if run.asset)
    return (
        outcome.step,
        outcome.status.value,
        seconds_text(outcome.seconds) if outcome.seconds else "",
        made,
        outcome.reason,
    )


def kept_kernels(cellar: Cellar, run: Run) -> list[tuple[str, KeptKernel]]:
    """The kernels that a run left alive, with their steps."""
    if run.status is RunStatus.SUCCEEDED:
        return []
    from nbcellar.workflow.kernels.kept import kept_kernel  # where nothing failed, nothing was kept

    steps = [one for one in workflow_status(cellar, run).steps if one.outcome.status is RunStatus.FAILED]
    found = [(one.outcome.step, kept_kernel(cellar.run(each))) for one in steps for each in one.outcome.runs]
    return [(step, kernel) for step, kernel in found if kernel is not None]
