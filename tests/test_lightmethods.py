"""The methods of light data classes are made when they are first needed, and nobody notices."""

from __future__ import annotations

import dataclasses
import inspect
import subprocess
import sys
import threading
from types import ModuleType

import pytest

from nbcellar import lightclasses
from tests.lightkinds import ACTS, both, point


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


def test_the_signature_is_there_before_and_after_the_first_instance() -> None:
    made = point(lightclasses, frozen=True, slots=True)
    before = inspect.signature(made)
    made(1)
    assert inspect.signature(made) == before
    assert before.parameters["x"].annotation == "int"


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
