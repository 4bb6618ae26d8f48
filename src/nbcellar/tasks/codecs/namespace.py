"""Names of a notebook as bytes: what can be kept, and for the others why not.

Names that hold one object between them are kept together in one *parcel*, so that they hold one object afterwards too.
What is lost: that two arrays are views of the same memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import FunctionType, ModuleType

from nbcellar.errors import CorruptDataError, EncodingError
from nbcellar.tasks.codecs.encoding import Encoded, decode, encoded
from nbcellar.tasks.codecs.pickles import Style, is_held
from nbcellar.tasks.codecs.sizes import MOST_BYTES, Budget, TooLarge
from nbcellar.tasks.codecs.stored import StoredValue


class Why(StrEnum):
    """Why a name is not kept."""

    DEFINITION = "definition"  # a function, class or module: its statement is to be run again
    SIZE = "size"
    TYPE = "type"


@dataclass(frozen=True, slots=True)
class Left:
    """A name that is not kept, and the reason in words."""

    name: str
    why: Why
    reason: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """The bytes of one name, or of several that hold objects in common."""

    names: tuple[str, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class KeptNames:
    """What became of each name."""

    parcels: tuple[Parcel, ...]
    left: tuple[Left, ...]

    @property
    def size_bytes(self) -> int:
        """Bytes of all parcels."""
        return sum(len(parcel.data) for parcel in self.parcels)


def encode_namespace(values: Mapping[str, object], *, most_bytes: int = MOST_BYTES) -> KeptNames:
    """Keep names as far as codecs can hold them; the smaller ones first where not all fit.

    Objects of classes that the notebook itself defines are kept by the name of their class: define it again before
    `decode_namespace`.

    Raises:
        UnsafeError: Something must be pickled, and others can read this user's key.
    """
    budget, kept, left = Budget.of(most_bytes), dict[str, Encoded](), list[Left]()
    for name, value in values.items():
        found = _attempt(name, value, Budget.of(most_bytes))
        if isinstance(found, Left):
            left.append(found)
        else:
            kept[name] = found
    parcels = []
    for names in sorted(_together(kept), key=lambda names: sum(len(kept[name].data) for name in names)):
        parcel = _parcel(names, values, kept, budget)
        if isinstance(parcel, Parcel):
            parcels.append(parcel)
        else:
            left += parcel
    return KeptNames(tuple(parcels), tuple(left))


def decode_namespace(parcels: Iterable[bytes | StoredValue]) -> dict[str, object]:
    """The names of all parcels with their values.

    Raises:
        UnsafeError, EncodingError, FormatTooNewError, CorruptDataError: As for `decode`.
        OSError: A stored one cannot be read.
    """
    names: dict[str, object] = {}
    for parcel in parcels:
        values = parcel.value() if isinstance(parcel, StoredValue) else decode(parcel)
        if not isinstance(values, dict):
            raise CorruptDataError("A stored parcel of names holds none.")
        names.update(values)
    return names


def _attempt(name: str, value: object, budget: Budget) -> Encoded | Left:
    if isinstance(value, ModuleType | FunctionType | type):
        kind = "module" if isinstance(value, ModuleType) else "class" if isinstance(value, type) else "function"
        if not isinstance(value, FunctionType) or value.__name__ != "<lambda>":
            return Left(name, Why.DEFINITION, f"{name} is a {kind}")
    try:
        return encoded({name: value}, name, budget, Style.BY_NAME)
    except TooLarge as error:
        return Left(name, Why.SIZE, error.message)
    except EncodingError as error:
        return Left(name, Why.TYPE, error.message.replace(f"{name}[{name!r}]", name, 1))


def _together(kept: Mapping[str, Encoded]) -> list[list[str]]:
    """The names in groups that hold no object in common."""
    group = {name: [name] for name in kept}
    owner: dict[int, str] = {}
    for name, found in kept.items():
        for key, value in found.seen.items():
            first = owner.setdefault(key, name)
            if group[first] is not group[name] and is_held(value):
                joined = group[first] + group[name]
                group.update(dict.fromkeys(joined, joined))
    return list({id(names): names for names in group.values()}.values())


def _parcel(
    names: list[str], values: Mapping[str, object], kept: Mapping[str, Encoded], budget: Budget
) -> Parcel | list[Left]:
    together = {name: values[name] for name in names}
    try:
        if len(names) == 1:
            budget.spend(len(kept[names[0]].data))
            return Parcel(tuple(names), kept[names[0]].data)
        return Parcel(tuple(names), encoded(together, names[0], budget, Style.BY_NAME).data)
    except EncodingError as error:
        why = Why.SIZE if isinstance(error, TooLarge) else Why.TYPE
        return [Left(name, why, error.message) for name in names]
