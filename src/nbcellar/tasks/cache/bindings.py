"""The names that a body binds, changes and deletes, and how they are kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nbcellar.errors import EncodingError
from nbcellar.model import JSON
from nbcellar.tasks.body.code import Code
from nbcellar.tasks.body.definitions import bindings_of, bound_by_with, reference_to, repeatable
from nbcellar.tasks.cache.fingerprint import fingerprint
from nbcellar.tasks.cache.key import Parts
from nbcellar.tasks.codecs import Why, encode_namespace
from nbcellar.tasks.codecs.namespace import KeptNames
from nbcellar.tasks.codecs.sizes import MOST_BYTES

_SHELLS = re.compile(r"_+|_i{1,3}|_i?\d+|_[ido]h|_exit_code|In|Out|exit|quit|get_ipython|open|__\w+__")
VALUE = "__nbcellar_value__"
"""Under this name the value of the last expression is kept."""

AROUND = "__nbcellar_around__"
"""Under this name the surroundings that the body changed are kept."""

REFERENCES = "__nbcellar_references__"
"""Under this name what can be imported is kept, by the name that it is bound to."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a body did to a namespace.

    Attributes:
        names: New ones, and those that are bound to another object, or to an object that changed.
        changed: Of these, the ones that are bound to the same object as before.
        deleted: Names that are gone.
    """

    names: tuple[str, ...]
    changed: tuple[str, ...]
    deleted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KeptBindings:
    """Bound names as bytes.

    Attributes:
        left: Names that could not be kept, each with the reason; a hit is impossible while there are any.
        left_out: Names that were not asked for.
        spent: Names of what is closed by now, such as the file of a ``with``; a hit has no use for them.
    """

    parcels: tuple[bytes, ...]
    names: tuple[str, ...]
    changed: tuple[str, ...]
    deleted: tuple[str, ...]
    left: Mapping[str, str]
    left_out: tuple[str, ...]
    spent: tuple[str, ...] = ()


def own_names(namespace: Mapping[str, object]) -> dict[str, object]:
    """The names that are the user's, with their values."""
    return {name: value for name, value in namespace.items() if not _SHELLS.fullmatch(name)}


def bound_since(before: Mapping[str, object], namespace: Mapping[str, object], key: Parts, code: Code) -> Bound:
    """Compare a namespace with what it was.

    Args:
        code: Every name that it binds counts: bound to 1 again, a name has the very same object.
        key: With the fingerprints of what the body read, taken before it ran.
    """
    after = own_names(namespace)
    missing = object()
    stored = set(bindings_of(code.tree))
    names = [name for name, value in after.items() if before.get(name, missing) is not value or name in stored]
    read = key.get("names")
    known = read if isinstance(read, dict) else {}
    kept = [name for name in known if name in after and before.get(name, missing) is after[name]]
    changed = [name for name in kept if _changed(known[name], after[name])]
    return Bound(
        names=tuple(sorted({*names, *changed})),
        changed=tuple(sorted(changed)),
        deleted=tuple(sorted(name for name in before if name not in after)),
    )


def _changed(recorded: JSON, value: object) -> bool:
    """Whether a value that was read is another one now, although it is the same object."""
    if not isinstance(recorded, dict) or "fingerprint" not in recorded:
        return False
    try:
        return fingerprint(value) != recorded["fingerprint"]
    except EncodingError:  # it has grown beyond what is compared
        return True


def keep(
    bound: Bound,
    namespace: Mapping[str, object],
    code: Code,
    wanted: Iterable[str] | None,
    more: Mapping[str, object],
    value_needed: bool = False,
    most_bytes: int = MOST_BYTES,
) -> KeptBindings:
    """Encode what a body bound.

    Args:
        wanted: Only these; None for all.
        more: What else is kept, under names of our own: the value of the last expression, the surroundings.
        value_needed: Whether the value must be kept; else it is where it can be.
        most_bytes: More than this is not kept.
    """
    chosen = set(bound.names) if wanted is None else set(wanted) & set(bound.names)
    values = {name: namespace[name] for name in bound.names if name in chosen}
    repeated = repeatable(code.tree)
    references = {
        name: reference for name, value in values.items() if name not in repeated and (reference := reference_to(value))
    }
    more = {**more, REFERENCES: references} if references else more
    whole = {name: value for name, value in values.items() if name not in references} | dict(more)
    kept = encode_namespace(whole, most_bytes=most_bytes)
    left = _left(kept, bound, repeated, value_needed)
    withs = bound_by_with(code.tree)
    spent = {
        name for name in left if name in values and (name in withs or getattr(values[name], "closed", None) is True)
    }
    return KeptBindings(
        parcels=tuple(parcel.data for parcel in kept.parcels),
        names=tuple(sorted(chosen - spent)),
        changed=tuple(sorted(set(bound.changed) & chosen)),
        deleted=bound.deleted if wanted is None else (),
        left={name: reason for name, reason in left.items() if name not in spent},
        left_out=tuple(sorted(set(bound.names) - chosen)),
        spent=tuple(sorted(spent)),
    )


def _left(kept: KeptNames, bound: Bound, repeated: Mapping[str, str], value_needed: bool) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in kept.left:
        if one.name == VALUE:
            if value_needed:
                found["the value"] = one.reason
        elif one.name == AROUND:
            found["the surroundings"] = one.reason
        elif one.why is not Why.DEFINITION:
            found[one.name] = one.reason
        elif one.name in bound.changed:
            found[one.name] = "the body changes something that it uses"
        elif one.name not in repeated:
            found[one.name] = f"{one.reason} that no import, def or class at the top of the cell makes"
        elif repeated[one.name]:
            found[one.name] = repeated[one.name]
    return found
