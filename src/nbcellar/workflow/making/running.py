"""What a workflow that is made in Python does: it is checked, planned and run."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from nbcellar.model import JSON
from nbcellar.tasks.taskline.durations import parse_duration
from nbcellar.workflow.checks.validation import validate
from nbcellar.workflow.documents.document import (
    NotebookBody,
    Source,
)
from nbcellar.workflow.loading.composition import compose
from nbcellar.workflow.making.steps import StepMaking
from nbcellar.workflow.runs.planning import Plan, plan_workflow
from nbcellar.workflow.runs.returning import await_success, check_name_is_given, names_of, result_of, results_of
from nbcellar.workflow.runs.runner import start_workflow
from nbcellar.workflow.runs.workflowrun import WorkflowRun
from nbcellar.workflow.sources.notebook import read_notebook
from nbcellar.workflow.views.events import Listener, ignore


class WorkflowRunning(StepMaking):
    """Runs the document that it is."""

    @abstractmethod
    def _given(self) -> Source:
        """The document with its places, where it was read from a file."""

    def validate(self, parameters: Mapping[str, JSON] | None = None, **values: JSON) -> None:
        """Check everything that can be known before a run.

        Raises:
            InvalidWorkflow: With every problem that there is.
        """
        validate(self._given(), {**(parameters or {}), **values})

    def plan(self, parameters: Mapping[str, JSON] | None = None, *, force: bool = False, **values: JSON) -> Plan:
        """What a run would do, step by step, with reasons.

        Raises:
            InvalidWorkflow: It cannot run as it is.
        """
        return plan_workflow(self._given(), {**(parameters or {}), **values}, force=force)

    def run(
        self,
        parameters: Mapping[str, JSON] | None = None,
        *,
        jobs: int | None = None,
        force: bool = False,
        start_from: str = "",
        keep_kernel: bool = False,
        listener: Listener = ignore,
        **values: JSON,
    ) -> WorkflowRun:
        """Start a run in the background: ``wait`` for it, look at its steps.

        Args:
            parameters: As ``values``, for names that are arguments here.
            jobs: So many notebooks at once; one for each core where it is None.
            force: Run every step, whatever was done before.
            start_from: Run this step and those behind it, whatever was done before.
            keep_kernel: Leave the kernel of a failed notebook alive, to look around in.
            listener: Told what happens.
            values: The workflow's parameters.

        Raises:
            InvalidWorkflow: It cannot run as it is; nothing was started.
        """
        given = {**(parameters or {}), **values}
        return start_workflow(
            self._given(),
            given,
            jobs=jobs,
            force=force,
            start_from=start_from,
            keep_kernel=keep_kernel,
            listener=listener,
        )

    def run_and_return(
        self,
        parameters: Mapping[str, JSON] | None = None,
        task_name: str = "",
        *,
        timeout: str | float | None = None,
        jobs: int | None = None,
        **values: JSON,
    ) -> JSON:
        """Run to the end, and return what one task, result or record gave, or all of them by ``STEP.NAME``.

        Args:
            parameters: As ``values``, for names that are arguments here.
            task_name: ``tidy`` or ``clean.tidy``; a list where several steps have it. Empty for a dict of all.
            timeout: So long may it take; None for no limit.
            jobs: So many notebooks at once.
            values: The workflow's parameters.

        Raises:
            InvalidWorkflow: It cannot run as it is; nothing was started.
            TaskNotInFlow: No step has that task; nothing was started, as far as that could be known.
            FlowFailed: The run did not succeed, or took longer than it may.
            TaskNotCompleted: The task's step was left out.
            EmptyResult: The task gave nothing.
        """
        limit = None if timeout is None else parse_duration(str(timeout))
        given = {**(parameters or {}), **values}
        if task_name:
            check_name_is_given(validate(self._given(), given), task_name)
        done = await_success(self.run(given, jobs=jobs), limit)
        return result_of(done, task_name) if task_name else results_of(done)

    @property
    def tasks(self) -> list[str]:
        """``STEP.NAME`` of each task, result and record that its steps give, as far as their code tells.

        Raises:
            UsageError: A notebook cannot be read.
        """
        document = compose(self._given()).document
        notebooks = {
            step.id: read_notebook(document.folder / step.body.path)
            for step in document.steps.values()
            if isinstance(step.body, NotebookBody)
        }
        return names_of(document, notebooks)[0]
