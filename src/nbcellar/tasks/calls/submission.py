"""Task functions in processes of their own: ``train.submit(x)`` gives an :class:`Execution`."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from nbcellar.errors import ExecutionTerminated, TaskTimeout
from nbcellar.model import JSON, Run
from nbcellar.store import Cellar
from nbcellar.store import current as current_cellar
from nbcellar.store.objects.processes import cores
from nbcellar.store.objects.ulid import new_ulid
from nbcellar.tasks.attempts.turns import turns
from nbcellar.tasks.calls.worker import GRACE_S, SIZE_BYTES

if TYPE_CHECKING:
    from nbcellar.tasks.calls.functions import TaskFunction

R = TypeVar("R")
LOG = "log"
_LAST_LINES = 20


@dataclass(eq=False)
class Execution(Generic[R]):
    """A call in a process of its own, waiting for its turn or under way; it ends with the process that submitted it, at
    the latest.

    Attributes:
        name: Of the task.
        answer: Where the process writes what came of it.
    """

    name: str
    cellar: Cellar
    answer: Path
    job: Job
    cancelled: bool = False
    _process: subprocess.Popen[bytes] | None = None
    _problem: Exception | None = None
    _beginning: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)
    _document: dict[str, JSON] = field(default_factory=dict)

    def result(self, timeout: float | None = None) -> R:
        """Wait for the value.

        Args:
            timeout: Seconds, also while it waits for its turn; None for as long as it takes.

        Raises:
            ExecutionError: It raised; also of the type that it raised, with its fields.
            ExecutionTerminated: It was cancelled, called ``exit``, or its process died.
            TaskTimeout: It is not done yet.
        """
        from nbcellar.tasks.calls.carried import carried_error
        from nbcellar.tasks.codecs import decode

        if not self._ended.wait(timeout):
            raise TaskTimeout(f"{self.name} is not done after {timeout} s.", hint="It goes on; ask again.")
        document = self._read()
        if "value" in document:
            return cast(R, decode((self.answer / "value").read_bytes()))  # what the function returned there
        if "error" in document and not self.cancelled:
            raise carried_error(self.name, document["error"], self.answer)
        raise self._terminated(document)

    def poll(self, timeout: float = 0.0, *, default: R | None = None) -> R | None:
        """The value where it is there within so many seconds, else the default.

        Raises:
            ExecutionError: It raised.
            ExecutionTerminated: It was cancelled, or its process died.
        """
        return self.result() if self._ended.wait(timeout) else default

    def cancel(self) -> bool:
        """Interrupt it, so that its run is closed, and end it and its children where that takes more than 5 seconds.

        One that waits for its turn never begins.

        Returns:
            Whether it had not ended yet.
        """
        if self.done:
            return False
        with self._beginning:
            self.cancelled = True
        if self._process is None:
            turns().leave(self)
            self._ended.set()
            return True
        self._process.terminate()
        if not self._ended.wait(2 * GRACE_S):
            self._process.kill()
            self._ended.wait()
        return True

    @property
    def done(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self._ended.is_set()

    @property
    def run(self) -> Run | None:
        """Its run; None until it has ended, and where it ended before it began."""
        run_id = self._read().get("run") if self.done else None
        return self.cellar.run(run_id) if isinstance(run_id, str) else None

    @property
    def log(self) -> str:
        """What it has printed so far."""
        try:
            return (self.answer / LOG).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def __repr__(self) -> str:
        under_way = "running" if self._process is not None else "waiting"
        return f"<Execution {self.name}: {'cancelled' if self.cancelled else 'done' if self.done else under_way}>"

    def take(self) -> None:
        """Begin, unless it was cancelled before, and wait until its process has ended."""
        with self._beginning:
            if not self.cancelled:
                try:
                    self._process = _started(self.job, self.answer)
                except Exception as problem:  # whoever asks for the result is told
                    self._problem = problem
        if self._process is not None:
            self._process.wait()
            assert self._process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._ended.set()

    def _read(self) -> dict[str, JSON]:
        if not self._document:
            try:
                read = json.loads((self.answer / "answer.json").read_text(encoding="utf-8"))
            except FileNotFoundError:
                return {}
            self._document = read if isinstance(read, dict) else {}
        return self._document

    def _terminated(self, document: Mapping[str, JSON]) -> ExecutionTerminated:
        if self.cancelled:
            return ExecutionTerminated(f"{self.name} was cancelled.")
        if "exit" in document:
            return ExecutionTerminated(f"{self.name} called exit({document['exit']}), and returned nothing.")
        if self._process is None:
            return ExecutionTerminated(f"No process could be started for {self.name}: {self._problem}.")
        code = self._process.returncode
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        error = ExecutionTerminated(f"The process of {self.name} ended without an answer ({how}).")
        lines = self.log.splitlines()[-_LAST_LINES:]
        if lines:
            error.add_note("\n".join(["It printed last:", *lines]))
        return error


@dataclass(frozen=True, slots=True)
class Job:
    """What a process is started with, as it was when the call was submitted.

    Attributes:
        call: The pickled call.
        folder: The current folder.
    """

    call: bytes
    folder: str
    environment: dict[str, str]


def submit(function: TaskFunction[..., R], args: tuple[object, ...], kwargs: Mapping[str, object]) -> Execution[R]:
    """Let a call begin in a new process: now, or when fewer run than the setting ``processes`` allows.

    Raises:
        EncodingError: The function or an argument cannot be sent there.
    """
    from nbcellar.tasks.calls.sending import job_bytes, job_of

    cellar = current_cellar()
    answer = cellar.folder / "tmp" / f"execution-{new_ulid()}"
    call = job_bytes(job_of(function, args, kwargs, answer))
    answer.mkdir(parents=True)
    job = Job(call, os.getcwd(), _environment(cellar))
    execution: Execution[R] = Execution(function.given.task.name, cellar, answer, job)
    weakref.finalize(execution, shutil.rmtree, answer, ignore_errors=True)
    turns().enter(execution, cellar.settings.processes or cores())
    return execution


def _started(job: Job, answer: Path) -> subprocess.Popen[bytes]:
    with open(answer / LOG, "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "nbcellar.tasks.calls.worker"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=job.folder,
            env=job.environment,
            start_new_session=True,
        )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it died; the result says how
        process.stdin.write(len(job.call).to_bytes(SIZE_BYTES, "big") + job.call)
        process.stdin.flush()
    return process  # its standard input stays open: the end of it tells that we are gone


def _environment(cellar: Cellar) -> dict[str, str]:
    from nbcellar.tasks.context.current import running

    outer = running()
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(path or os.getcwd() for path in sys.path)
    environment["NBCELLAR_STORE_URL"] = cellar.address.store_url
    environment["NBCELLAR_CATALOGUE_URL"] = cellar.address.catalogue_url
    environment["NBCELLAR_PROJECT"] = cellar.project
    if outer is not None:
        environment["NBCELLAR_RUN"] = outer.run.id
    return environment
