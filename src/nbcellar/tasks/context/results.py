"""A task's result: the last expression's value where it is JSON of at most 64 KiB, else null and words for it."""

from __future__ import annotations

import json
import reprlib
from typing import Protocol, runtime_checkable

from nbcellar.errors import EncodingError
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON

LIMIT_BYTES = 64 * 2**10
LARGE = " of more than 64 KiB"
_words = reprlib.Repr()
_words.maxother = _words.maxstring = 200


@runtime_checkable
class Scalar(Protocol):
    """What numpy's scalars and arrays of no dimension offer."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Empty for a scalar."""

    def item(self) -> object:
        """The plain Python value."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a body gave.

    Attributes:
        value: The JSON; None where it is none.
        words: What it was, where it is no JSON; empty where it is.
    """

    value: JSON = None
    words: str = ""


def result_of(value: object) -> Result:
    """Record a value."""
    try:
        return Result(as_json(value))
    except EncodingError as error:
        return Result(None, _shown(value, LARGE if LARGE in error.message else ""))
    except Exception:  # not only EncodingError: a foreign object may raise anything when it is looked at
        return Result(None, _shown(value))


def _shown(value: object, size: str = "") -> str:
    kind = type(value).__name__ + size
    try:
        return f"{kind}: {_words.repr(value)}"[:300]
    except Exception:  # a number of more digits than Python prints, for one
        return kind[:300]


def as_json(value: object) -> JSON:
    """The value as plain JSON: numpy scalars by ``.item()``, tuples as lists.

    Raises:
        EncodingError: It holds something else, NaN or an infinity, keys that are no text, or more than 64 KiB.
    """
    if isinstance(value, str | list | tuple | dict) and len(value) > LIMIT_BYTES:
        raise EncodingError(_too_large(value))
    size, chunks = 0, []
    try:
        for chunk in json.JSONEncoder(allow_nan=False, default=_plain).iterencode(_text_keys(value)):
            size += len(chunk)
            if size > LIMIT_BYTES:
                raise EncodingError(_too_large(value))
            chunks.append(chunk)
    except (ValueError, TypeError, RecursionError) as error:
        if isinstance(error, EncodingError):
            raise
        raise EncodingError(f"A {type(value).__name__} is no JSON here: {error}.") from error
    plain: JSON = json.loads("".join(chunks))
    return plain


def _too_large(value: object) -> str:
    return f"A {type(value).__name__}{LARGE} is too large for a result; write it to a file."


def _text_keys(value: object, depth: int = 0) -> object:
    """The value, refused where a dict in it has keys that JSON would turn into text."""
    if depth > 100:
        raise EncodingError("A result is nested too deeply.")
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise EncodingError("A dict whose keys are no text is no JSON.")
        for part in value.values():
            _text_keys(part, depth + 1)
    elif isinstance(value, list | tuple) and len(value) <= LIMIT_BYTES:
        for part in value:
            if isinstance(part, dict | list | tuple):
                _text_keys(part, depth + 1)
    return value


def _plain(value: object) -> object:
    if isinstance(value, Scalar) and value.shape == ():
        plain = value.item()
        if plain is None or isinstance(plain, bool | int | float | str):
            return plain
    raise TypeError(f"{type(value).__name__} has no JSON form")
