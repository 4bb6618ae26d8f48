"""Task functions in processes of their own: ``train.submit(x)`` gives an :class:`Execution`."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Generic, TypeVar, cast

from nbcellar.errors import EncodingError, ExecutionError, ExecutionTerminated, TaskTimeout
from nbcellar.model import JSON, Run
from nbcellar.store import Cellar
from nbcellar.store import current as current_cellar
from nbcellar.store.ulid import new_ulid
from nbcellar.tasks.codecs import decode
from nbcellar.tasks.context import running
from nbcellar.tasks.functions import TaskFunction

R = TypeVar("R")
GRACE_S = 5.0


@dataclass
class Execution(Generic[R]):
    """A call under way in a process of its own.

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
            ExecutionError: It raised; also of the type that it raised.
            ExecutionTerminated: It was cancelled, or its process died.
            TaskTimeout: It is not done yet.
        """
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TaskTimeout(f"{self.name} is not done after {timeout} s.", hint="It goes on; ask again.") from None
        document = self._read()
        if "value" in document:
            return cast(R, decode((self.answer / "value").read_bytes()))  # what the function returned there
        raise self._error(document)

    def poll(self, timeout: float = 0.0, *, default: R | None = None) -> R | None:
        """The value where it is there within so many seconds, else the default.

        Raises:
            ExecutionError: It raised.
            ExecutionTerminated: It was cancelled, or its process died.
        """
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return default
        return self.result()

    def cancel(self) -> bool:
        """Interrupt it, and its children, so that the run is closed; end them where that takes more than 5 seconds.

        Returns:
            Whether it was still running.
        """
        if self.process.poll() is not None:
            return False
        self.cancelled = True
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        return True

    @property
    def done(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self.process.poll() is not None

    @property
    def run(self) -> Run | None:
        """Its run; None until it has begun."""
        run_id = self._read().get("run")
        return self.cellar.run(run_id) if isinstance(run_id, str) else None

    def __repr__(self) -> str:
        state = "cancelled" if self.cancelled else "done" if self.done else "running"
        return f"<Execution {self.name}: {state}>"

    def _read(self) -> dict[str, JSON]:
        if not self._document:
            try:
                read = json.loads((self.answer / "answer.json").read_text(encoding="utf-8"))
            except FileNotFoundError:
                return {}
            self._document = read if isinstance(read, dict) else {}
        return self._document

    def _error(self, document: Mapping[str, JSON]) -> Exception:
        if self.cancelled:
            return ExecutionTerminated(f"{self.name} was cancelled.")
        match document.get("error"):
            case {"module": str(module), "type": str(kind), "text": str(text), "trace": str(trace)}:
                error = _like(module, kind)(f"{text}")
                error.add_note(f"In the process of {self.name}:\n{trace}")
                return error
        code = self.process.returncode
        how = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
        return ExecutionTerminated(f"The process of {self.name} ended without an answer ({how}).")


def _like(module: str, name: str) -> type[ExecutionError]:
    """A class that is an ExecutionError and of the original type, where both fit into one."""
    try:
        original = getattr(import_module(module), name)
    except (ImportError, AttributeError):
        return ExecutionError
    if not (isinstance(original, type) and issubclass(original, Exception)):
        return ExecutionError
    try:
        return type(name, (ExecutionError, original), {"__init__": _message, "__str__": ExecutionError.__str__})
    except TypeError:  # their layouts do not go together
        return ExecutionError


def _message(self: ExecutionError, message: str) -> None:
    ExecutionError.__init__(self, message)


def submit(function: TaskFunction[..., R], args: tuple[object, ...], kwargs: Mapping[str, object]) -> Execution[R]:
    """Begin a call in a new process.

    Raises:
        EncodingError: The function or an argument cannot be sent there.
    """
    cellar = current_cellar()
    answer = cellar.folder / "tmp" / f"execution-{new_ulid()}"
    answer.mkdir(parents=True)
    job = _job(function, args, kwargs, answer)
    process = subprocess.Popen(
        [sys.executable, "-m", "nbcellar.tasks.worker"],
        stdin=subprocess.PIPE,
        cwd=os.getcwd(),
        env=_environment(cellar),
        start_new_session=True,
    )
    assert process.stdin is not None
    with process.stdin:
        process.stdin.write(job)
    return Execution(function.given.task.name, cellar, process, answer)


def _environment(cellar: Cellar) -> dict[str, str]:
    outer = running()
    environment = dict(os.environ)
    environment["PYTHONPATH"] = os.pathsep.join(path or os.getcwd() for path in sys.path)
    environment["NBCELLAR_STORE_URL"] = cellar.address.store_url
    environment["NBCELLAR_CATALOGUE_URL"] = cellar.address.catalogue_url
    environment["NBCELLAR_PROJECT"] = cellar.project
    if outer is not None:
        environment["NBCELLAR_RUN"] = outer.run.id
    return environment


def _job(function: TaskFunction[..., R], args: tuple[object, ...], kwargs: Mapping[str, object], answer: Path) -> bytes:
    """The call as bytes for our own child, through its standard input: nobody else writes or reads them."""
    call = function.function
    try:
        if call.__module__ != "__main__":
            named = Named(call.__module__, call.__qualname__)
            return pickle.dumps((named, function.given, args, dict(kwargs), str(answer)))
        import cloudpickle  # functions of a notebook have no module that a child could import

        data: bytes = cloudpickle.dumps((call, function.given, args, dict(kwargs), str(answer)))
    except ImportError as error:
        raise EncodingError(
            f"{call.__name__} is defined in the notebook: only cloudpickle can send it to a process.",
            hint="`pip install cloudpickle`, or put the function into a module.",
        ) from error
    except Exception as error:  # an argument's own __reduce__ may raise anything
        raise EncodingError(
            f"{call.__name__} cannot be sent to a process: {error}.", hint="Give plain values or paths."
        ) from error
    return data


@dataclass(frozen=True, slots=True)
class Named:
    """A function of a module, by name."""

    module: str
    qualname: str

    def find(self) -> Callable[..., object]:
        """The function, without the decorator that made it a task.

        Raises:
            EncodingError: There is none of this name.
        """
        found: object = import_module(self.module)
        for part in self.qualname.split("."):
            found = getattr(found, part, None)
        if isinstance(found, TaskFunction):
            return found.function
        if not callable(found):
            raise EncodingError(f"{self.module}.{self.qualname} is no function.", hint="Define it at a module's top.")
        return found
