"""Signed pickles: the last resort. Only what this user signed is ever unpickled, since unpickling runs code."""

from __future__ import annotations

import hmac
import io
import pickle
import sys
from dataclasses import dataclass
from enum import Enum, StrEnum
from pathlib import PurePath
from types import BuiltinFunctionType, CodeType, FunctionType, MethodDescriptorType, ModuleType

from nbcellar.assets.restoring.userkey import own_key, read_key
from nbcellar.errors import EncodingError, NbcellarError, UnsafeError
from nbcellar.model import JSON
from nbcellar.tasks.codecs.protocol import Parts, Pieces, damaged, fields_of, text_of
from nbcellar.tasks.codecs.sizes import Budget

PROTOCOL = 5
MAIN = "__main__"
WORD = b"nbcellar signed pickle 1"


class Style(StrEnum):
    """How classes and functions of the notebook itself go into a pickle.

    ``BY_VALUE``: with their code, so that any process of this user can load it (needs cloudpickle).
    ``BY_NAME``: as a name of the namespace it is loaded into; what is bound there then is what counts.
    """

    BY_VALUE = "by value"
    BY_NAME = "by name"


@dataclass(frozen=True, slots=True)
class Pickled:
    """A pickle.

    Attributes:
        by: The package that is needed to load it.
        seen: The objects in it that somebody else could hold too, by id.
    """

    data: bytes
    by: str
    seen: dict[int, object]


class _Sink(io.RawIOBase):
    """Takes what a pickler writes, and gives up when there is too much."""

    def __init__(self, budget: Budget) -> None:
        self.parts: list[bytes] = []
        self._budget = budget

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]  # no other buffer comes here
        part = bytes(data)
        self._budget.spend(len(part))
        self.parts.append(part)
        return len(part)


def pickled(value: object, budget: Budget, style: Style) -> Pickled:
    """Pickle a value.

    Raises:
        TooLarge: It is larger than the budget.
        EncodingError: It cannot be pickled.
    """
    kept = Budget(budget.left_bytes, budget.allowed_bytes)
    try:
        found = _by_name(value, budget) if style is Style.BY_NAME else _by_value(value, budget, style)
    except EncodingError:
        raise
    except Exception as error:  # a value's own __reduce__ may raise anything
        if style is Style.BY_VALUE:
            raise EncodingError(f"It cannot be pickled: {_reason(error)}.") from error
        budget.left_bytes = kept.left_bytes
        return _second_try(value, budget)
    return found


def _second_try(value: object, budget: Budget) -> Pickled:
    try:
        return _by_value(value, budget, Style.BY_NAME)
    except EncodingError:
        raise
    except Exception as error:  # as above
        raise EncodingError(f"It cannot be pickled: {_reason(error)}.") from error


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).rstrip(".")


def _by_name(value: object, budget: Budget) -> Pickled:
    sink = _Sink(budget)
    pickler = pickle.Pickler(sink, PROTOCOL)
    pickler.dump(value)
    return Pickled(b"".join(sink.parts), "pickle", _held(pickler))


def _by_value(value: object, budget: Budget, style: Style) -> Pickled:
    sink = _Sink(budget)
    try:
        import cloudpickle
    except ModuleNotFoundError:
        pickler: pickle.Pickler = _Importable(sink, PROTOCOL)
        pickler.dump(value)
        return Pickled(b"".join(sink.parts), "pickle", _held(pickler))

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # it has no types
        def reducer_override(self, obj: object) -> object:
            if style is Style.BY_NAME and isinstance(obj, FunctionType):
                _refuse_bound(obj)
            if isinstance(obj, io.TextIOWrapper) and obj not in (sys.stdin, sys.stdout, sys.stderr):
                _refuse_open(obj)
            return super().reducer_override(obj)

    pickler = Pickler(sink, PROTOCOL)
    pickler.dump(value)
    return Pickled(b"".join(sink.parts), "cloudpickle", _held(pickler))


class _Importable(pickle.Pickler):
    """Refuses what only this notebook knows: another process could not load it."""

    def reducer_override(self, obj: object) -> object:  # type: ignore[override]  # typeshed leaves out NotImplemented
        if isinstance(obj, type | FunctionType) and obj.__module__ == MAIN:
            raise EncodingError(
                f"{obj.__qualname__!r} is defined in the notebook.",
                hint="Install cloudpickle, or move it into a module.",
            )
        return NotImplemented


def _refuse_open(file: io.TextIOWrapper) -> None:
    """cloudpickle would make a copy in memory of all that is in the file."""
    state = "a closed" if file.closed else "an open"
    raise EncodingError(
        f"It cannot be pickled: it holds {state} file, {file.name!r:.200}.",
        hint="Keep the file's path, or what was read from it.",
    )


