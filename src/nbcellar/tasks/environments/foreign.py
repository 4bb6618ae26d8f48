"""Reads the pickled ``env`` file of EnOSlib without letting it run anything: only plain values come out of it."""

from __future__ import annotations

import collections
import datetime
import io
import pathlib
import pickle
from collections.abc import Callable
from dataclasses import dataclass

from nbcellar.errors import CorruptDataError, NbcellarError, UnsafeError

UNCHANGED = "Nothing of it was run, and the file is unchanged."


def is_pickle(data: bytes) -> bool:
    """Whether the bytes begin as a pickle of any protocol since 2 does."""
    return data.startswith(b"\x80")


class ForeignEnvironment:
    """Stands for ``enoslib.task.Environment``: takes its fields and does nothing."""


@dataclass(frozen=True, slots=True)
class _Collection:
    """A kind that is made only of what is in the pickle itself: a ``range`` could fill the memory."""

    kind: Callable[..., object]

    def __call__(self, items: object = (), *more: object) -> object:
        if not isinstance(items, list | tuple | dict | str | bytes):
            raise UnsafeError(f"A pickle makes a collection of a {type(items).__name__}.", saved=UNCHANGED)
        return self.kind(items, *more)


def _defaultdict(factory: object = None, *items: object) -> object:
    kind = factory.kind if isinstance(factory, _Collection) else factory
    if kind is not None and not callable(kind):
        raise UnsafeError("A pickle makes a defaultdict with a factory that is none.", saved=UNCHANGED)
    return collections.defaultdict(kind, *items)


def _bytearray(items: object = b"", encoding: object = None) -> object:
    if isinstance(items, str) and encoding == "latin-1":
        return bytearray(items, "latin-1")
    if isinstance(items, bytes):
        return bytearray(items)
    raise UnsafeError("A pickle makes a bytearray of something that is none.", saved=UNCHANGED)


def _encode(text: object, encoding: object = None) -> bytes:
    """How protocol 2 writes bytes."""
    if isinstance(text, str) and encoding in ("latin1", "latin-1"):
        return text.encode("latin-1")
    raise UnsafeError("A pickle makes bytes in a way of its own.", saved=UNCHANGED)


def _allowed() -> dict[tuple[str, str], object]:
    paths = ("PurePath", "PurePosixPath", "PureWindowsPath", "Path", "PosixPath")
    found: dict[tuple[str, str], object] = {
        ("enoslib.task", "Environment"): ForeignEnvironment,
        ("builtins", "set"): _Collection(set),
        ("builtins", "frozenset"): _Collection(frozenset),
        ("builtins", "list"): _Collection(list),
        ("builtins", "tuple"): _Collection(tuple),
        ("builtins", "dict"): dict,
        ("builtins", "bytearray"): _bytearray,
        ("builtins", "bytes"): _Collection(bytes),
        ("_codecs", "encode"): _encode,
        ("builtins", "complex"): complex,
        ("builtins", "range"): range,
        ("builtins", "slice"): slice,
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("collections", "defaultdict"): _defaultdict,
        ("collections", "Counter"): _Collection(collections.Counter),
        ("collections", "deque"): _Collection(collections.deque),
        ("collections", "UserDict"): ForeignEnvironment,
    }
    for name in ("date", "time", "datetime", "timedelta", "timezone"):
        found["datetime", name] = getattr(datetime, name)
    for name in paths:
        found["pathlib", name] = found["pathlib._local", name] = getattr(pathlib, name)
    return found


class _Unpickler(pickle.Unpickler):
    """Knows a few harmless names, and imports nothing."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self._allowed = _allowed()

    def find_class(self, module_name: str, global_name: str) -> object:
        """What a name in the pickle means.

        Raises:
            UnsafeError: It is not among the harmless ones.
        """
        if (module_name, global_name) in self._allowed:
            return self._allowed[module_name, global_name]
        raise UnsafeError(
            f"The environment file is a pickle that asks for '{module_name}.{global_name}'; loading that could run "
            "anything.",
            saved=UNCHANGED,
            hint="Load it with the program that wrote it, and keep plain values: texts, numbers, lists, dicts, paths.",
        )


def read_pickle(data: bytes, place: str) -> dict[object, object]:
    """The values of an EnOSlib environment.

    Args:
        place: What an error calls the file.

    Raises:
        UnsafeError: It asks for anything but plain values; the message names what for.
        CorruptDataError: It is damaged, or no environment.
    """
    try:
        found = _Unpickler(data).load()
    except NbcellarError:
        raise
    except Exception as error:  # a damaged pickle raises anything
        raise CorruptDataError(
            f"{place} is a pickle that cannot be read: {type(error).__name__}: {error}.", saved="It is unchanged."
        ) from error
    values = getattr(found, "data", found) if isinstance(found, ForeignEnvironment) else found
    if not isinstance(values, dict):
        raise CorruptDataError(f"{place} is a pickle, and no environment.", saved="It is unchanged.")
    return dict(values)
