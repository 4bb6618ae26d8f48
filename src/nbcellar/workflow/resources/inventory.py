"""The live resources of one runner: who has which, from when until when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from nbcellar.errors import EncodingError, ResourceError, UnsafeError
from nbcellar.model import JSON
from nbcellar.settings import project_folder
from nbcellar.tasks.resources.lifetime import Lifetime
from nbcellar.tasks.resources.resource import Resource
from nbcellar.tasks.resources.specification import Params, ResourceScope, ResourceSpecification
from nbcellar.tasks.resources.typenames import make_importable
from nbcellar.workflow.documents import graph
from nbcellar.workflow.documents.document import Document, FunctionBody, NotebookBody, Step, module_folders
from nbcellar.workflow.documents.templates import expand
from nbcellar.workflow.kernels.luggage import Luggage
from nbcellar.workflow.kernels.stopping import Stop
from nbcellar.workflow.resources.holding import Holding

NODE, VALUE = "node-", "value-"
"""What the names of files begin with, as `nbcellar.tasks.resources.luggage` reads them."""


class Inventory:
    """The resources of a document's steps, as noob gives them to its nodes.

    ``runner`` resources live from :meth:`open` to :meth:`close`, ``process`` ones for one pass, ``node`` ones for one
    call. One that several steps share is used by one step at a time.

    Args:
        allowed: The types that may be imported.
    """

    def __init__(self, document: Document, allowed: Sequence[str]) -> None:
        self.document = document
        self._allowed = allowed
        self._runner: Lifetime | None = None
        self._process = Lifetime(())
        self._given: dict[str, object] = {}
        self._values: Mapping[str, JSON] = {}
        self._holding = Holding()
        self._waiting = self._dependants()

    @property
    def opened(self) -> bool:
        """Whether the runner's resources are made."""
        return self._runner is not None

    def open(self, values: Mapping[str, JSON]) -> None:
        """Make the resources of the runner.

        Args:
            values: Of the workflow's parameters.

        Raises:
            UnsafeError: A type may not be imported; nothing was made.
            Exception: Whatever making one raises; those before it are closed.
        """
        make_importable((*module_folders(self.document), project_folder(self.document.folder)))
        lifetime = Lifetime(self._made(ResourceScope.RUNNER, values))
        lifetime.open()
        self._runner = lifetime

    def close(self, error: BaseException | None = None) -> None:
        """Close the resources of the runner, in reverse.

        Raises:
            ResourceError: Some could not be closed.
        """
        lifetime, self._runner = self._runner, None
        if lifetime is not None:
            lifetime.close(error)

    def begin_pass(self, values: Mapping[str, JSON]) -> None:
        """Make the resources of a pass.

        Raises:
            ResourceError: One has to travel to a notebook, and cannot; the message has the cure.
            Exception: Whatever making one raises; those before it are closed.
        """
        self._values, self._given = values, {}
        lifetime = Lifetime(self._made(ResourceScope.PROCESS, values))
        lifetime.open()
        self._process = lifetime
        try:
            self._check_travellers()
        except ResourceError as error:
            self._close_after(error)
            raise

    def end_pass(self, error: BaseException | None = None) -> None:
        """Close the resources of the pass, in reverse.

        Raises:
            ResourceError: Some could not be closed.
        """
        self._given = {}
        self._process.close(error)

    def held(self, step: Step, stop: Stop) -> AbstractContextManager[bool]:
        """Let a function step use what it shares with others alone, for one call; waits for that.

        Args:
            stop: Ends the waiting: False then.
        """
        shared = frozenset(
            each for each in step.use.values() if self.document.resources[each].scope is not ResourceScope.NODE
        )
        if not shared or not isinstance(step.body, FunctionBody):
            return nullcontext(True)
        return self._holding.held(shared, stop)

    def lent(self, step: Step) -> AbstractContextManager[dict[str, object]]:
        """What a function step uses, by its own names, for one try; what it shares is held meanwhile."""
        return self._lent(step) if step.use else nullcontext({})

    @contextmanager
    def _lent(self, step: Step) -> Iterator[dict[str, object]]:
        with self._of_call(step) as objects:
            yield {
                name: objects[resource] if resource in objects else self.shared(resource)
                for name, resource in step.use.items()
            }

    def shared(self, resource: str) -> object:
        """What a resource of the runner or of the pass is now."""
        if resource in self._given:
            return self._given[resource]
        return self._resource(resource).obj

    def give(self, resource: str, value: object) -> None:
        """What later steps of this pass get: a notebook emitted it under the resource's name."""
        self._given[resource] = value

    def luggage(self, step: Step, home: Path) -> Luggage | None:
        """What a notebook step takes along; None where it uses nothing.

        Raises:
            ResourceError: A value cannot travel as it is now.
        """
        if not step.use:
            return None
        files: dict[str, bytes] = {}
        for name, resource in step.use.items():
            specification = self.document.resources[resource]
            prefix = NODE if specification.scope is ResourceScope.NODE else VALUE
            files[f"{prefix}{name}"] = self._packed(step.id, specification, "")
        path = tuple(dict.fromkeys((str(self.document.folder), str(home))))
        return Luggage(files, self._allowed, path, step.emits)

    def _packed(self, step: str, specification: ResourceSpecification, saved: str) -> bytes:
        from nbcellar.tasks.codecs import encode  # arrays and pickles, which few workflows need
        from nbcellar.tasks.resources.luggage import packed_node

        try:
            if specification.scope is ResourceScope.NODE:
                return packed_node(specification, self.params(specification))
            with self._holding.held(frozenset({specification.id}), Stop()):
                return encode(self.shared(specification.id), name=specification.id)
        except (EncodingError, UnsafeError) as error:
            node = specification.scope is ResourceScope.NODE
            cure = "Name its type" if node else "Give it the scope node"
            raise ResourceError(
                f"The resource {specification.id!r} goes to the notebook of step {step!r} by value, and cannot: "
                f"{error.message}",
                saved=saved,
                hint=f"{cure}, make that step a function, or register a codec: cellar.codec(...).",
            ) from error

    def store(self, step: str, values: Mapping[str, object], epoch: int) -> None:
        """A step emitted values: resources that depend on one hold it for the next pass.

        Raises:
            ResourceError: One cannot be copied.
        """
        for name, value in values.items():
            for resource, copied in self._waiting.get((step, name), ()):
                self._resource(resource).update(value, epoch, copied)

    def specifications(self, step: Step) -> dict[str, ResourceSpecification]:
        """The ``node`` resources of a step by its own names, with expressions filled in."""
        found = {name: self.document.resources[resource] for name, resource in step.use.items()}
        return {name: each for name, each in found.items() if each.scope is ResourceScope.NODE}

    def params(self, specification: ResourceSpecification, values: Mapping[str, JSON] | None = None) -> Params:
        """The parameters of a resource, with expressions filled in."""
        return expanded(specification.params, self._values if values is None else values)

    def _resource(self, name: str) -> Resource:
        for lifetime in (self._runner, self._process):
            if lifetime is not None and name in lifetime.resources:
                return lifetime.resources[name]
        raise ResourceError(f"The resource {name!r} is not made.")

    def _of_call(self, step: Step) -> Lifetime:
        found = {resource: self.document.resources[resource] for resource in step.use.values()}
        own = [each for each in found.values() if each.scope is ResourceScope.NODE]
        return Lifetime(self._one(each, self._values) for each in own)

    def _made(self, scope: ResourceScope, values: Mapping[str, JSON]) -> list[Resource]:
        return [self._one(each, values) for each in self.document.resources.values() if each.scope is scope]

    def _one(self, specification: ResourceSpecification, values: Mapping[str, JSON]) -> Resource:
        params = self.params(specification, values)
        return Resource.from_specification(specification, params, allowed=self._allowed)

    def _dependants(self) -> dict[tuple[str, str], list[tuple[str, bool]]]:
        """From (step, name) to the resources that hold it, each with whether it is copied: not if nobody takes it."""
        taken = {
            (mapped.parent_flow_name, mapped.parent_task_name)
            for step in self.document.steps.values()
            for mapped in graph.mappings(step).values()
        }
        found: dict[tuple[str, str], list[tuple[str, bool]]] = {}
        for each in self.document.resources.values():
            if each.depends:
                step, _, name = each.depends.rpartition(".")
                found.setdefault((step, name), []).append((each.id, (step, name) in taken))
        return found

    def _check_travellers(self) -> None:
        """Whether what goes to notebooks by value can.

        Raises:
            ResourceError: One cannot.
        """
        for step in self.document.steps.values():
            if isinstance(step.body, NotebookBody):
                for resource in step.use.values():
                    self._packed(step.id, self.document.resources[resource], "No step was run.")

    def _close_after(self, error: BaseException) -> None:
        try:
            self._process.close(error)
        except ResourceError as problem:
            error.add_note(str(problem))


def expanded(params: Params, values: Mapping[str, JSON]) -> Params:
    """Parameters with each ``${parameters.NAME}`` replaced; what is no JSON stays itself."""
    if isinstance(params, Mapping):
        return {name: _expanded(value, values) for name, value in params.items()}
    return [_expanded(value, values) for value in params]


def _expanded(value: object, values: Mapping[str, JSON]) -> object:
    if isinstance(value, str):
        return expand(value, values)
    if isinstance(value, list):
        return [_expanded(item, values) for item in value]
    if isinstance(value, dict):
        return {key: _expanded(item, values) for key, item in value.items()}
    return value