def _refuse_bound(function: FunctionType) -> None:
    """A function that reads names of the notebook would go on with copies of them."""
    if function.__module__ != MAIN:
        return
    read = sorted(name for name in _names(function.__code__) if name in function.__globals__)
    if read:
        raise EncodingError(
            f"{function.__qualname__!r} in it uses names of the notebook: {', '.join(read[:3])}.",
            hint="Define it with `def` at the top of the cell, or hand those values over as arguments.",
        )


def _names(code: CodeType) -> set[str]:
    inner = [_names(const) for const in code.co_consts if isinstance(const, CodeType)]
    return set(code.co_names).union(*inner)


def _held(pickler: pickle.Pickler) -> dict[int, object]:
    memo = pickler.memo.copy()
    return {key: value for key, (_, value) in memo.items() if is_held(value)}


def is_held(value: object) -> bool:
    """Whether it matters that two places hold the same object: not for what never changes or is imported."""
    if isinstance(value, type | FunctionType):
        return value.__module__ == MAIN
    if value is None or isinstance(value, _CONSTANT):
        return False
    kind = type(value)
    return kind.__module__ not in _CONSTANT_MODULES and not kind.__module__.startswith("numpy.dtypes")


_CONSTANT = (
    *(bool, int, float, complex, str, bytes, tuple, range, slice),
    *(ModuleType, BuiltinFunctionType, MethodDescriptorType, Enum, PurePath),
)
_CONSTANT_MODULES = frozenset({"datetime", "decimal", "fractions", "re", "uuid", "zoneinfo"})


class PickleCodec:
    """Reads signed pickles. It claims nothing: a value is pickled as a whole, when nothing else holds it."""

    name, version, media_type = "pickle", 1, "application/x-python-pickle"

    def claims(self, value: object) -> bool:
        """Never."""
        return False

    def encode(self, value: object, parts: Parts) -> object:
        """Pickle and sign a value, for any process of this user.

        Raises:
            EncodingError: It cannot be pickled.
        """
        return signed(pickled(value, Budget(), Style.BY_VALUE), parts)

    def decode(self, payload: JSON, pieces: Pieces) -> object:
        """Unpickle it, if this user signed it.

        Raises:
            UnsafeError: The signature is not this user's; no byte of it was unpickled.
            EncodingError: What it needs is not there.
        """
        fields = fields_of(payload)
        data = pieces.blob(fields.get("data"))
        by, python = text_of(fields.get("by")), text_of(fields.get("python"))
        _check_signature(text_of(fields.get("signature")), by, python, data)
        if by == "cloudpickle" and python != _python():
            raise EncodingError(
                f"A stored value was pickled with code of Python {python}; this is Python {_python()}.",
                saved="What is stored is unchanged.",
            )
        return _loaded(data)


def signed(pickle_: Pickled, parts: Parts) -> dict[str, object]:
    """The payload of a pickle.

    Raises:
        UnsafeError: Others can read this user's key.
        StorageError: There is no key and none can be made.
    """
    signature = _signature(own_key(), pickle_.by, _python(), pickle_.data).hex()
    return {"by": pickle_.by, "python": _python(), "signature": signature, "data": parts.blob(pickle_.data)}


def _signature(key: bytes, by: str, python: str, data: bytes) -> bytes:
    from blake3 import blake3

    hasher = blake3(key=key)  # BLAKE3's keyed mode is a MAC of its own, no HMAC around it is needed
    for part in (WORD, by.encode(), python.encode()):
        hasher.update(len(part).to_bytes(8, "big") + part)
    hasher.update(data)
    return bytes(hasher.digest())


def _check_signature(signature: str, by: str, python: str, data: bytes) -> None:
    key = read_key()
    try:
        given = bytes.fromhex(signature)
    except ValueError as error:
        raise damaged(signature) from error
    if key is None or not hmac.compare_digest(given, _signature(key, by, python, data)):
        raise UnsafeError(
            "A stored value is a pickle that you did not sign on this machine; loading it could run anything.",
            saved="Nothing of it was run, and what is stored is unchanged.",
            hint="Make it again here, or ask its author to keep plain values, arrays or frames.",
        )


def _loaded(data: bytes) -> object:
    try:
        return pickle.loads(data)
    except NbcellarError:
        raise
    except Exception as error:  # a value's own __setstate__ may raise anything
        raise EncodingError(
            f"A stored value cannot be loaded: {type(error).__name__}: {error}.",
            saved="What is stored is unchanged.",
            hint="Import or define what it needs, then load it again.",
        ) from error


def _python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


PICKLE = PickleCodec()
