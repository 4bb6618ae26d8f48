"""The two makers of data classes, the classes that both make, and what is done with these."""

from __future__ import annotations

import copy
import dataclasses
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import ClassVar, TypeVar

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
