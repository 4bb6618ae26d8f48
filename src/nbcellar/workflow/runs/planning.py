"""What a run would do, without doing it: ``--dry-run``."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from nbcellar.errors import RunError
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON
from nbcellar.store import Cellar
from nbcellar.workflow.documents import graph
from nbcellar.workflow.documents.document import Document, Source
from nbcellar.workflow.freshness.deciding import Take
from nbcellar.workflow.freshness.earlier import Earlier
from nbcellar.workflow.mapping.parts import Made, Part
from nbcellar.workflow.runs.calls import Planned, Planner
from nbcellar.workflow.runs.runner import check
from nbcellar.workflow.runs.runoptions import RunOptions, forced_steps


class Action(StrEnum):
    """What would become of a step."""

    RUN = "run"
    TAKE = "take"
    DEPENDS = "depends"  # it runs only if what it gets differs, which only the run tells
    SKIP = "skip"  # a condition leaves it out
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class StepPlan:
    """One step of a plan.

    Attributes:
        ref: The earlier run that would be taken; empty for the other actions.
    """

    step: str
    action: Action
    reason: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do, step by step, in an order in which it may."""

    name: str
    steps: tuple[StepPlan, ...]


def plan_workflow(
    source: Path | str | Source | Document,
    parameters: Mapping[str, JSON] | None = None,
    *,
    cellar: Cellar | None = None,
    force: bool = False,
    start_from: str = "",
) -> Plan:
    """Plan a run: no kernel starts, nothing is recorded.

    Takes what :func:`~nbcellar.workflow.runs.runner.run_workflow` takes.

    Raises:
        NotFoundError: There is no such file or step.
        InvalidWorkflow: It cannot run as it is written.
        StorageError: The store could not be read.
    """
    checked = check(source, parameters, start_from, cellar)
    cellar = cellar or Cellar.open(checked.document.folder)
    forced = forced_steps(checked, RunOptions(1, force, start_from))
    planner = Planner(Earlier(cellar, checked.document.name), checked, "", forced)
    made, plans, gone = dict[str, Made](), list[StepPlan](), set[str]()
    edges = graph.edges(checked.document)
    for name in graph.order(edges):
        step = checked.document.steps[name]
        waiting = sorted(edges[name] - made.keys() - gone)
        if waiting:
            sure = name in forced and not step.when
            reason = forced[name] if sure else f"after {', '.join(waiting)}"
            plans.append(StepPlan(name, Action.RUN if sure else Action.DEPENDS, reason))
            continue
        try:
            if reason := planner.left_out(step, made, gone):
                plans.append(StepPlan(name, Action.SKIP, reason))
                gone.add(name)
                continue
            planned = planner.plan(step, made)
        except RunError as error:
            plans.append(StepPlan(name, Action.FAIL, str(error)))
            continue
        plans.append(_step_plan(name, planned))
        if plans[-1].action is Action.TAKE:
            parts = tuple(Part.of(each.decision.run) for each in planned if isinstance(each.decision, Take))
            made[name] = Made(parts, many=bool(step.for_each))
    return Plan(checked.document.name, tuple(plans))


def _step_plan(name: str, planned: list[Planned]) -> StepPlan:
    runs = [each for each in planned if not isinstance(each.decision, Take)]
    if runs:
        count = f" ({len(runs)} of {len(planned)})" if len(planned) > 1 else ""
        return StepPlan(name, Action.RUN, runs[0].decision.reason + count)
    refs = [each.decision.run.ref for each in planned if isinstance(each.decision, Take)]
    reason = planned[0].decision.reason if planned else "there is nothing to go through"
    return StepPlan(name, Action.TAKE, reason, ", ".join(refs[:3]) + (", …" if len(refs) > 3 else ""))
