"""Results of a run asked for by name: ``run_and_return``."""

from __future__ import annotations

from collections.abc import Mapping

from nbcellar.assets.display import seconds_text
from nbcellar.errors import (
    EmptyResult,
    FlowFailed,
    RunError,
    TaskNotCompleted,
    TaskNotInFlow,
    did_you_mean,
)
from nbcellar.model import JSON
from nbcellar.workflow.checks.validation import Checked
from nbcellar.workflow.documents.document import Document, emitted
from nbcellar.workflow.documents.mapped import RawMappedParameter
from nbcellar.workflow.mapping.resolution import resolve
from nbcellar.workflow.runs.workflowrun import WorkflowRun
from nbcellar.workflow.sources.notebook import NotebookSource


def names_of(document: Document, notebooks: Mapping[str, NotebookSource]) -> tuple[list[str], bool]:
    """``STEP.NAME`` of all that the steps give, and whether there may be more that only running tells."""
    found, more = [], False
    for step in document.steps.values():
        notebook = notebooks.get(step.id)
        offered = sorted(notebook.offers.all) if notebook else [*emitted(step)]
        found += [f"{step.id}.{name}" for name in offered]
        more = more or (notebook is not None and notebook.offers.unknown)
    return found, more


def check_name_is_given(checked: Checked, name: str) -> None:
    """See that some step gives the name, as far as that can be known.

    Raises:
        TaskNotInFlow: None does.
    """
    known, more = names_of(checked.document, checked.notebooks)
    if not more and not _wanted(known, name):
        short = [each.rpartition(".")[2] for each in known]
        hint = did_you_mean(name, [*short, *known]) or f"It has {', '.join(known) or 'none'}."
        message = f"The workflow {checked.document.name!r} has no task, result or record {name!r}; no step was run."
        raise TaskNotInFlow(message, problems=(message,), hint=hint)


def await_success(run: WorkflowRun, timeout_s: float | None) -> WorkflowRun:
    """Wait for a run that has been started.

    Raises:
        FlowFailed: It did not succeed, or took longer; then it has been ended.
    """
    run.wait(timeout_s)
    if run.running:
        run.cancel()
        run.wait()
        raise FlowFailed(f"{run.ref} took longer than {seconds_text(timeout_s or 0)} and was ended.", saved=_KEPT)
    if not run.succeeded:
        reason = (run.run.error or "it was stopped").rstrip(".")
        raise FlowFailed(f"{run.ref} {run.status.value}: {reason}.", saved=_KEPT)
    return run


_KEPT = "What its steps had made is kept."


def result_of(run: WorkflowRun, name: str) -> JSON:
    """What a task, result or record of a run gave; a list where several steps have it.

    Args:
        run: It has succeeded.
        name: ``NAME`` or ``STEP.NAME``.

    Raises:
        TaskNotInFlow: No step gave it.
        TaskNotCompleted: Its step was left out, or did not come to it.
        EmptyResult: It gave nothing.
    """
    known, _ = names_of(run.checked.document, run.checked.notebooks)
    wanted = _wanted(known, name) or _wanted(
        [f"{step}.{each}" for step in run.made for each in run[step].results], name
    )
    if not wanted:
        raise TaskNotInFlow(f"No step of {run.ref} gave {name!r}.", hint=did_you_mean(name, known))
    done = [each for each in wanted if each.rpartition(".")[0] in run.made]
    if not done:
        reasons = {run.steps[each.rpartition(".")[0]].reason for each in wanted}
        raise TaskNotCompleted(f"{name!r} did not run: {', '.join(sorted(reasons))}.")
    values = [_value(run, each) for each in done]
    return values[0] if len(values) == 1 else values


def results_of(run: WorkflowRun) -> dict[str, JSON]:
    """Everything that the steps of a run gave, by ``STEP.NAME``; a list for a step that went through one."""
    found: dict[str, JSON] = {}
    for step in run.made:
        for name in run[step].results:
            try:
                found[f"{step}.{name}"] = _value(run, f"{step}.{name}")
            except (EmptyResult, TaskNotCompleted):
                found[f"{step}.{name}"] = None
    return found


def _wanted(known: list[str], name: str) -> list[str]:
    return [name] if name in known else [each for each in known if each.rpartition(".")[2] == name]


def _value(run: WorkflowRun, name: str) -> JSON:
    step, _, task = name.rpartition(".")
    given = run[step].results
    if task not in given:
        raise TaskNotCompleted(f"Step {step!r} of {run.ref} did not come to {task!r}.")
    try:
        value = resolve(run.cellar, RawMappedParameter(step, task), run.made).value
    except RunError as error:
        raise EmptyResult(error.message, saved=error.saved, hint=error.hint) from error
    if value is None:
        raise EmptyResult(f"{task!r} of step {step!r} gave nothing.", hint="End the cell with a value.")
    return value
