"""From a step to the calls that run it: parameters resolved, keys made, each decided."""

from __future__ import annotations

from collections.abc import Mapping, Set
from functools import cached_property, partial
from itertools import takewhile
from pathlib import PurePath

from nbcellar.errors import CorruptDataError, RunError
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON, RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.checks.validation import Checked
from nbcellar.workflow.checks.values import misfit, oversize
from nbcellar.workflow.documents import graph
from nbcellar.workflow.documents.conditions import Condition, holds, references
from nbcellar.workflow.documents.document import FunctionBody, NotebookBody, Step, WorkflowBody
from nbcellar.workflow.documents.filling import filled
from nbcellar.workflow.documents.mapped import MappedParameter, ObjectMappedParameter
from nbcellar.workflow.documents.secretreferences import variable_of
from nbcellar.workflow.documents.series import series_of
from nbcellar.workflow.documents.templates import expand
from nbcellar.workflow.freshness.deciding import Decision, Execute, decide
from nbcellar.workflow.freshness.earlier import Earlier
from nbcellar.workflow.freshness.stepkey import step_key
from nbcellar.workflow.mapping.parts import Made
from nbcellar.workflow.mapping.resolution import Resolved, live_object, plain_value, resolve, resolve_items
from nbcellar.workflow.notebooks.call import NotebookCall
from nbcellar.workflow.runs.functioncall import FunctionCall
from nbcellar.workflow.runs.functionplanning import FunctionPlanner, resource_parts
from nbcellar.workflow.sources.notebook import NotebookSource, code_of

UNFINISHED = (RunStatus.FAILED, RunStatus.INTERRUPTED, RunStatus.ABANDONED)


@dataclass(frozen=True, slots=True)
class Planned:
    """One call of a step, and whether it is needed.

    Attributes:
        item: Which of ``for_each``'s; empty without.
    """

    call: NotebookCall | FunctionCall
    decision: Decision
    item: str = ""


