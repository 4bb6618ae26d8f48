"""From a function step to its call: its key, and whether an earlier run is taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from nbcellar.errors import EncodingError, RunError
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON
from nbcellar.tasks.context.results import result_of
from nbcellar.workflow.checks.functions import unfit
from nbcellar.workflow.checks.resources import live_reasons
from nbcellar.workflow.checks.validation import Checked
from nbcellar.workflow.documents import graph
from nbcellar.workflow.documents.document import Document, Step, emitted
from nbcellar.workflow.documents.mapped import DBMappedParameter, FileMappedParameter
from nbcellar.workflow.documents.secretreferences import variable_of
from nbcellar.workflow.freshness.deciding import Decision, Execute, decide
from nbcellar.workflow.freshness.earlier import Earlier
from nbcellar.workflow.freshness.stepkey import StepKey, function_key
from nbcellar.workflow.mapping.resolution import Resolved
from nbcellar.workflow.resources.inventory import expanded
from nbcellar.workflow.runs.functioncall import FunctionCall
from nbcellar.workflow.sources.function import FunctionSource
from nbcellar.workflow.sources.origins import publication_origin


@dataclass(frozen=True)
class FunctionPlanner:
    """Makes the calls of function steps; attributes as of `Planner`."""

    earlier: Earlier
    checked: Checked
    parent: str
    forced: Mapping[str, str]

    def call(
        self,
        step: Step,
        series: str,
        values: Mapping[str, Resolved],
        objects: Mapping[str, object],
        detail: Callable[[Decision], Mapping[str, JSON]],
    ) -> tuple[FunctionCall, Decision]:
        """The call with these values.

        Args:
            detail: What the run says of a decision.

        Raises:
            RunError: A value does not fit.
            StorageError: The store could not be read.
        """
        source = self.checked.functions[step.id]
        _check_arguments(source, values)
        key, decision = self._decided(step, series, source, values)
        call = FunctionCall(
            source=source,
            emits=emitted(step),
            home=self.checked.home,
            project=self.earlier.cellar.project,
            parent=self.parent,
            series=series,
            recorded=key is not None or step.id in self._sources,
            parameters={name: resolved.value for name, resolved in values.items()},
            objects=objects,
            timeout_s=step.timeout_s,
            key=key.key if key else "",
            key_parts=key.parts if key else {},
            detail=detail(decision),
        )
        return call, decision

    def _decided(
        self, step: Step, series: str, source: FunctionSource, values: Mapping[str, Resolved]
    ) -> tuple[StepKey | None, Decision]:
        """The key, and whether it runs; no key where no later run can take it."""
        forced = self.forced.get(step.id, "")
        if reason := self.live.get(step.id) or ("" if step.cache.allowed else "cache: false"):
            return None, Execute(forced or reason)
        cellar, document = self.earlier.cellar, self.checked.document
        resources = resource_parts(document, step, self.checked.values)
        try:
            key = function_key(cellar, document.folder, step, source, values, resources)
        except EncodingError as error:
            return None, Execute(forced or f"its code cannot be compared: {error.message}")
        return key, decide(self.earlier, series, key, step.cache, forced)

    @cached_property
    def live(self) -> Mapping[str, str]:
        """Why steps that touch live objects can never be taken from an earlier run."""
        return live_reasons(self.checked.document)

    @cached_property
    def _sources(self) -> frozenset[str]:
        """Steps that others take files or records from, which lie in a run."""
        document = self.checked.document
        found = {
            mapped.parent_flow_name
            for step in document.steps.values()
            for mapped in graph.mappings(step).values()
            if isinstance(mapped, FileMappedParameter | DBMappedParameter)
        }
        heads = (publication.source.partition("/")[0] for publication in document.publish)
        origins = (publication_origin(head, document, self.checked.notebooks)[0] for head in heads)
        return frozenset(found | {origin for origin in origins if origin})


def resource_parts(document: Document, step: Step, values: Mapping[str, JSON]) -> dict[str, JSON]:
    """The resources of a step, as its key knows them: by what makes them."""
    found: dict[str, JSON] = {}
    for name, resource in step.use.items():
        each = document.resources[resource]
        params = expanded(each.params, values)
        kept = result_of(dict(params) if isinstance(params, Mapping) else list(params))
        found[name] = [each.scope.value, each.type or repr(each.factory), kept.words or kept.value]
    return found


def _check_arguments(source: FunctionSource, values: Mapping[str, Resolved]) -> None:
    """What only the run tells: that mapped values fit.

    Raises:
        RunError: One does not.
    """
    known = {parameter.name: parameter for parameter in source.parameters or ()}
    for name, resolved in values.items():
        if name in known and not known[name].type.fits(resolved.value) and not variable_of(resolved.value):
            raise RunError(unfit(source, known[name], resolved.value))
