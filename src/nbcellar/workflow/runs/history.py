"""Earlier runs of workflows: listed, found, and looked into."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from nbcellar.errors import NotFoundError, UsageError
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON, Run, RunKind, RunStatus
from nbcellar.reference import Ref
from nbcellar.store import Cellar, RunQuery
from nbcellar.workflow.runs.midway import settled_steps
from nbcellar.workflow.views.events import StepProduct, StepTaken
from nbcellar.workflow.views.stepruns import STEP_KINDS, batches, seconds_of
from nbcellar.workflow.views.steps import StepResult, step_from_json

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


def find_run(cellar: Cellar, text: str | int = LATEST) -> Run:
    """The run that ``latest``, ``3``, ``survey``, ``survey@3`` or an id means.

    Raises:
        NotFoundError: There is none.
        UsageError: It is no such reference.
    """
    if not isinstance(text, str | int):
        hint = "Write latest, a number, survey@3, or run.id of a run."
        raise UsageError(f"{text!r:.60} is no reference to a run.", hint=hint)
    text = str(text)
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
        raise NotFoundError(f"There is no workflow run {text!r}.", hint=_near(text, runs))
    return found[0]


def _near(text: str, runs: Sequence[Run]) -> str:
    """What may have been meant."""
    if not runs:
        return "Start one: nbcellar run WORKFLOW."
    planned = runs[0].detail.get("plan")
    if isinstance(planned, list) and text in planned:
        return f"It is a step of {runs[0].ref}: name that first, as in `nbcellar logs {runs[0].ref} {text}`."
    return f"The newest are {', '.join(run.ref for run in runs[:5])}."


def workflow_status(cellar: Cellar, run: Run, outcomes: Mapping[str, StepResult] | None = None) -> WorkflowStatus:
    """A run with its steps; of one under way, as far as it is.

    Args:
        cellar: Where it is kept.
        run: The workflow's run.
        outcomes: What became of its steps, where that is known already.
    """
    recorded = run.detail.get("steps")
    if outcomes is None and isinstance(recorded, dict):
        outcomes = {name: step_from_json(name, value) for name, value in recorded.items()}
    outcomes = _outcomes_so_far(cellar, run) if outcomes is None else outcomes
    planned = run.detail.get("plan")
    order = [str(name) for name in planned] if isinstance(planned, list) else list(outcomes)
    products = _products(cellar, outcomes.values())
    steps = [StepStatus(outcomes[name], products[name]) for name in order if name in outcomes]
    return WorkflowStatus(run, tuple(steps))


def _outcomes_so_far(cellar: Cellar, run: Run) -> dict[str, StepResult]:
    """The steps of a run that has not been closed: those that began have runs of their own, others are written down."""
    found = dict(settled_steps(run))
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


def taken(cellar: Cellar, result: StepResult) -> StepTaken:
    """What is told of a step that is taken from earlier runs."""

    def products() -> tuple[StepProduct, ...]:
        assets = [(run.ref, run.asset) for run in _products(cellar, [result])[result.step]]
        return tuple(StepProduct(ref, asset.entry_count, asset.size_bytes) for ref, asset in assets if asset)

    return StepTaken(result.step, ", ".join(result.refs), result.reason, products)


def _products(cellar: Cellar, outcomes: Collection[StepResult]) -> dict[str, tuple[Run, ...]]:
    """What each step made, all asked for at once: a thousand steps are a thousand questions otherwise."""
    ended = [each for each in outcomes if each.status not in (RunStatus.SKIPPED, RunStatus.RUNNING)]
    ids = [run for outcome in ended for run in outcome.runs]
    functions: dict[str, Run] = {}
    tasks: dict[str, list[Run]] = {}
    for some in batches(ids):
        for run in cellar.runs(RunQuery(ids=some, kinds=(RunKind.FUNCTION,), removed=None, with_asset=True)):
            functions[run.id] = run
        for task in cellar.runs(RunQuery(parents=some, kinds=(RunKind.TASK,), removed=None, with_asset=True)):
            tasks.setdefault(str(task.parent), []).append(task)
    made: dict[str, tuple[Run, ...]] = {each.step: () for each in outcomes}
    for outcome in ended:
        own = [functions[run] for run in outcome.runs if run in functions]
        inner = [task for run in outcome.runs for task in sorted(tasks.get(run, ()), key=lambda one: one.sequence or 0)]
        made[outcome.step] = (*own, *inner)
    return made


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else ""
