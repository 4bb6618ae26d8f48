"""The methods of light data classes: compiled at the first call, by the class that has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MemberDescriptorType

from nbcellar.lighttypes import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    import inspect
    from types import FunctionType

HOME = "__light_fields__"
MISSING = object()
STUB = "written when it is called"

Method = Callable[..., object]


class LightField:
    """A field, as it was declared; what it holds is called as in `dataclasses.Field`."""

    __slots__ = ("annotation", "compare", "default", "default_factory", "hash", "init", "kw_only", "name", "repr")

    def __init__(self, default: object = MISSING, default_factory: Callable[[], object] | None = None) -> None:
        self.name = ""
        self.annotation = ""
        self.default = default
        self.default_factory = default_factory
        self.init = self.repr = self.compare = True
        self.hash: bool | None = None
        self.kw_only = False

    @property
    def optional(self) -> bool:
        """Whether it may be left out."""
        return self.default is not MISSING or self.default_factory is not None


def fields_of(owner: type) -> Mapping[str, LightField]:
    """The fields of a light data class, by name, those that it inherits first."""
    found: Mapping[str, LightField] = getattr(owner, HOME)
    return found


def _later(name: str, write: Callable[[type, bool, bool], Method]) -> Callable[[bool, bool], Method]:
    """Makes a method that is written when it is first called, and takes its own place then."""

    def make(frozen: bool, slots: bool) -> Method:
        written: list[Method] = []

        def method(self: object, *given: object, **named: object) -> object:
            if not written:
                for owner in type(self).__mro__:
                    if owner.__dict__.get(name) is method:
                        written.append(write(owner, frozen, slots))
                        setattr(owner, name, written[0])
            return written[0](self, *given, **named)

        method.__name__ = STUB
        return method

    return make


_FEW = 16
"""So many objects of a class are filled field by field; compiling its `__init__` takes as long as filling fifty."""


def _later_init(frozen: bool, slots: bool) -> Method:
    """As `_later`, once there are more than a few objects: a command makes one or two of most classes."""
    compiled = _later("__init__", _write_init)(frozen, slots)
    made = 0

    def method(self: object, *given: object, **named: object) -> None:
        nonlocal made
        made += 1
        owner = type(self)
        if made <= _FEW and owner.__dict__.get("__init__") is method:
            method.__qualname__, method.__module__ = f"{owner.__qualname__}.__init__", owner.__module__
            values = _arguments(owner, given, named)
            if values is not None:
                _fill(self, values, object.__setattr__ if frozen else setattr, slots)
                return
        for one in owner.__mro__:
            if one.__dict__.get("__init__") is method:
                setattr(one, "__init__", compiled)  # noqa: B010  a plain assignment is an error to type checkers
        compiled(self, *given, **named)

    method.__name__ = STUB
    return method


def _arguments(owner: type, given: Sequence[object], named: Mapping[str, object]) -> dict[str, object] | None:
    """What each parameter was given; None where that is no call that could be, which the compiled method tells."""
    parameters = [field for field in fields_of(owner).values() if field.init]
    places = [field.name for field in parameters if not field.kw_only]
    values = dict(zip(places, given, strict=False))
    if len(given) > len(places) or not values.keys().isdisjoint(named):
        return None
    values.update(named)
    left = [field for field in parameters if field.name not in values]
    if len(values) + len(left) > len(parameters) or not all(field.optional for field in left):
        return None
    return values


def _fill(self: object, values: Mapping[str, object], put: Callable[[object, str, object], None], slots: bool) -> None:
    for name, field in fields_of(type(self)).items():
        if field.init and name in values:
            put(self, name, values[name])
        elif field.default_factory is not None:
            put(self, name, field.default_factory())
        elif field.init or (slots and field.default is not MISSING):
            put(self, name, field.default)
    after = getattr(self, "__post_init__", None)
    if after is not None:
        after()


def _compiled(owner: type, name: str, head: str, lines: list[str], space: dict[str, object]) -> FunctionType:
    body = "\n ".join(lines or ["pass"])
    made: dict[str, FunctionType] = {}
    exec(f"def {name}({head}):\n {body}", space, made)
    method = made[name]
    method.__qualname__ = f"{owner.__qualname__}.{name}"
    method.__module__ = owner.__module__
    return method


def _write_init(owner: type, frozen: bool, slots: bool) -> Method:
    space: dict[str, object] = {"_set": object.__setattr__, "_missing": MISSING}
    head: list[str] = ["self"]
    named: list[str] = []
    lines: list[str] = []
    annotations: dict[str, object] = {}
    for field in fields_of(owner).values():
        name = field.name
        value = name
        if field.init:
            annotations[name] = field.annotation
            (named if field.kw_only else head).append(name + ("=" + _default(field, space) if field.optional else ""))
        if field.default_factory is not None:
            space[f"_make_{name}"] = field.default_factory
            value = f"_make_{name}() if {name} is _missing else {name}" if field.init else f"_make_{name}()"
        elif not field.init:
            if field.default is MISSING or not slots:
                continue
            value = _default(field, space)
        lines.append(_setting(owner, name, value, space) if frozen else f"self.{name} = {value}")
    if hasattr(owner, "__post_init__"):
        lines.append("self.__post_init__()")
    method = _compiled(owner, "__init__", ", ".join([*head, *(["*", *named] if named else [])]), lines, space)
    method.__annotations__ = {**annotations, "return": None}
    return method


def _setting(owner: type, name: str, value: str, space: dict[str, object]) -> str:
    """Fills a field of a frozen class; by its slot, which takes half the time of asking for it by name."""
    slot: object = getattr(owner, name, None)
    if not isinstance(slot, MemberDescriptorType):
        return f"_set(self, {name!r}, {value})"
    space[f"_slot_{name}"] = slot.__set__
    return f"_slot_{name}(self, {value})"


def _default(field: LightField, space: dict[str, object]) -> str:
    if field.default_factory is not None:
        return "_missing"
    space[f"_default_{field.name}"] = field.default
    return f"_default_{field.name}"


def _write_repr(owner: type, frozen: bool, slots: bool) -> Method:
    from reprlib import recursive_repr

    shown = ", ".join(f"{field.name}={{self.{field.name}!r}}" for field in fields_of(owner).values() if field.repr)
    line = f'return f"{{self.__class__.__qualname__}}({shown})"'
    written = _compiled(owner, "__repr__", "self", [line], {})

    @recursive_repr()
    def method(self: object) -> str:
        return str(written(self))

    return method


def _values(of: str, owner: type) -> str:
    return "(" + "".join(f"{of}.{field.name}, " for field in fields_of(owner).values() if field.compare) + ")"


def _comparing(name: str, sign: str) -> Callable[[type, bool, bool], Method]:
    def write(owner: type, frozen: bool, slots: bool) -> Method:
        lines = [
            "if other.__class__ is self.__class__:",
            f" return {_values('self', owner)} {sign} {_values('other', owner)}",
            "return NotImplemented",
        ]
        return _compiled(owner, name, "self, other", lines, {})

    return write


def _write_hash(owner: type, frozen: bool, slots: bool) -> Method:
    hashed = [field for field in fields_of(owner).values() if (field.compare if field.hash is None else field.hash)]
    values = "".join(f"self.{field.name}, " for field in hashed)
    return _compiled(owner, "__hash__", "self", [f"return hash(({values}))"], {})


SIGNS = {"__eq__": "==", "__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}

LATER: Mapping[str, Callable[[bool, bool], Method]] = {
    "__init__": _later_init,
    "__repr__": _later("__repr__", _write_repr),
    "__hash__": _later("__hash__", _write_hash),
    **{name: _later(name, _comparing(name, sign)) for name, sign in SIGNS.items()},
}
"""Name to what makes the method, given whether the class is frozen and has slots."""


def refuse_to_set(self: object, name: str, value: object) -> None:
    """``__setattr__`` of a frozen class; what only a subclass has may be set."""
    if _is_fixed(self, name):
        _refuse(f"cannot assign to field {name!r}")
    object.__setattr__(self, name, value)


def refuse_to_delete(self: object, name: str) -> None:
    """``__delattr__`` of a frozen class."""
    if _is_fixed(self, name):
        _refuse(f"cannot delete field {name!r}")
    object.__delattr__(self, name)


def _is_fixed(one: object, name: str) -> bool:
    return HOME in type(one).__dict__ or name in fields_of(type(one))


def _refuse(why: str) -> NoReturn:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(why)


@cache
def _real(owner: type, frozen: bool) -> type:
    """A data class of the standard library with the same fields; made once: `dataclasses.replace` asks each time."""
    from dataclasses import make_dataclass

    fields = [(one.name, one.annotation, _real_field(one)) for one in fields_of(owner).values()]
    return make_dataclass(owner.__name__, fields, frozen=frozen)


def _real_field(one: LightField) -> object:
    import dataclasses

    if one.default_factory is not None:
        made: object = dataclasses.field(default_factory=one.default_factory)
    else:
        made = dataclasses.field() if one.default is MISSING else dataclasses.field(default=one.default)
    for name in ("init", "repr", "hash", "compare", "kw_only"):
        setattr(made, name, getattr(one, name))
    return made


class RealFields:
    """``__dataclass_fields__``, for whoever asks with the functions of the standard library."""

    def __get__(self, one: object, owner: type) -> object:
        return vars(_real(owner, False))["__dataclass_fields__"]


class RealParameters:
    """``__dataclass_params__``, for data classes of the standard library that are made from a light one."""

    def __init__(self, frozen: bool) -> None:
        self._frozen = frozen

    def __get__(self, one: object, owner: type) -> object:
        return vars(_real(owner, self._frozen))["__dataclass_params__"]


class Signature:
    """``__signature__``, for whoever inspects the class before its first instance is made."""

    def __get__(self, one: object, owner: type) -> inspect.Signature:
        import inspect

        whose = next(base for base in owner.__mro__ if "__init__" in base.__dict__)
        written: Method = whose.__dict__["__init__"]
        if HOME in whose.__dict__ and written.__name__ == STUB:
            written = _write_init(whose, False, False)
        found = inspect.signature(written)
        return found.replace(parameters=list(found.parameters.values())[1:])
