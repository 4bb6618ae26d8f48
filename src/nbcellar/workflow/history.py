"""Earlier runs of workflows: listed, found, and looked into."""

from __future__ import annotations

from nbcellar.errors import NotFoundError
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON, Ref, Run, RunKind, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.workflow.earlier import STEP_KINDS
from nbcellar.workflow.resolution import tasks_of
from nbcellar.workflow.stepcalls import seconds_of
from nbcellar.workflow.steps import StepResult, step_from_json

LATEST = "latest"


@dataclass(frozen=True, slots=True)
class StepStatus:
    """A step of a run.

    Attributes:
        products: The runs of its tasks that made an asset.
    """

    outcome: StepResult
    products: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkflowStatus:
    """A run of a workflow with its steps, in the order of its document."""

    run: Run
    steps: tuple[StepStatus, ...]


def workflow_runs(cellar: Cellar, *, name: str | None = None, limit: int | None = 20) -> list[Run]:
    """Runs of workflows, newest first."""
    return cellar.runs(RunQuery(project=cellar.project, name=name, kinds=(RunKind.WORKFLOW,), limit=limit))


def find_run(cellar: Cellar, text: str = LATEST) -> Run:
    """The run that ``latest``, ``3``, ``survey``, ``survey@3`` or an id means.

    Raises:
        NotFoundError: There is none.
        UsageError: It is no such reference.
    """
    runs = workflow_runs(cellar, limit=None)
    if text == LATEST:
        found = runs[:1]
    elif text.isdigit():
        found = [run for run in runs if run.number == int(text)]
    elif any(run.id == text for run in runs):
        found = [run for run in runs if run.id == text]
    else:
        ref = Ref.parse(text)
        found = [run for run in runs if run.name == ref.word and ref.number in (None, run.number)]
    if not found:
        newest = ", ".join(run.ref for run in runs[:5])
        hint = f"The newest are {newest}." if newest else "Start one: nbcellar run WORKFLOW."
        raise NotFoundError(f"There is no workflow run {text!r}.", hint=hint)
    return found[0]


def workflow_status(cellar: Cellar, run: Run) -> WorkflowStatus:
    """A run with its steps; of one under way, as far as it is."""
    recorded = run.detail.get("steps")
    outcomes = (
        {name: step_from_json(name, value) for name, value in recorded.items()}
        if isinstance(recorded, dict)
        else _outcomes_so_far(cellar, run)
    )
    planned = run.detail.get("plan")
    order = [str(name) for name in planned] if isinstance(planned, list) else list(outcomes)
    steps = [StepStatus(outcomes[name], _products(cellar, outcomes[name])) for name in order if name in outcomes]
    return WorkflowStatus(run, tuple(steps))


def _outcomes_so_far(cellar: Cellar, run: Run) -> dict[str, StepResult]:
    """The steps of a run that has not been closed: those that began have a run of their own."""
    found: dict[str, StepResult] = {}
    children = cellar.runs(RunQuery(parent=run.id, kinds=STEP_KINDS))
    for child in sorted(children, key=lambda child: child.started_ns):
        step = _text(child.detail.get("step"))
        before = found[step].runs if step in found else ()
        refs = found[step].refs if step in found else ()
        found[step] = StepResult(
            step,
            child.status,
            _text(child.detail.get("reason")),
            (*before, child.id),
            (*refs, child.ref),
            seconds_of(child),
            child.error,
        )
    return found


def _products(cellar: Cellar, outcome: StepResult) -> tuple[Run, ...]:
    if outcome.status in (RunStatus.SKIPPED, RunStatus.RUNNING):
        return ()
    runs = [cellar.run(run) for run in outcome.runs]
    own = [run for run in runs if run.kind is RunKind.FUNCTION]
    return tuple(task for task in [*own, *(task for run in runs for task in tasks_of(cellar, run))] if task.asset)


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else ""
