"""The digest of a value: values that behave alike have one fingerprint, in every process.

A pickle would not do: it tells whether equal texts are one object, and a set's order changes from process to process.
So values are walked by what they hold, and everything else by what its own ``__reduce_ex__`` gives.
"""

from __future__ import annotations

import datetime
import functools
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePath
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)

from blake3 import blake3

from nbcellar.assets.asset import Asset
from nbcellar.assets.assetentry import AssetEntry
from nbcellar.errors import EncodingError
from nbcellar.model import JSON
from nbcellar.tasks.context.results import as_json

MOST_BYTES = 64 * 2**20
MOST_PARTS = 200_000
_DEEPEST = 200


def fingerprint(value: object, *, most_bytes: int = MOST_BYTES) -> str:
    """Hex of the digest.

    Raises:
        EncodingError: The value is too large, or cannot be taken apart; the message says which.
    """
    walk = _Walk(most_bytes)
    try:
        walk.feed(value)
    except EncodingError:
        raise
    except Exception as error:  # a value's own __reduce_ex__ may raise anything
        raise EncodingError(f"a {type(value).__name__} that cannot be compared ({error})") from error
    return walk.hasher.hexdigest()


def parameter_value(value: object, *, most_bytes: int = 16 * MOST_BYTES) -> JSON:
    """A value as a parameter: itself where it is JSON, paths and dates as text, else its type and fingerprint.

    Raises:
        EncodingError: It is none of these, or larger.
    """
    if isinstance(value, PurePath | datetime.date | datetime.datetime | datetime.time):
        return {"type": type(value).__qualname__, "text": str(value)}
    try:
        return as_json(value)
    except EncodingError:
        return {"type": type(value).__qualname__, "fingerprint": fingerprint(value, most_bytes=most_bytes)}