@dataclass(frozen=True)
class Planner:
    """Makes the calls of a workflow's steps.

    Attributes:
        earlier: Knows what ran before.
        parent: Id of the workflow's run; empty for a plan that is only shown.
        forced: Why a step must run, by step.
    """

    earlier: Earlier
    checked: Checked
    parent: str
    forced: Mapping[str, str]

    @property
    def cellar(self) -> Cellar:
        """Where results are kept."""
        return self.earlier.cellar

    def plan(self, step: Step, made: Mapping[str, Made]) -> list[Planned]:
        """The calls of a step, once everything that it waits for is made.

        Raises:
            RunError: A parameter cannot be had, does not fit, or is damaged in the store.
            StorageError: The store could not be read, or its cache of files not be written.
        """
        try:
            return self._planned_calls(step, made)
        except CorruptDataError as error:
            makers = sorted({each.parent_flow_name for each in graph.mappings(step).values()} - {""})
            again = " or ".join(f"`--from {each}`" for each in makers)
            hint = f"Run `nbcellar repair packs`, and then the workflow with {again}, which makes it again."
            raise RunError(f"What it takes is damaged: {error.message}", hint=hint if makers else error.hint) from error

    def _planned_calls(self, step: Step, made: Mapping[str, Made]) -> list[Planned]:
        step = filled(step, self.checked.values)
        values = {name: plain_value(expand(value, self.checked.values)) for name, value in step.parameters.items()}
        objects: dict[str, object] = {}
        for name, mapped in step.mapped_parameters.items():
            if isinstance(mapped, ObjectMappedParameter):
                objects[name] = live_object(mapped, made)
            else:
                values[name] = resolve(self.cellar, mapped, made)
        if not step.for_each:
            return [self._planned(step, values, objects, None)]
        ((name, source),) = step.for_each.items()
        items = self._items(source, made)
        return [self._planned(step, {**values, name: item}, objects, index) for index, item in enumerate(items)]

    def left_out(self, step: Step, made: Mapping[str, Made], gone: Set[str]) -> str:
        """Why a step is left out of this run; empty where it is not.

        Args:
            step: All that it waits for is made or left out.
            made: What the steps made.
            gone: The steps that were left out.

        Raises:
            RunError: A condition asks for what is not there, or cannot be compared.
            StorageError: The store could not be read.
        """
        if not gone and not step.when:
            return ""
        sources = sorted({mapped.parent_flow_name for mapped in graph.mappings(step).values()} & gone)
        if sources:
            return f"{', '.join(sources)} was left out"
        for condition in step.when:
            try:
                if not self._holds(condition, made):
                    return f"not when: {condition}"
            except RunError as error:
                raise RunError(f"when: {condition}: {error.message}", hint=error.hint) from error
        return ""

    def _holds(self, condition: Condition, made: Mapping[str, Made]) -> bool:
        values = {
            name: resolve(self.cellar, source, made).value
            if isinstance(source, MappedParameter)
            else expand(source, self.checked.values)
            for name, source in references(condition).items()
        }
        return holds(condition, values)

    def _items(self, source: JSON | MappedParameter, made: Mapping[str, Made]) -> list[Resolved]:
        if isinstance(source, MappedParameter):
            return resolve_items(self.cellar, source, made)
        found = expand(source, self.checked.values)
        if not isinstance(found, list):
            raise RunError(f"for_each goes through a list, and this is {found!r:.60}.")
        return [plain_value(item) for item in found]

    def _planned(
        self, step: Step, values: Mapping[str, Resolved], objects: Mapping[str, object], index: int | None
    ) -> Planned:
        if step.id in self.checked.functions:
            return self._function(step, values, objects, index)
        return self._notebook(step, values, index)

    def _function(
        self, step: Step, values: Mapping[str, Resolved], objects: Mapping[str, object], index: int | None
    ) -> Planned:
        series = series_of(self.checked.document.name, step.id)
        item = "" if index is None else _item_words(step, values)
        call, decision = self._functions.call(step, series, values, objects, partial(_detail, step, item, index))
        return Planned(call, decision, item)

    @cached_property
    def _functions(self) -> FunctionPlanner:
        return FunctionPlanner(self.earlier, self.checked, self.parent, self.forced)

    def _notebook(self, step: Step, values: Mapping[str, Resolved], index: int | None) -> Planned:
        notebook = self.checked.notebooks[step.id]
        _check_values(notebook, values)
        kernel = _kernel(step, notebook)
        folder = self.checked.document.folder
        resources = resource_parts(self.checked.document, step, self.checked.values)
        key = step_key(self.cellar, folder, step, notebook, kernel, values, resources)
        series = series_of(self.checked.document.name, step.id)
        forced = self.forced.get(step.id) or self._functions.live.get(step.id, "")
        decision = decide(self.earlier, series, key, step.cache, forced)
        item = "" if index is None else _item_words(step, values)
        return Planned(
            NotebookCall(
                address=self.cellar.address,
                home=self.checked.home,
                project=self.cellar.project,
                parent=self.parent,
                series=series,
                path=notebook.path,
                output_name=_output_name(notebook, index),
                kernel=kernel,
                language=notebook.language,
                parameters={name: resolved.value for name, resolved in values.items()},
                timeout_s=step.timeout_s,
                cell_timeout_s=step.cell_timeout_s,
                code=code_of(cell.source for cell in notebook.cells),
                key=key.key,
                key_parts=key.parts,
                detail=_detail(step, item, index, decision),
                goes_on_from=self._failed_runs(step, series, item, forced) if isinstance(decision, Execute) else None,
                fresh=bool(step.for_each),
            ),
            decision,
            item,
        )

    def _failed_runs(self, step: Step, series: str, item: str, forced: str) -> tuple[str, ...] | None:
        """The runs that failed since the last success; none where all is to run again, None where nothing is taken."""
        if step.use or not step.cache.allowed:
            return None
        if forced:
            return ()
        same = (run for run in self.earlier.recent(series) if run.detail.get("item", "") == item)
        return tuple(run.id for run in takewhile(lambda run: run.status in UNFINISHED, same))


def _detail(step: Step, item: str, index: int | None, decision: Decision) -> dict[str, JSON]:
    return {"step": step.id, "reason": decision.reason, **({"item": item, "index": index} if item else {})}


def _kernel(step: Step, notebook: NotebookSource) -> str:
    match step.body:
        case NotebookBody(kernel=kernel):
            return kernel or notebook.kernel
        case FunctionBody():
            return ""
        case WorkflowBody():
            raise AssertionError("composing puts the steps of workflows in place")


def _output_name(notebook: NotebookSource, index: int | None) -> str:
    name = notebook.path.name
    if index is None:
        return name
    path = PurePath(name)
    return f"{path.stem}-{index}{path.suffix}"


def _item_words(step: Step, values: Mapping[str, Resolved]) -> str:
    name = next(iter(step.for_each))
    match values[name].content:
        case {"file": str(file), "digest": str()}:  # its path in the store says nothing
            text = file
        case _:
            text = str(values[name].value)
    return f"{name}={text if len(text) <= 40 else '…' + text[-39:]}"


def _check_values(notebook: NotebookSource, values: Mapping[str, Resolved]) -> None:
    """What only the run tells: that mapped values fit.

    Raises:
        RunError: One does not.
    """
    known = {parameter.name: parameter for parameter in notebook.parameters or ()}
    for name, resolved in values.items():
        if name in known and not known[name].type.fits(resolved.value) and not variable_of(resolved.value):
            raise RunError(misfit(known[name], resolved.value, notebook))
        if message := oversize(resolved.value):
            raise RunError(f"{name!r} {message}", hint="Let the task write it to a file, and map that.")
