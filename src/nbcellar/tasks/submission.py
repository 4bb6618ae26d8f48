"""Task functions in processes of their own: ``train.submit(x)`` gives an :class:`Execution`."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from nbcellar.errors import ExecutionTerminated, TaskTimeout
from nbcellar.model import JSON, Run
from nbcellar.store import Cellar
from nbcellar.store import current as current_cellar
from nbcellar.store.ulid import new_ulid
from nbcellar.tasks.worker import GRACE_S, SIZE_BYTES

if TYPE_CHECKING:
    from nbcellar.tasks.functions import TaskFunction

R = TypeVar("R")
LOG = "log"
_LAST_LINES = 20


@dataclass(eq=False)
class Execution(Generic[R]):
    """A call under way in a process of its own; it ends with the process that submitted it, at the latest.

    Attributes:
        name: Of the task.
        answer: Where the process writes what came of it.
    """

    name: str
    cellar: Cellar
    process: subprocess.Popen[bytes]
    answer: Path
    cancelled: bool = False
    _document: dict[str, JSON] = field(default_factory=dict)

    def result(self, timeout: float | None = None) -> R:
        """Wait for the value.

        Args:
            timeout: Seconds; None for as long as it takes.

        Raises:
            ExecutionError: It raised; also of the type that it raised, with its fields.
            ExecutionTerminated: It was cancelled, called ``exit``, or its process died.
            TaskTimeout: It is not done yet.
        """
        from nbcellar.tasks.carried import carried_error
        from nbcellar.tasks.codecs import decode

        try:
            self._wait(timeout)
        except subprocess.TimeoutExpired:
            raise TaskTimeout(f"{self.name} is not done after {timeout} s.", hint="It goes on; ask again.") from None
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
        try:
            self._wait(timeout)
        except subprocess.TimeoutExpired:
            return default
        return self.result()

    def cancel(self) -> bool:
        """Interrupt it, so that its run is closed, and end it and its children where that takes more than 5 seconds.

        Returns:
            Whether it was still running.
        """
        if self.done:
            return False
        self.cancelled = True
        self.process.terminate()
        try:
            self._wait(2 * GRACE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self._wait(None)
        return True

    @property
    def done(self) -> bool:
        """Whether it has ended, in whatever way."""
        if self.process.poll() is None:
            return False
        self._wait(None)
        return True

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
        state = "cancelled" if self.cancelled else "done" if self.done else "running"
        return f"<Execution {self.name}: {state}>"

    def _wait(self, timeout: float | None) -> None:
        self.process.wait(timeout)
        _live.discard(self)
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()

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
        code = self.process.returncode
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        error = ExecutionTerminated(f"The process of {self.name} ended without an answer ({how}).")
        lines = self.log.splitlines()[-_LAST_LINES:]
        if lines:
            error.add_note("\n".join(["It printed last:", *lines]))
        return error


_live: set[object] = set()
"""Those under way, so that one that nobody holds goes on."""


def submit(function: TaskFunction[..., R], args: tuple[object, ...], kwargs: Mapping[str, object]) -> Execution[R]:
    """Begin a call in a new process.

    Raises:
        EncodingError: The function or an argument cannot be sent there.
    """
    from nbcellar.tasks.sending import job_bytes, job_of

    cellar = current_cellar()
    answer = cellar.folder / "tmp" / f"execution-{new_ulid()}"
    job = job_bytes(job_of(function, args, kwargs, answer))
    answer.mkdir(parents=True)
    execution: Execution[R] = Execution(function.given.task.name, cellar, _started(cellar, answer, job), answer)
    weakref.finalize(execution, shutil.rmtree, answer, ignore_errors=True)
    for other in list(_live):
        if isinstance(other, Execution) and other.done:
            _live.discard(other)
    _live.add(execution)
    return execution


def _started(cellar: Cellar, answer: Path, job: bytes) -> subprocess.Popen[bytes]:
    with open(answer / LOG, "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "nbcellar.tasks.worker"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=os.getcwd(),
            env=_environment(cellar),
            start_new_session=True,
        )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it died; the result says how
        process.stdin.write(len(job).to_bytes(SIZE_BYTES, "big") + job)
        process.stdin.flush()
    return process  # its standard input stays open: the end of it tells that we are gone


def _environment(cellar: Cellar) -> dict[str, str]:
    from nbcellar.tasks.context import running

    outer = running()
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(path or os.getcwd() for path in sys.path)
    environment["NBCELLAR_STORE_URL"] = cellar.address.store_url
    environment["NBCELLAR_CATALOGUE_URL"] = cellar.address.catalogue_url
    environment["NBCELLAR_PROJECT"] = cellar.project
    if outer is not None:
        environment["NBCELLAR_RUN"] = outer.run.id
    return environment
