"""The steps of a workflow that is made in Python."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from nbcellar.errors import UsageError
from nbcellar.lightclasses import replace
from nbcellar.model import JSON, NAME, check_name
from nbcellar.tasks.resources.typenames import dotted_name
from nbcellar.workflow.documents.document import (
    Document,
    FunctionBody,
    NotebookBody,
    Publication,
    Step,
    WorkflowBody,
)
from nbcellar.workflow.documents.mapped import MappedParameter
from nbcellar.workflow.loading.placing import rebased
from nbcellar.workflow.making.options import (
    AllDefaults,
    StepHandle,
    StepOptions,
    cache_policy,
    conditions,
    duration,
    parted,
)

_LEADING_NUMBER = re.compile(r"^[0-9]+[_-]*")
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]+")


class StepMaking(ABC):
    """What adds steps to a document."""

    _defaults: AllDefaults

    @property
    @abstractmethod
    def document(self) -> Document:
        """The document as it stands."""

    @abstractmethod
    def _set(self, document: Document) -> None:
        """Let another document stand."""

    @abstractmethod
    def _append(self, step: Step) -> bool:
        """Add a step; false where there is one of that name."""

    def notebook(
        self,
        path: Path | str,
        *,
        id: str = "",  # noqa: A002 - as documents call it
        kernel: str | None = None,
        needs: Sequence[StepHandle | str] = (),
        when: str | Sequence[str] = (),
        inputs: Sequence[str] = (),
        depends_on_env: Sequence[str] | None = None,
        for_each: Mapping[str, JSON | MappedParameter] | None = None,
        cache: bool | str | float | None = None,
        retries: int | None = None,
        timeout: str | float | None = None,
        cell_timeout: str | float | None = None,
        use: Sequence[str] | Mapping[str, str] = (),
        emits: Sequence[str] = (),
        description: str = "",
        parameters: Mapping[str, JSON | MappedParameter] | None = None,
        **values: JSON | MappedParameter,
    ) -> StepHandle:
        """Add a step that runs a notebook. What is None is as the workflow's ``defaults`` say.

        Args:
            path: Relative to the workflow's folder.
            id: The step's name; without it the notebook's, without a leading number: ``02_fit.ipynb`` is ``fit``.
            when: Conditions, each of which must hold: ``"parameters.year > 2020"``.
            cache: False never takes an earlier run, ``"7d"`` takes one for so long.
            timeout: For one try, all cells together; ``cell_timeout`` for each cell.
            use: Resources by id, or from the notebook's own names to ids.
            emits: Resources whose value at the end is what later steps get.
            parameters: As ``values``, for names that are arguments here.
            values: The notebook's parameters: JSON, ``workflow.p.NAME``, or a mapping of another step.

        Raises:
            UsageError: The id is taken or cannot be used, or a duration or condition is none.
        """
        default = self._defaults
        cell_timeout = default["cell_timeout"] if cell_timeout is None else cell_timeout
        body = NotebookBody(str(path), default["kernel"] if kernel is None else kernel)
        asked = StepOptions(
            needs, when, inputs, depends_on_env, for_each, cache, retries, timeout, use, emits, description
        )
        step = asked.step(id or _id_of(Path(path)), body, {**(parameters or {}), **values}, default)
        return self._add(replace(step, cell_timeout_s=None if cell_timeout is None else duration(cell_timeout)))

    def function(
        self,
        function: Callable[..., object] | str,
        *,
        id: str = "",  # noqa: A002 - as documents call it
        use: Sequence[str] | Mapping[str, str] = (),
        emits: Sequence[str] = (),
        needs: Sequence[StepHandle | str] = (),
        when: str | Sequence[str] = (),
        inputs: Sequence[str] = (),
        depends_on_env: Sequence[str] | None = None,
        for_each: Mapping[str, JSON | MappedParameter] | None = None,
        cache: bool | str | float | None = None,
        retries: int | None = None,
        timeout: str | float | None = None,
        description: str = "",
        parameters: Mapping[str, JSON | MappedParameter] | None = None,
        **values: JSON | MappedParameter,
    ) -> StepHandle:
        """Add a step that calls a function, with keyword arguments, in the process of the runner.

        Args:
            function: Itself, or ``package.module.function`` of the project.
            id: The step's name; without it the function's.
            use: Resources by id, or from the function's own arguments to ids.
            emits: The names of what it returns: one value, or a dict with these keys; ``value`` where it does not say.
            cache: False never takes an earlier run, ``"7d"`` takes one for so long.
            parameters: As ``values``, for names that are arguments here.
            values: Its arguments: JSON, ``workflow.p.NAME``, or a mapping of another step.

        Raises:
            UsageError: The id is taken or cannot be used, or a duration or condition is none.
        """
        name = function if isinstance(function, str) else dotted_name(function)
        body = FunctionBody(name, function=None if isinstance(function, str) else function)
        asked = StepOptions(
            needs, when, inputs, depends_on_env, for_each, cache, retries, timeout, use, emits, description
        )
        return self._add(
            asked.step(id or _function_id(function), body, {**(parameters or {}), **values}, self._defaults)
        )

    def workflow(
        self,
        workflow: Path | str | StepMaking,
        *,
        id: str = "",  # noqa: A002 - as documents call it
        needs: Sequence[StepHandle | str] = (),
        when: str | Sequence[str] = (),
        depends_on_env: Sequence[str] = (),
        cache: bool | str | float = True,
        description: str = "",
        parameters: Mapping[str, JSON | MappedParameter] | None = None,
        **values: JSON | MappedParameter,
    ) -> StepHandle:
        """Add a step that is a workflow: its steps take its place, as ``ID.STEP``.

        Args:
            workflow: Its file, relative to this workflow's folder; or a workflow, which is copied as it is now.
            id: The step's name; without it the workflow's.
            when: Conditions of all its steps.
            cache: False never takes an earlier run of any of its steps, ``"7d"`` takes one for so long.
            parameters: As ``values``, for names that are arguments here.
            values: The other workflow's parameters: JSON, ``workflow.p.NAME``, or a mapping of another step.

        Raises:
            UsageError: The id is taken or cannot be used, or a condition is none.
        """
        plain, mapped = parted({**(parameters or {}), **values})
        if isinstance(workflow, StepMaking):
            name = workflow.document.name
            way = os.path.relpath(workflow.document.folder, self.document.folder)
            body = WorkflowBody(document=rebased(workflow.document, way, self.document.folder))
        else:
            name, body = _id_of(Path(workflow)), WorkflowBody(str(workflow))
        step = Step(
            id=check_name(id or name, "step name"),
            body=body,
            parameters=plain,
            mapped_parameters=mapped,
            needs=tuple(map(str, needs)),
            when=conditions(when),
            depends_on_env=tuple(depends_on_env),
            cache=cache_policy(cache),
            description=description,
        )
        return self._add(step)

    def publish(self, source: str, target: str) -> None:
        """Copy a file of a step beside the project after each run: ``publish("report/report.html", "out/")``."""
        self._set(replace(self.document, publish=(*self.document.publish, Publication(source, target))))

    def _add(self, step: Step) -> StepHandle:
        if not self._append(step):
            raise UsageError(f"The workflow has a step {step.id!r} already.", hint="Give this one another id=.")
        return StepHandle(step.id)


def _function_id(function: Callable[..., object] | str) -> str:
    name = function.rpartition(".")[2] if isinstance(function, str) else str(getattr(function, "__name__", ""))
    if not NAME.fullmatch(name):
        raise UsageError(f"{function!r} has no name that a step could have.", hint="Give the step an id=.")
    return name


def _id_of(path: Path) -> str:
    """``02_fit.ipynb`` is ``fit``."""
    name = _NOT_IN_NAMES.sub("-", path.stem)
    return _LEADING_NUMBER.sub("", name) or name
