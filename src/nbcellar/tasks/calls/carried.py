"""Exceptions on their way from the process of a submitted task to the one that asks for its result."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import TracebackType

from nbcellar.errors import EncodingError, ExecutionError, NbcellarError
from nbcellar.model import JSON
from nbcellar.tasks.codecs import decode, encode

FILE = "error"
"""Holds the exception's class, arguments and fields, encoded, where they can be."""

_OURS = str(Path(__file__).parent.parent)


@dataclass(frozen=True, slots=True)
class State:
    """All that an exception is made of. Its ``__init__`` is not called again: that may do anything to its arguments.

    Attributes:
        given: What its built-in base was made of, which for an ``OSError`` is more than its arguments.
    """

    kind: type[Exception]
    text: str
    args: tuple[object, ...] = ()
    given: tuple[object, ...] = ()
    fields: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, error: Exception) -> State:
        """Take it apart."""
        if isinstance(error, _Carried):
            return error.state
        reduced = BaseException.__reduce__(error) if not isinstance(error, OSError) else OSError.__reduce__(error)
        given = reduced[1] if isinstance(reduced, tuple) and len(reduced) > 1 else ()
        return cls(type(error), str(error), error.args, given, dict(vars(error)))


def described(error: Exception, folder: Path) -> JSON:
    """What the other process needs to know of an exception."""
    state = State.of(error)
    with contextlib.suppress(EncodingError):  # its type and text go across in any case
        parts = {"kind": state.kind, "args": state.args, "given": state.given, "fields": dict(state.fields)}
        (folder / FILE).write_bytes(encode(parts, name="the exception"))
    trace = "".join(traceback.format_exception(type(error), error, _of_the_user(error.__traceback__)))
    return {"module": state.kind.__module__, "type": state.kind.__qualname__, "text": state.text, "trace": trace}


def _of_the_user(trace: TracebackType | None) -> TracebackType | None:
    """The trace from where the function itself begins."""
    inner = trace
    while inner is not None and inner.tb_frame.f_code.co_filename.startswith(_OURS):
        inner = inner.tb_next
    return trace if inner is None else inner


def carried_error(name: str, document: JSON, folder: Path) -> ExecutionError:
    """The exception to raise here: an `ExecutionError` that is also of the original's type, with its fields.

    Args:
        name: Of the task.
    """
    match document:
        case {"module": str(module), "type": str(kind), "text": str(text), "trace": str(trace)}:
            error = carried(_read(folder, text) or State(_kind(module, kind), text))
            error.add_note(f"In the process of {name}:\n{trace}")
            return error
    return ExecutionError(f"{name} failed, and did not say how.")


class _Carried(ExecutionError):
    """What both kinds have in common."""

    state: State

    def __str__(self) -> str:
        return self.state.text

    def __reduce__(self) -> tuple[object, ...]:
        return carried, (self.state,)


def carried(state: State) -> ExecutionError:
    """An error of both kinds."""
    both = _both(state.kind)
    made: _Carried = both.__new__(both)
    made.message, made.saved, made.hint = state.text, "", ""
    builtin = next(one for one in state.kind.__mro__ if one.__module__ == "builtins")
    with contextlib.suppress(TypeError):  # else the fields that only its constructor sets are missing
        builtin.__init__(made, *state.given)  # type: ignore[misc]  # OSError takes its arguments apart
    made.args = state.args
    made.__dict__.update(state.fields)
    made.state = state
    return made


def _both(kind: type[Exception]) -> type[_Carried]:
    """A class of both kinds; only of ours where their layouts do not go together."""
    if issubclass(_Carried, kind):
        return _Carried
    try:
        return type(kind.__name__, (_Carried, kind), {"__module__": kind.__module__, "__qualname__": kind.__qualname__})
    except TypeError:
        return _Carried


def _read(folder: Path, text: str) -> State | None:
    try:
        found = decode((folder / FILE).read_bytes())
    except (OSError, NbcellarError):
        return None
    match found:
        case {"kind": type() as kind, "args": tuple(args), "given": tuple(given), "fields": dict(fields)}:
            return State(kind, text, args, given, fields) if issubclass(kind, Exception) else None
    return None


def _kind(module: str, name: str) -> type[Exception]:
    try:
        found: object = import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return ExecutionError
    return found if isinstance(found, type) and issubclass(found, Exception) else ExecutionError