class _Walk:
    """One walk through one value."""

    def __init__(self, most_bytes: int) -> None:
        self.hasher = blake3()
        self._left = most_bytes
        self._parts = MOST_PARTS
        self._inside: list[int] = []

    def feed(self, value: object) -> None:
        """Add a value."""
        self._parts -= 1
        if self._parts < 0:
            raise EncodingError(f"more than {MOST_PARTS:,} parts")
        if id(value) in self._inside:  # it holds itself
            self._add("loop", str(self._inside[::-1].index(id(value))).encode())
            return
        if len(self._inside) > _DEEPEST:
            raise EncodingError("nested too deeply")
        self._inside.append(id(value))
        try:
            self._one(value)
        finally:
            self._inside.pop()

    def _add(self, tag: str, data: bytes | memoryview = b"") -> None:
        self._left -= len(data)
        if self._left < 0:
            raise EncodingError("too large")
        self.hasher.update(f"{tag}:{len(data)}:".encode())
        self.hasher.update(data)

    def _all(self, tag: str, values: Iterable[object]) -> None:
        self._add(tag)
        for value in values:
            self.feed(value)
        self._add("end")

    def _one(self, value: object) -> None:
        kind = type(value)
        simple = _SIMPLE.get(kind)
        if simple is not None:
            self._add(kind.__name__, simple(value))
        elif kind in (list, tuple):
            assert isinstance(value, list | tuple)
            self._all(kind.__name__, value)
        elif kind is dict:
            assert isinstance(value, dict)
            self._all("dict", (part for item in value.items() for part in item))
        elif kind in (set, frozenset):
            assert isinstance(value, set | frozenset)
            self._all(kind.__name__, sorted(fingerprint(part) for part in value))
        elif isinstance(value, Asset | AssetEntry):
            self._add("asset", value.digest.encode())
        elif isinstance(value, ModuleType):
            self._add("module", f"{value.__name__} {vars(value).get('__version__', '')}".encode())
        elif isinstance(value, FunctionType):
            self._function(value)
        elif isinstance(value, MethodType):
            self._all("method", (value.__func__, value.__self__))
        elif isinstance(value, BuiltinFunctionType):
            self._all("builtin", (value.__name__, getattr(value, "__self__", None)))
        elif isinstance(value, type):
            self._class(value)
        elif kind in _HOLDERS:
            self._all(kind.__name__, [getattr(value, part, None) for part in _HOLDERS[kind]])
        elif isinstance(value, MappingProxyType):
            self.feed(dict(value))
        elif not self._scientific(value):
            self._reduced(value)

    def _function(self, function: FunctionType) -> None:
        self._add("function", f"{function.__module__}.{function.__qualname__}".encode())
        if function.__module__ != "__main__" and "<" not in function.__qualname__:
            return  # its module's source, or its package's version, stands for it
        self._code(function.__code__)
        cells = [cell.cell_contents for cell in function.__closure__ or ()]
        self._all("given", (function.__defaults__, function.__kwdefaults__, cells))
        names = sorted(_names_of(function.__code__) & function.__globals__.keys())
        for name in names:
            self._add("global", name.encode())
            self._global(name, function.__globals__[name])

    def _global(self, name: str, value: object) -> None:
        try:
            self.feed(value)
        except EncodingError as error:
            raise EncodingError(f"it uses {name}: {error.message}") from error

    def _code(self, code: CodeType) -> None:
        self._add("code", code.co_code)
        self._all("names", (code.co_names, code.co_varnames, code.co_freevars))
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self._code(constant)
            else:
                self.feed(constant)

    def _class(self, kind: type) -> None:
        self._add("class", f"{kind.__module__}.{kind.__qualname__}".encode())
        if kind.__module__ == "__main__":
            skipped = (
                "_abc_impl",
                "__dict__",
                "__weakref__",
                "__module__",
                "__doc__",
                "__firstlineno__",
                "__static_attributes__",
            )
            self._all("bases", kind.__bases__)
            self._all("members", [part for item in vars(kind).items() if item[0] not in skipped for part in item])

    def _scientific(self, value: object) -> bool:
        """Whether it was an array or a table. What is not imported now, the value cannot be of."""
        if "numpy" in sys.modules:
            import numpy

            if isinstance(value, numpy.generic):
                self._add(f"scalar {value.dtype!r}", value.tobytes())
                return True
            if type(value) is numpy.ndarray:
                self._add(f"array {value.dtype!r} {value.shape}")
                if value.dtype.hasobject:
                    self._all("objects", value.ravel().tolist())
                else:
                    if value.nbytes > self._left:
                        raise EncodingError("too large")
                    self._add("data", value.tobytes())
                return True
        return "pandas" in sys.modules and self._table(value)

    def _table(self, value: object) -> bool:
        import pandas

        if not isinstance(value, pandas.DataFrame | pandas.Series | pandas.Index):
            return False
        hashed = pandas.util.hash_pandas_object(value, index=True)
        self._add(type(value).__name__, hashed.to_numpy().tobytes())
        if isinstance(value, pandas.DataFrame):
            self._all("columns", [value.columns.tolist(), [str(kind) for kind in value.dtypes]])
            self._all("index", list(value.index.names))
        else:
            index = list(value.index.names) if isinstance(value, pandas.Series) else []
            self._all("names", [str(value.dtype), value.name, *index])
        return True

    def _reduced(self, value: object) -> None:
        reduced = value.__reduce_ex__(4)
        if isinstance(reduced, str):
            self._named(value, reduced)
            return
        self._add("object", f"{type(value).__module__}.{type(value).__qualname__}".encode())
        made, arguments, *rest = reduced
        self._all("reduced", [made, arguments, *(list(part) if hasattr(part, "__next__") else part for part in rest)])

    def _named(self, value: object, name: str) -> None:
        """What is pickled by its name alone. Of the notebook's own, that says nothing of what it does."""
        module = getattr(value, "__module__", None) or type(value).__module__
        self._add("global", f"{module}.{name}".encode())
        if module == "__main__":
            wrapped = getattr(value, "__wrapped__", None)
            if wrapped is None:
                raise EncodingError(f"a {type(value).__name__} that cannot be compared")
            self.feed(wrapped)


def _names_of(code: CodeType) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= _names_of(constant)
    return names


def _int(value: object) -> bytes:
    assert isinstance(value, int)
    return value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)


def _text(value: object) -> bytes:
    assert isinstance(value, str)
    return value.encode("utf-8", "surrogatepass")


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes | bytearray)
    return bytes(value)


def _words(value: object) -> bytes:
    return repr(value).encode()


_HOLDERS: Mapping[type, tuple[str, ...]] = {
    property: ("fget", "fset", "fdel"),
    staticmethod: ("__func__",),
    classmethod: ("__func__",),
    functools.cached_property: ("func",),
    functools.singledispatchmethod: ("func", "dispatcher"),
    MemberDescriptorType: ("__qualname__",),
    GetSetDescriptorType: ("__qualname__",),
    WrapperDescriptorType: ("__qualname__",),
    MethodDescriptorType: ("__qualname__",),
}
"""Members of classes that cannot be pickled, and what they hold."""

_SIMPLE: Mapping[type, Callable[[object], bytes]] = {
    type(None): _words,
    bool: _words,
    int: _int,
    float: _words,
    complex: _words,
    str: _text,
    bytes: _bytes,
    bytearray: _bytes,
    type(...): _words,
    type(NotImplemented): _words,
}
