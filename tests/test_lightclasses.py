"""Light data classes are those of the standard library in all that one can see, held side by side."""

from __future__ import annotations

import dataclasses
import inspect
import pickle
from types import ModuleType
from typing import Generic

import pytest

from nbcellar import lightclasses
from tests.lightkinds import ACTS, KINDS, VARIANTS, T, both, point


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("options", VARIANTS, ids=lambda options: " ".join(key for key in options if options[key]))
def test_a_class_behaves_as_one_of_the_standard_library(options: dict[str, bool], act: str) -> None:
    def do(kind: ModuleType) -> object:
        found = ACTS[act](point(kind, **options))
        return str(found).replace("<factory>", "FACTORY") if act == "signature" else found

    if act == "signature":  # the standard library names its sentinel, we ours
        for kind in KINDS:
            names = list(inspect.signature(point(kind, **options)).parameters)
            assert names == ["x", "y", "tags"]
        return
    if act == "assign another" and options["frozen"] and options["slots"]:
        # the standard library stumbles over its own class here (TypeError from super)
        with pytest.raises(dataclasses.FrozenInstanceError):
            do(lightclasses)
        return
    both(do)


def test_a_generic_class_with_arguments_can_be_called() -> None:
    @lightclasses.dataclass(frozen=True, slots=True)
    class Page(Generic[T]):
        rows: tuple[T, ...]

    assert Page[int]((1, 2)).rows == (1, 2)


@pytest.mark.parametrize("options", VARIANTS, ids=lambda options: " ".join(key for key in options if options[key]))
def test_fields_that_are_no_parameters_not_shown_or_not_compared(options: dict[str, bool]) -> None:
    def act(kind: ModuleType) -> object:
        class Odd:
            a: int
            b: int = kind.field(default=3, init=False)
            c: int = kind.field(default=4, repr=False, compare=False)
            d: list[int] = kind.field(default_factory=lambda: [1], init=False)
            e: int = kind.field(default=0, kw_only=True)

        made = kind.dataclass(**options)(Odd)
        one = made(1, e=2)
        return one.b, one.c, one.d, one.e, made(1, 5) == made(1, 6), repr(one).rpartition(".")[2].partition(" at ")[0]

    both(act)


def test_inheritance_adds_fields_and_keeps_their_order() -> None:
    def act(kind: ModuleType) -> object:
        @kind.dataclass(frozen=True, slots=True)
        class Base:
            a: int
            b: int = 1

        @kind.dataclass(frozen=True, slots=True)
        class Derived(Base):
            c: int = 2
            b: int = 7

        one = Derived(0)
        return (
            one.a,
            one.b,
            one.c,
            Derived.__slots__,
            Derived.__match_args__,
            one == Derived(0),
            Base(0) == one,
            hasattr(one, "__dict__"),
            [field.name for field in dataclasses.fields(Derived)],
        )

    both(act)


def test_a_plain_subclass_of_a_frozen_class_has_attributes_of_its_own() -> None:
    def act(kind: ModuleType) -> object:
        @kind.dataclass(frozen=True)
        class Base:
            a: int

        class Plain(Base):
            pass

        one = Plain(1)
        one.z = 3
        with pytest.raises(dataclasses.FrozenInstanceError):
            one.a = 2
        return one.z, one.a, one == Plain(1), one == Base(1)

    both(act)


def test_post_init_generics_and_methods_that_are_written_out() -> None:
    def act(kind: ModuleType) -> object:
        @kind.dataclass(frozen=True, slots=True)
        class Page(Generic[T]):
            rows: tuple[T, ...]
            total: int = 0

            def __post_init__(self) -> None:
                object.__setattr__(self, "total", len(self.rows))

            def __repr__(self) -> str:
                return "a page"

            def __hash__(self) -> int:
                return 7

        one = Page((1, 2))
        return one.total, repr(one), hash(one), Page.__slots__

    both(act)


def test_a_mutable_default_and_a_wrong_order_are_refused() -> None:
    def mutable(kind: ModuleType) -> object:
        @kind.dataclass
        class Bad:
            a: list[int] = []  # noqa: RUF012

        return Bad

    def order(kind: ModuleType) -> object:
        @kind.dataclass
        class Bad:
            a: int = 1
            b: int

        return Bad

    both(mutable)
    both(order)


def test_replace_knows_what_can_be_replaced() -> None:
    def act(kind: ModuleType) -> object:
        made = point(kind, frozen=True, slots=True)
        one = kind.replace(made(1), x=3)
        with pytest.raises(TypeError):
            kind.replace(made(1), z=3)
        return one.x, one.y

    both(act)


def test_an_option_that_is_not_known_is_refused() -> None:
    with pytest.raises(TypeError, match="unsafe_hash"):
        point(lightclasses, unsafe_hash=True)


@lightclasses.dataclass(frozen=True, slots=True)
class Kept:
    """Something that pickle finds by its name."""

    a: int
    b: tuple[int, ...] = ()


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_frozen_class_with_slots_comes_back_from_a_pickle(protocol: int) -> None:
    assert pickle.loads(pickle.dumps(Kept(1, (2, 3)), protocol)) == Kept(1, (2, 3))


def test_a_class_of_the_standard_library_can_be_made_from_a_light_one() -> None:
    @dataclasses.dataclass(frozen=True)
    class More(Kept):
        c: int = 5

    assert (More(1).a, More(1).c) == (1, 5)
    with pytest.raises(TypeError, match="non-frozen"):

        @dataclasses.dataclass
        class Thawed(Kept):
            c: int = 5
