"""What a cached task leaves besides its files: noticed by comparing before and after, kept for a hit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nbcellar.errors import EncodingError
from nbcellar.tasks.body.code import Code
from nbcellar.tasks.body.mutations import may_change
from nbcellar.tasks.cache.bindings import AROUND, KeptBindings, bound_since, keep, own_names
from nbcellar.tasks.cache.key import CacheKey
from nbcellar.tasks.cache.surroundings import Surroundings, surroundings_now, surroundings_since


@dataclass(frozen=True, slots=True)
class Before:
    """How things were when the body began."""

    namespace: Mapping[str, object]
    names: Mapping[str, object]
    around: Surroundings

    @classmethod
    def of(cls, namespace: Mapping[str, object]) -> Before:
        """Look now."""
        return cls(namespace, own_names(namespace), surroundings_now())


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be kept.

    Attributes:
        variables: Only these names; None for all, none for files only.
        value_needed: Whether a hit needs the body's value.
        own_folder: Whether the body ran in a folder of its own, which nobody is in afterwards.
        compares: Whether the namespace is the one that the key was taken from.
        most_bytes: More than this is not kept of names.
    """

    variables: tuple[str, ...] | None
    value_needed: bool
    own_folder: bool
    compares: bool
    most_bytes: int


def remember(before: Before, code: Code, key: CacheKey, wish: Wish, value: Mapping[str, object]) -> KeptBindings:
    """Keep what a body left.

    Args:
        value: Of the last expression, under its name here, where there is one.
    """
    bound = bound_since(before.names, before.namespace, key.parts if wish.compares else {}, code)
    more, left = dict(value), dict[str, str]()
    if wish.variables != ():
        left = _changed_unseen(before, code, key)
        try:
            around = surroundings_since(before.around, folder=not wish.own_folder, seeds="seed" in code.source)
        except EncodingError as error:
            left["the surroundings"] = error.message
        else:
            more |= {AROUND: around} if around else {}
    kept = keep(bound, before.namespace, code, wish.variables, more, wish.value_needed, wish.most_bytes)
    return replace(kept, left={**kept.left, **left})


def _changed_unseen(before: Before, code: Code, key: CacheKey) -> dict[str, str]:
    """Names that could not be compared, and that the body seems to have changed."""
    return {
        name: f"the body seems to change it, and it cannot be compared ({reason})"
        for name, reason in key.unknown.items()
        if name in before.names and may_change(name, before.names[name], code.tree)
    }
