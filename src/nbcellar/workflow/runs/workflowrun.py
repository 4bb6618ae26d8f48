"""A run of a workflow, as people hold it in their hands."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from nbcellar.errors import ConflictError, NotFoundError, RunError, did_you_mean
from nbcellar.model import JSON, Run, RunStatus
from nbcellar.workflow.mapping.parts import Made
from nbcellar.workflow.runs.execution import Execution
from nbcellar.workflow.runs.showing import show
from nbcellar.workflow.runs.steprun import StepRun
from nbcellar.workflow.views.events import Event, Listener, StepsAwaited, ignore
from nbcellar.workflow.views.progress import describe
from nbcellar.workflow.views.steps import StepResult

if TYPE_CHECKING:
    from nbcellar.store import Cellar
    from nbcellar.workflow.checks.validation import Checked
    from nbcellar.workflow.views.runview import RunView


class WorkflowRun:
    """A run of a workflow, under way or ended."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution
        self._thread: threading.Thread | None = None
        self._ended = threading.Event()
        self._error: BaseException | None = None

    @property
    def run(self) -> Run:
        """The run as the catalogue has it."""
        return self._execution.run

    @property
    def id(self) -> str:
        """The run's id."""
        return self.run.id

    @property
    def ref(self) -> str:
        """``survey@3``."""
        return self.run.ref

    @property
    def status(self) -> RunStatus:
        """How far it came."""
        return self.run.status

    @property
    def succeeded(self) -> bool:
        """Whether every step is done."""
        return self.status is RunStatus.SUCCEEDED

    @property
    def running(self) -> bool:
        """Whether it is under way."""
        return self._thread is not None and not self._ended.is_set()

    @property
    def cellar(self) -> Cellar:
        """Where its results are kept."""
        return self._execution.cellar

    @property
    def checked(self) -> Checked:
        """What is run."""
        return self._execution.checked

    @property
    def made(self) -> Mapping[str, Made]:
        """What the steps that are done made, in the order of their ends."""
        return dict(self._execution.made)

    @property
    def steps(self) -> Mapping[str, StepResult]:
        """What became of each step, so far."""
        return dict(self._execution.results)

    def __getitem__(self, step: str) -> StepRun:
        known = self._execution.checked.document.steps
        if step not in known:
            inner = [each for each in known if each.startswith(f"{step}.")]
            hint = f"The workflow {step!r} has {', '.join(inner)}." if inner else did_you_mean(step, known)
            raise NotFoundError(f"The workflow has no step {step!r}.", hint=hint)
        if step not in self._execution.results:
            raise NotFoundError(f"Step {step!r} of {self.ref} has not ended yet.", hint="Wait for the run.")
        done, many = self._execution, bool(known[step].for_each)
        return StepRun(done.cellar, done.results[step], done.made.get(step), many=many)

    def __iter__(self) -> Iterator[str]:
        return iter(self._execution.checked.document.steps)

    def start(self) -> None:
        """Begin, in a thread of its own."""

        def body() -> None:
            try:
                self._execution.execute()
            except Exception as error:  # whoever waits gets it
                self._error = error
            except KeyboardInterrupt:
                pass  # somebody did not wait for all of it
            finally:
                self._ended.set()

        self._thread = threading.Thread(target=body, name=f"nbcellar-{self.ref}")
        self._thread.start()

    def wait(self, timeout_s: float | None = None) -> WorkflowRun:
        """Wait until it has ended, or so long. An interrupt of this ends the run.

        Raises:
            StorageError: What became of it could not be recorded.
            Exception: What a listener raised.
            KeyboardInterrupt: It was interrupted, and so was the run; a second one does not wait for its steps.
        """
        if self._thread:
            try:
                self._ended.wait(timeout_s)
            except KeyboardInterrupt:
                self._stop()
                raise
        if self._error:
            raise self._error
        return self

    def _stop(self) -> None:
        """End it, and wait for that; interrupted once more, wait for no step any longer."""
        self.follow(_tell_whom_it_waits_for)
        try:
            self.cancel()
            self._ended.wait()
        except KeyboardInterrupt:
            self._execution.leave()
            self._ended.wait()

    def cancel(self) -> None:
        """End its kernels and record it as interrupted; returns at once."""
        self._execution.stop.ask()

    def retry(self, *, jobs: int | None = None, listener: Listener = ignore) -> WorkflowRun:
        """Run it again in the background, where it stopped: steps that are done and unchanged are taken.

        Args:
            jobs: So many steps at once; as before where it is None.
            listener: Told what happens.

        Raises:
            ConflictError: It is under way, or a runner made it.
            InvalidWorkflow: It can no longer run as it is written.
        """
        if self.status is RunStatus.RUNNING:
            raise ConflictError(f"{self.ref} is under way.", hint="Wait for it, or cancel it first.")
        if self._execution.again is None:
            raise ConflictError(f"{self.ref} is a pass of a runner.", hint="Let the runner make another one.")
        return self._execution.again(jobs or self._execution.options.jobs, listener)

    def follow(self, listener: Listener) -> None:
        """Let a listener be told what happens from now on."""
        self._execution.audience.add(listener)

    @property
    def view(self) -> RunView:
        """The run as people look at it; it goes on as the run does."""
        return self._execution.audience.view

    def check(self) -> WorkflowRun:
        """Itself, where it succeeded.

        Raises:
            RunError: It did not; its cause is what a function raised.
        """
        if self.status is not RunStatus.SUCCEEDED:
            message = f"{self.ref} {self.status.value}: {self.run.error or 'it has not ended'}"
            raise RunError(message) from self._execution.raised
        return self

    def __repr__(self) -> str:
        done = sum(result.done for result in self._execution.results.values())
        return f"<WorkflowRun {self.ref} {self.status.value}: {done} of {len(list(self))} steps done>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Mapping[str, JSON]:
        from nbcellar.workflow.views.runpage import bundle

        return bundle(self.view.copy())

    def _ipython_display_(self) -> None:
        show(self)


def _tell_whom_it_waits_for(event: Event) -> None:
    if isinstance(event, StepsAwaited):
        sys.stderr.write(f"{describe(event).strip()}\n")
