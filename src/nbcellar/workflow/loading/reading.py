"""Reading values off a YAML tree: what is wrong is noted, and reading goes on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

from nbcellar.errors import did_you_mean
from nbcellar.model import JSON
from nbcellar.tasks.taskline.durations import is_duration, parse_duration
from nbcellar.workflow.documents.problems import Problem
from nbcellar.workflow.documents.valuetypes import not_json, shortened
from nbcellar.workflow.loading.yamltree import Listing, Node, Scalar, Table, plain

T = TypeVar("T")
MAX_COUNT = 1000


class Reading:
    """One pass over a document.

    Attributes:
        file: How problems name the document.
        lines: From each path of keys to its line, for later problems.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.lines: dict[str, int] = {}

    def note(self, key: str, line: int, message: str, hint: str = "") -> None:
        """Remember a problem."""
        self.problems.append(Problem(key or "document", message, hint, line, self.file))

    def table(
        self, node: Node | None, key: str, allowed: Iterable[str] | None = None, above: Collection[str] = ()
    ) -> dict[str, Node]:
        """The items of a mapping, without the keys that are not known.

        Args:
            allowed: The keys that are known; None for any.
            above: Keys that are known at the top of the file.
        """
        if node is None or is_nothing(node):
            return {}
        if not isinstance(node, Table):
            self.note(key, node.line, f"it must be a mapping of keys to values, and is {shown(node)}.")
            return {}
        for name, line in node.lines.items():
            self.lines[joined(key, name)] = line
            if allowed is not None and name not in allowed:
                hint = did_you_mean(name, allowed) or f"Known here: {', '.join(allowed)}."
                if name in above:
                    hint = f"`{name}:` stands at the top of the file, beside `steps:`."
                self.note(joined(key, name), line, f"unknown key {name!r}.", hint)
        return {name: item for name, item in node.items.items() if allowed is None or name in allowed}

    def each(self, node: Node | None, key: str, read: Callable[[str, Node, str], T]) -> dict[str, T]:
        """Read every item of a mapping; ``read`` gets its name, node and path of keys."""
        return {name: read(name, item, joined(key, name)) for name, item in self.table(node, key).items()}

    def text(self, items: Mapping[str, Node], name: str, key: str) -> str:
        """A text; empty where there is none."""
        node = items.get(name)
        if node is None or is_nothing(node):
            return ""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return node.value
        hint = "Put it in quotes." if isinstance(node, Scalar) else ""
        self.note(joined(key, name), node.line, f"it must be text, and is {shown(node)}.", hint)
        return ""

    def texts(self, items: Mapping[str, Node], name: str, key: str) -> tuple[str, ...]:
        """A list of texts; one text alone counts as such."""
        node = items.get(name)
        if node is None or is_nothing(node):
            return ()
        members = node.items if isinstance(node, Listing) else (node,)
        found = []
        for member in members:
            if isinstance(member, Scalar) and isinstance(member.value, str):
                found.append(member.value)
            else:
                self.note(joined(key, name), member.line, f"each item must be text, and this is {shown(member)}.")
        return tuple(found)

    def names(self, items: Mapping[str, Node], name: str, key: str) -> tuple[str, ...]:
        """A list of texts, each of which stands there once."""
        found = self.texts(items, name, key)
        for each in dict.fromkeys(found):
            if found.count(each) > 1:
                self.note(joined(key, name), items[name].line, f"{each!r} stands twice.")
        return found

    def json(self, node: Node, key: str) -> JSON:
        """Any JSON value."""
        value = plain(node)
        if reason := not_json(value):
            self.note(key, node.line, f"{reason}.")
        return value

    def truth(self, items: Mapping[str, Node], name: str, key: str) -> bool:
        """A yes or no; no where there is none."""
        node = items.get(name)
        if node is None or is_nothing(node):
            return False
        if not (isinstance(node, Scalar) and isinstance(node.value, bool)):
            self.note(joined(key, name), node.line, f"it must be true or false, and is {shown(node)}.")
        return isinstance(node, Scalar) and node.value is True

    def duration(
        self, items: Mapping[str, Node], name: str, key: str, hint: str = "Write 90, 10s, 30m, 2h or 7d."
    ) -> float | None:
        """Seconds; None where there is none."""
        node = items.get(name)
        if node is None or is_nothing(node):
            return None
        value = node.value if isinstance(node, Scalar) and not isinstance(node.value, bool) else ""
        if is_duration(str(value)):
            return parse_duration(str(value))
        self.note(joined(key, name), node.line, f"{shown(node)} is not a duration.", hint)
        return None

    def count(self, items: Mapping[str, Node], name: str, key: str) -> int:
        """A whole number from 0; 0 where there is none."""
        node = items.get(name)
        if node is None or is_nothing(node):
            return 0
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_COUNT:
            return value
        self.note(joined(key, name), node.line, f"it must be a number from 0 to {MAX_COUNT}, and is {shown(node)}.")
        return 0


def joined(key: str, name: str) -> str:
    """A path of keys, one longer."""
    return f"{key}.{name}" if key else name


def is_nothing(node: Node) -> bool:
    """Whether a key has no value."""
    return isinstance(node, Scalar) and node.value is None


def shown(node: Node) -> str:
    """A value, for a message."""
    match node:
        case Table():
            return "a mapping"
        case Listing(items=items):
            return f"a list of {len(items)}"
        case Scalar(value=value):
            return "nothing" if value is None else shortened(value)
