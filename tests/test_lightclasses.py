"""Light data classes are those of the standard library in all that one can see, held side by side."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import ClassVar, Generic, TypeVar

import pytest

from nbcellar import lightclasses

T = TypeVar("T")
KINDS: list[ModuleType] = [dataclasses, lightclasses]


def point(kind: ModuleType, **options: bool) -> type:
    class Point:
        """A place."""

        count: ClassVar[int] = 0
        x: int
        y: int = 2
        tags: list[str] = kind.field(default_factory=list)

        def sum(self) -> int:
            return self.x + self.y

    Point.__qualname__ = "Point"
    return kind.dataclass(**options)(Point)


def both(act: Callable[[ModuleType], object]) -> None:
    """The same comes out, or the same kind of error with either."""
    found = []
    for kind in KINDS:
        try:
            found.append(act(kind))
        except Exception as error:
            found.append(type(error))
    assert found[0] == found[1]


VARIANTS = [
    {"frozen": frozen, "slots": slots, "order": order, "repr": shown}
    for frozen in (False, True)
    for slots in (False, True)
    for order in (False, True)
    for shown in (True, False)
]

ACTS: dict[str, Callable[[type], object]] = {
    "repr": lambda made: made.__repr__ is object.__repr__ or repr(made(1, tags=["a"])),
    "equal": lambda made: (made(1), made(1) == made(1), made(1) == made(2), made(1) == 1)[1:],
    "hash": lambda made: made.__hash__ is None or isinstance(hash(made(1, 2, ())), int),
    "same hash": lambda made: hash(made(1, 2, ())) == hash(made(1, 2, ())),
    "order": lambda made: (made(1) < made(2), made(1) >= made(2)),
    "order of others": lambda made: made(1) < 1,
    "own lists": lambda made: made(1).tags is made(1).tags,
    "missing": lambda made: made(),
    "too many": lambda made: made(1, 2, [], 4),
    "unknown": lambda made: made(1, z=1),
    "assign": lambda made: setattr(made(1), "x", 2),
    "assign another": lambda made: setattr(made(1), "z", 2),
    "delete": lambda made: delattr(made(1), "x"),
    "match": lambda made: made.__match_args__,
    "slots": lambda made: getattr(made, "__slots__", None),
    "default on the class": lambda made: hasattr(made, "y") and not hasattr(made, "__slots__") and made.y,
    "no default for a factory": lambda made: "tags" in vars(made) and not hasattr(made, "__slots__"),
    "signature": lambda made: str(inspect.signature(made)).replace("<factory>", "FACTORY").replace("'", ""),
    "fields": lambda made: [(one.name, one.default, one.init, one.compare) for one in dataclasses.fields(made)],
    "asdict": lambda made: dataclasses.asdict(made(1)),
    "astuple": lambda made: dataclasses.astuple(made(1)),
    "is one": lambda made: (dataclasses.is_dataclass(made), dataclasses.is_dataclass(made(1))),
    "real replace": lambda made: dataclasses.replace(made(1), y=5).y,
    "copy": lambda made: copy.copy(made(1)).x,
    "deep copy": lambda made: copy.deepcopy(made(1)).tags,
    "methods": lambda made: made(1).sum(),
    "class variables": lambda made: made.count,
    "doc": lambda made: made.__doc__,
    "names": lambda made: (made.__name__, made.__qualname__, made.__init__.__qualname__ if made(1) else ""),
}


@pytest.mark.parametrize("earlier", [0, 40], ids=["first", "after many"])  # many make its `__init__` compiled
@pytest.mark.parametrize("act", ["equal", "own lists", "missing", "too many", "unknown", "fields", "names"])
@pytest.mark.parametrize("frozen", [True, False], ids=["frozen", ""])
def test_the_first_object_of_a_class_is_as_any_later_one(frozen: bool, act: str, earlier: int) -> None:
    def do(kind: ModuleType) -> object:
        made = point(kind, frozen=frozen, slots=True)
        for number in range(earlier):
            assert (made(number, y=3).x, made(x=number).y) == (number, 2)
        return ACTS[act](made)

    both(do)


def test_a_class_whose_base_has_many_objects_fills_its_own_fields() -> None:
    def act(kind: ModuleType) -> object:
        @kind.dataclass
        class Base:
            a: int

        @kind.dataclass
        class Derived(Base):
            b: int = 2

            def __post_init__(self) -> None:
                self.b += 1

        class Plain(Derived):
            def __init__(self) -> None:
                super().__init__(5)
                self.c = self.a + self.b

        for number in range(20):
            Base(number)
        return Derived(1).b, [Plain().c for _ in range(20)], Derived(1, 7).b, Base(4).a

    both(act)


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


def test_the_signature_is_there_before_and_after_the_first_instance() -> None:
    made = point(lightclasses, frozen=True, slots=True)
    before = inspect.signature(made)
    made(1)
    assert inspect.signature(made) == before
    assert before.parameters["x"].annotation == "int"


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


def test_many_threads_may_make_the_first_instance() -> None:
    for _ in range(50):
        made = point(lightclasses, frozen=True, slots=True)
        start = threading.Barrier(4)
        seen: list[object] = []

        def work(made: type = made, start: threading.Barrier = start, seen: list[object] = seen) -> None:
            start.wait()
            seen.append(made(1) == made(1))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen == [True] * 4


def test_defining_one_brings_neither_dataclasses_nor_inspect() -> None:
    code = (
        "import sys; from nbcellar.lightclasses import dataclass\n"
        "@dataclass(frozen=True, slots=True)\nclass A:\n    a: 'int' = 1\n"
        "assert A().a == 1 and A() == A() and hash(A()) and repr(A())\n"
        "print({'dataclasses', 'inspect', 'ast'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"


def test_the_standard_librarys_fields_are_made_once() -> None:
    """`dataclasses.replace` asks for them twice in each call, and making them costs milliseconds."""

    @lightclasses.dataclass(frozen=True, slots=True)
    class Point:
        x: int
        y: int = 2

    assert dataclasses.fields(Point)[0] is dataclasses.fields(Point)[0]  # type: ignore[arg-type]
    assert dataclasses.replace(Point(1), y=3) == Point(1, 3)  # type: ignore[type-var]
