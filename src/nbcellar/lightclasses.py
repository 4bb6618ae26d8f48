"""The standard library's data classes, made so that defining one costs next to nothing.

A frozen data class with slots takes `dataclasses` 0.4 to 0.7 ms, because it compiles every method at once, and
importing `dataclasses` brings `inspect` and `ast` along. A command that ends within 0.1 s defines fifty. Here a method
is compiled when it is first called. All that one can see is as there: type checkers see the real ones; `fields`,
`asdict`, `is_dataclass`, signatures and pickles work; the tests hold the two side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from nbcellar.lightmethods import (
    HOME,
    LATER,
    MISSING,
    LightField,
    RealFields,
    RealParameters,
    Signature,
    fields_of,
    refuse_to_delete,
    refuse_to_set,
)
from nbcellar.lighttypes import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace

__all__ = ["dataclass", "field", "replace"]


def _field(
    *, default: object = MISSING, default_factory: Callable[[], object] | None = None, **rest: bool | None
) -> LightField:
    made = LightField(default, default_factory)
    for name, value in rest.items():
        setattr(made, name, value)
    return made


_given_names: dict[type, tuple[str, ...]] = {}
"""Of each class whose objects were replaced, the fields that it is made from: the same ones a million times."""


def _replace(one: object, /, **changes: object) -> object:
    owner = type(one)
    given = _given_names.get(owner)
    if given is None:
        given = _given_names[owner] = tuple(name for name, field in fields_of(owner).items() if field.init)
    whole = {name: changes.pop(name) if name in changes else getattr(one, name) for name in given}
    for name in changes.keys() & fields_of(owner).keys() if changes else ():
        raise ValueError(f"field {name} is declared with init=False, so it cannot be replaced")
    return owner(**whole, **changes)


def _dataclass(cls: type | None = None, /, **options: bool) -> object:
    """As the standard library's, with `repr`, `eq`, `order`, `frozen`, `slots` and `kw_only`."""

    def decorate(one: type) -> type:
        return _make(one, _Options(**options))

    return decorate if cls is None else decorate(cls)


class _Options:
    """What a decorator was given."""

    def __init__(
        self, *, eq: bool = True, order: bool = False, frozen: bool = False, slots: bool = False, **rest: bool
    ) -> None:
        self.eq, self.order, self.frozen, self.slots = eq, order, frozen, slots
        self.repr = rest.pop("repr", True)
        self.kw_only = rest.pop("kw_only", False)
        if rest:
            raise TypeError(f"light data classes do not know {', '.join(rest)}")

    def methods(self) -> list[str]:
        """The names of those that are made."""
        ordering = ["__lt__", "__le__", "__gt__", "__ge__"]
        return ["__init__", *["__repr__"] * self.repr, *["__eq__"] * self.eq, *ordering * self.order]


def _make(one: type, options: _Options) -> type:
    own = {name: _declared(one, name, annotation, options.kw_only) for name, annotation in _annotated(one)}
    fields = {name: field for base in reversed(one.__mro__[1:]) for name, field in _inherited(base)} | own
    positional = [field for field in fields.values() if field.init and not field.kw_only]
    _check_order(positional)
    space: dict[str, object] = {
        HOME: fields,
        "__match_args__": tuple(field.name for field in positional),
        "__dataclass_fields__": RealFields(),
        "__dataclass_params__": RealParameters(options.frozen),
        "__signature__": Signature(),
        **_methods(one, options),
    }
    return _slotted(one, own, space, options.frozen) if options.slots else _dressed(one, own, space)


def _methods(one: type, options: _Options) -> dict[str, object]:
    given, frozen, slots = one.__dict__, options.frozen, options.slots
    made: dict[str, object] = {name: LATER[name](frozen, slots) for name in options.methods() if name not in given}
    if options.eq and given.get("__hash__") is None:
        made["__hash__"] = LATER["__hash__"](frozen, slots) if frozen else None
    if frozen:
        made |= {"__setattr__": refuse_to_set, "__delattr__": refuse_to_delete}
    return made


def _dressed(one: type, own: Mapping[str, LightField], space: Mapping[str, object]) -> type:
    for name, field in own.items():
        if isinstance(one.__dict__.get(name), LightField):
            if field.default is MISSING:
                delattr(one, name)
            else:
                setattr(one, name, field.default)
    for name, value in space.items():
        setattr(one, name, value)
    return one


def _slotted(one: type, own: Mapping[str, LightField], space: Mapping[str, object], frozen: bool) -> type:
    """The class once more, with slots: they cannot be added to one that exists."""
    kept = {name: value for name, value in one.__dict__.items() if name not in own}
    kept.pop("__dict__", None)
    kept.pop("__weakref__", None)
    inherited = {name for base in one.__mro__[1:-1] for name in base.__dict__.get("__slots__", ())}
    kept |= {**space, "__slots__": tuple(name for name in own if name not in inherited)}
    if frozen:
        kept = {"__getstate__": _state, "__setstate__": _set_state} | kept
    made = type(one)(one.__name__, one.__bases__, kept)
    made.__qualname__ = one.__qualname__
    return made


def _annotated(one: type) -> Iterator[tuple[str, str]]:
    annotations: Mapping[str, object] = one.__annotations__
    for name, annotation in annotations.items():
        text = annotation if isinstance(annotation, str) else repr(annotation)
        if not text.startswith(("ClassVar", "typing.ClassVar")):
            yield name, text


def _declared(one: type, name: str, annotation: str, kw_only: bool) -> LightField:
    given = one.__dict__.get(name, MISSING)
    made = given if isinstance(given, LightField) else LightField(given)
    made.name, made.annotation = name, annotation
    made.kw_only = made.kw_only or kw_only
    if made.default.__class__.__hash__ is None:
        raise ValueError(f"mutable default {type(made.default)} for field {name} is not allowed: use default_factory")
    return made


def _inherited(base: type) -> Iterator[tuple[str, LightField]]:
    light: Mapping[str, LightField] | None = base.__dict__.get(HOME)
    if light is None and "__dataclass_fields__" in base.__dict__:
        raise TypeError(f"{base.__qualname__} is a data class of the standard library")
    yield from (light or {}).items()


def _check_order(positional: list[LightField]) -> None:
    optional = ""
    for field in positional:
        if field.optional:
            optional = field.name
        elif optional:
            raise TypeError(f"non-default argument {field.name!r} follows default argument {optional!r}")


def _state(self: object) -> list[object]:
    return [getattr(self, name) for name in fields_of(type(self))]


def _set_state(self: object, state: list[object]) -> None:
    for name, value in zip(fields_of(type(self)), state, strict=True):
        object.__setattr__(self, name, value)


if not TYPE_CHECKING:
    dataclass, field, replace = _dataclass, _field, _replace
