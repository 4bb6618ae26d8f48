"""Finds the part of a value that cannot be kept, so that an error can name it: ``state['hosts'][3]``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from nbcellar.errors import EncodingError

MOST_DEPTH = 12
MOST_CHILDREN = 1000


@dataclass(frozen=True, slots=True)
class Culprit:
    """The innermost part that cannot be kept.

    Attributes:
        path: As one would write it.
        reason: Why not.
    """

    path: str
    value: object
    reason: EncodingError


def culprit(
    name: str, value: object, reason: EncodingError, refusal: Callable[[object], EncodingError | None]
) -> Culprit:
    """Go down to the part that is to blame.

    Args:
        reason: Why the whole cannot be kept.
        refusal: Why a part cannot be kept; None where it can.
    """
    found = Culprit(name, value, reason)
    for _ in range(MOST_DEPTH):
        worse = _first_bad(found, refusal)
        if worse is None:
            return found
        found = worse
    return found


def _first_bad(whole: Culprit, refusal: Callable[[object], EncodingError | None]) -> Culprit | None:
    for step, part in islice(_parts(whole.value), MOST_CHILDREN):
        reason = refusal(part)
        if reason is not None:
            return Culprit(whole.path + step, part, reason)
    return None


def _parts(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"[{key!r:.60}]", item
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield f"[{place}]", item
    elif isinstance(value, set | frozenset):
        for item in value:
            yield "{…}", item
    else:
        fields = getattr(value, "__dict__", None)
        if isinstance(fields, dict) and not isinstance(value, type):
            for key, item in fields.items():
                yield f".{key}", item


def type_name(value: object) -> str:
    """The class of a value as one would import it."""
    kind = type(value)
    return (
        kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    )
