"""A runner: one workflow passed through again and again, with live resources that outlive a pass."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from nbcellar.errors import ConflictError, UsageError
from nbcellar.model import JSON
from nbcellar.store import Cellar
from nbcellar.tasks.resources.specification import ResourceScope
from nbcellar.workflow.checks.resources import plain_params
from nbcellar.workflow.checks.validation import Checked, revalued, validate
from nbcellar.workflow.documents.document import Document, Source
from nbcellar.workflow.documents.templates import expressions, parameter_of
from nbcellar.workflow.kernels.stopping import Stop
from nbcellar.workflow.making.workflow import Workflow
from nbcellar.workflow.resources.inventory import Inventory
from nbcellar.workflow.resources.turn import Turn
from nbcellar.workflow.runs.execution import Execution
from nbcellar.workflow.runs.jobcount import job_count
from nbcellar.workflow.runs.runner import ending_on_sigterm, in_main_thread, open_source, open_workflow_run
from nbcellar.workflow.runs.runoptions import RunOptions
from nbcellar.workflow.runs.wantedrecords import refuse_missing_records
from nbcellar.workflow.runs.workflowrun import WorkflowRun
from nbcellar.workflow.views.events import Listener, ignore


class RunnerState(StrEnum):
    """How far a runner is."""

    FRESH = "fresh"
    INITED = "inited"
    RUNNING = "running"
    DEINITED = "deinited"


class Runner:
    """Passes through a workflow; use it as a context manager.

    Resources of the scope ``runner`` are made once, and closed at the end with the exception that ends the ``with``
    block; what ``depends`` names is what the next pass gets. One pass at a time, each of which is a run.

    Args:
        workflow: A workflow, its file, or its document.
        parameters: Of every pass that does not say otherwise; resources of the runner get these.
        cellar: Where results are kept; the project's own where it is None.
        jobs: So many steps at once; one for each core where it is None.
        force: Run every step, whatever was done before.
        listener: Told what happens in each pass.

    Raises:
        NotFoundError: There is no such file.
        InvalidWorkflow: It is no workflow at all.
        UsageError: So many jobs cannot run anything.
    """

    def __init__(
        self,
        workflow: Workflow | Path | str | Source | Document,
        parameters: Mapping[str, JSON] | None = None,
        *,
        cellar: Cellar | None = None,
        jobs: int | None = None,
        force: bool = False,
        listener: Listener = ignore,
    ) -> None:
        self._source = workflow.source if isinstance(workflow, Workflow) else open_source(workflow)
        self._given = dict(parameters or {})
        self._cellar = cellar or Cellar.open(self._source.document.folder)
        self._options = RunOptions(job_count(jobs), force)
        self._listener = listener
        self._inventory: Inventory | None = None
        self._checked: Checked | None = None
        self._turn = threading.Lock()
        self._stop = Stop()
        self.epoch = 0
        self._state = RunnerState.FRESH

    @property
    def state(self) -> RunnerState:
        """How far it is."""
        return RunnerState.RUNNING if self._turn.locked() else self._state

    def init(self) -> None:
        """Make the resources of the runner, in their order; nothing where that is done.

        Raises:
            UsageError: One of them needs a parameter that only a pass would have.
            UnsafeError: A type may not be imported; nothing was made.
            InvalidWorkflow: The workflow cannot run as it is written.
            Exception: Whatever making one raises; those before it are closed.
        """
        if self._inventory is not None:
            return
        checked = validate(self._source, self._given, complete=False)
        inventory = Inventory(checked.document, self._cellar.settings.allowed_types)
        _check_given(checked)
        inventory.open(checked.values)
        self._inventory, self._checked, self._state = inventory, checked, RunnerState.INITED

    def deinit(self, error: BaseException | None = None) -> None:
        """Close the resources of the runner, in reverse; nothing where that is done.

        Args:
            error: What ends the runner, handed to each.

        Raises:
            ResourceError: Some could not be closed; all others are.
            ConflictError: A pass is under way.
        """
        if not self._turn.acquire(blocking=False):
            raise ConflictError("A pass is under way.", hint="Wait for it, or cancel() it.")
        try:
            inventory, self._inventory = self._inventory, None
            if inventory is not None:
                self._state = RunnerState.DEINITED
                inventory.close(error)
        finally:
            self._turn.release()

    def process(self, **inputs: JSON) -> WorkflowRun:
        """One pass, to its end. A step that fails raises nothing: the answer's ``status`` says so.

        Args:
            inputs: The workflow's parameters, for this pass.

        Raises:
            InvalidWorkflow: It cannot run as it is; nothing was started.
            ConflictError: A pass is under way, or the runner is closed.
            StorageError: The store could not be written.
            KeyboardInterrupt: It was interrupted; the pass is recorded.
        """
        if self._state is RunnerState.DEINITED:
            raise ConflictError("This runner is closed.", hint="Open it again with init(), or make another.")
        if not self._turn.acquire(blocking=False):
            raise ConflictError("A pass is under way.", hint="One runner makes one pass at a time.")
        try:
            self._stop = Stop()  # before anything that takes time: from now on the pass is under way
            self.init()
            return self._pass(inputs)
        finally:
            self._turn.release()

    def run(self, n: int = 1, /, **inputs: JSON) -> list[WorkflowRun]:
        """So many passes.

        Raises:
            RunError: A pass did not succeed; later ones were not begun. Its cause is what a function raised.
            UsageError: So many passes there cannot be.
        """
        if n < 0:
            raise UsageError(f"{n} passes cannot be made.", hint="Give 0 or more.")
        return list(self.iter(n, **inputs))

    def iter(self, n: int | None = None, /, **inputs: JSON) -> Iterator[WorkflowRun]:
        """Passes one after the other, each begun when the one before was taken; without end where ``n`` is None.

        Raises:
            RunError: As for `run`.
        """
        count = 0
        while n is None or count < n:
            yield self.process(**inputs).check()
            count += 1

    def cancel(self) -> None:
        """End the pass that is under way, as interrupted; returns at once."""
        self._stop.ask()

    def _pass(self, inputs: Mapping[str, JSON]) -> WorkflowRun:
        assert self._inventory is not None and self._checked is not None  # init has made both
        given = {**self._given, **inputs}
        unchanged = not self._checked.notebooks  # a notebook may be edited between two passes
        checked = revalued(self._checked, given) if unchanged else validate(self._source, given)
        refuse_missing_records(self._cellar, checked)
        execution = Execution(
            self._cellar,
            checked,
            self._options,
            open_workflow_run(self._cellar, checked, background=not in_main_thread()),
            self._listener,
            self._stop,
            Turn(self._inventory, self.epoch),
        )
        self.epoch += 1
        with ending_on_sigterm():
            execution.execute()
        return WorkflowRun(execution)

    def __enter__(self) -> Self:
        self.init()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.deinit(error)
        except Exception as problem:
            if error is None:
                raise
            error.add_note(str(problem))

    def __repr__(self) -> str:
        passes = "1 pass" if self.epoch == 1 else f"{self.epoch} passes"
        return f"<Runner {self._source.document.name}, {self.state.value}: {passes}>"


def _check_given(checked: Checked) -> None:
    """Resources of the runner are made before any pass, so what they need must be known.

    Raises:
        UsageError: One needs a parameter that only a pass would have.
    """
    for each in checked.document.resources.values():
        if each.scope is ResourceScope.RUNNER:
            for expression in expressions(plain_params(each.params)):
                name = parameter_of(expression)
                if name not in checked.values:
                    raise UsageError(
                        f"The resource {each.id!r} is made before any pass, and needs the parameter {name!r}.",
                        hint=f"Give it to the runner: Runner(workflow, {{{name!r}: ...}}).",
                    )
