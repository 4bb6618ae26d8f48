"""A call as bytes for our own child, through its standard input: nobody else writes or reads them."""

from __future__ import annotations

import inspect
import io
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from nbcellar.assets.asset import Asset
from nbcellar.errors import EncodingError
from nbcellar.store import current
from nbcellar.tasks.body.code import Code
from nbcellar.tasks.calls.functions import FunctionOptions, TaskFunction
from nbcellar.tasks.codecs.blame import culprit, type_name
from nbcellar.tasks.codecs.pickles import MAIN

R = TypeVar("R")


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


@dataclass(frozen=True, slots=True)
class Job:
    """One call.

    Attributes:
        code: Of a function that is sent as it is; one that is imported there has its source there.
        answer: Where the process writes what came of it.
    """

    function: Named | Callable[..., object]
    code: Code | None
    given: FunctionOptions
    args: tuple[object, ...]
    kwargs: Mapping[str, object]
    answer: Path


def job_bytes(job: Job) -> bytes:
    """The call as bytes.

    Raises:
        EncodingError: The function or an argument cannot be sent; the message names which part.
    """
    try:
        return _dumped(job)
    except EncodingError:
        raise
    except Exception as error:  # an argument's own __reduce__ may raise anything
        raise _explained(job, error) from None


def job_of(task: TaskFunction[..., R], args: tuple[object, ...], kwargs: Mapping[str, object], answer: Path) -> Job:
    """A call of a module's function by its name, of a notebook's as it is."""
    function = task.function
    if function.__module__ == MAIN or "<locals>" in function.__qualname__:
        code = task.code
        return Job(function, Code(code.text, code.source), task.given, args, dict(kwargs), answer)
    return Job(Named(function.__module__, function.__qualname__), None, task.given, args, dict(kwargs), answer)


def reopened(run_id: str) -> Asset:
    """The asset of a run, in the process that it was sent to."""
    cellar = current()
    return Asset(cellar, cellar.run(run_id))


def _dumped(value: object) -> bytes:
    base: type[pickle.Pickler]
    try:
        import cloudpickle  # functions and classes of a notebook have no module that a child could import

        base = cloudpickle.Pickler
    except ModuleNotFoundError:
        base = pickle.Pickler

    class Pickler(base):  # type: ignore[misc, valid-type]  # one of the two
        def reducer_override(self, sent: object) -> object:
            ours = _reduced(sent)
            if ours is not None or base is pickle.Pickler:
                return NotImplemented if ours is None else ours
            return super().reducer_override(sent)

    sink = io.BytesIO()
    Pickler(sink, pickle.HIGHEST_PROTOCOL).dump(value)
    return sink.getvalue()


def _reduced(value: object) -> tuple[object, ...] | None:
    if type(value) is Asset:
        if value.cellar.address != current().address:
            raise EncodingError(
                f"{value.ref} is of another cellar, and cannot be sent to a process of this one.",
                hint="Restore it, and give the path.",
            )
        return reopened, (value.run.id,)
    if isinstance(value, ModuleType) and value.__name__ != MAIN:
        return import_module, (value.__name__,)
    if type(value).__module__ == "IPython.core.autocall":  # what IPython calls exit and quit
        return getattr, (import_module("builtins"), "exit")
    return None


def _explained(job: Job, error: Exception) -> EncodingError:
    function = job.function
    name = function.qualname if isinstance(function, Named) else function.__name__
    parts = {f"argument {place}": value for place, value in enumerate(job.args, 1)}
    parts |= {f"the argument {key}": value for key, value in job.kwargs.items()}
    if not isinstance(function, Named):
        used = inspect.getclosurevars(function)
        parts |= {f"the name {key}": value for key, value in {**used.globals, **used.nonlocals}.items()}
    for words, value in parts.items():
        refused = _refusal(value)
        if refused is not None:
            part = culprit("", value, refused, _refusal)
            where = f"{words}, in {part.path}," if part.path else words
            return EncodingError(
                f"{name} cannot be sent to a process: {where} is a {type_name(part.value)}, {part.reason.message}.",
                hint="Give plain values, paths or assets, and open files and connections in the function.",
            )
    if "cloudpickle" not in str(type(error).__module__) and not isinstance(function, Named) and not _has_cloudpickle():
        return EncodingError(
            f"{name} is defined in the notebook: only cloudpickle can send it to a process.",
            hint="`pip install cloudpickle`, or put the function into a module.",
        )
    return EncodingError(f"{name} cannot be sent to a process: {error}.", hint="Give plain values or paths.")


def _has_cloudpickle() -> bool:
    try:
        import_module("cloudpickle")
    except ModuleNotFoundError:
        return False
    return True


def _refusal(value: object) -> EncodingError | None:
    try:
        _dumped(value)
    except EncodingError as error:
        return EncodingError(error.message.rstrip("."))
    except Exception as error:  # as above
        return EncodingError(f"which cannot be pickled ({error})")
    return None
