"""Strict YAML as a tree that knows its lines.

Nothing is constructed but what JSON has: no tags, no aliases (306 bytes of them can mean gigabytes), no dates, and no
key twice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON
from nbcellar.workflow.documents.problems import Problem, reject

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 2**20
MAX_DEPTH = 32
MAX_NODES = 10_000


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value without parts."""

    line: int
    value: bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A list."""

    line: int
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping with text keys, and the line of each key."""

    line: int
    items: Mapping[str, Node]
    lines: Mapping[str, int]


Node: TypeAlias = Scalar | Listing | Table


_PAIR = re.compile(r"(\\\\)|\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
"""What JSON writes for a character beyond U+FFFF, and YAML does not know; a backslash before another is none of it."""


_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


_MARK = "\ufeff"


def _joined(match: re.Match[str]) -> str:
    if match[1]:
        return match[1]
    return bytes.fromhex(match[2] + match[3]).decode("utf-16-be")


def plain(node: Node) -> JSON:
    """The JSON value of a node."""
    match node:
        case Scalar(value=value):
            return value
        case Listing(items=items):
            return [plain(item) for item in items]
        case Table(items=table):
            return {key: plain(item) for key, item in table.items()}


def read_tree(text: str, file: str) -> Node:
    """Read one YAML (or JSON) document.

    Raises:
        InvalidWorkflow: It is not YAML, or uses more of YAML than is allowed here.
    """
    if len(text.encode()) > MAX_BYTES:
        reject(file, [Problem("document", f"it is larger than {MAX_BYTES // 2**20} MiB.", file=file)])
    import yaml  # 15 ms, and a workflow made in Python needs none of it

    if text.lstrip().startswith("{"):
        text = _PAIR.sub(_joined, text)
    try:
        return _Composer(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)), file).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        line = mark.line + 1 if mark else _unreadable_line(text)
        if marked := _marked_line(text, line):
            line, reason = marked, "a byte order mark (U+FEFF) stands there, which only a file may begin with"
        hint = "The line begins with a tab, and YAML is indented with spaces." if _begins_with_tab(text, line) else ""
        reject(file, [Problem("document", f"it is not readable as YAML: {reason}.", hint, line=line, file=file)])


def _unreadable_line(text: str) -> int:
    """The line of the first character that YAML refuses, which its reader does not tell."""
    found = _CONTROL.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def _marked_line(text: str, line: int) -> int:
    """The line of a byte order mark that YAML stumbled over, on that line or the one before; 0 where there is none."""
    lines = text.removeprefix(_MARK).split("\n")
    return next(
        (number for number in (line, line - 1) if number > 0 and _MARK in "".join(lines[number - 1 : number])), 0
    )


def _begins_with_tab(text: str, line: int) -> bool:
    lines = text.splitlines()
    if not 0 < line <= len(lines):
        return False
    whole = lines[line - 1]
    return "\t" in whole[: len(whole) - len(whole.lstrip())]


class _Composer:
    """Builds the tree from yaml's events, within the limits."""

    def __init__(self, events: Iterator[yaml.Event], file: str) -> None:
        self.events = events
        self.file = file
        self.count = 0

    def document(self) -> Node:
        import yaml

        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                root = self.node(next(self.events), 0)
                next(self.events)  # the end of the document
                following = next(self.events)
                if isinstance(following, yaml.DocumentStartEvent):
                    self.stop("one file holds one workflow, and a second document begins here.", following)
                return root
        self.stop("it is empty.", None)

    def node(self, event: yaml.Event, depth: int) -> Node:
        import yaml

        self.count += 1
        if self.count > MAX_NODES:
            self.stop(f"it has more than {MAX_NODES:,} values.", event)
        if depth > MAX_DEPTH:
            self.stop(f"it is nested deeper than {MAX_DEPTH} levels.", event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self.stop("anchors and aliases (& and *) are not allowed; write the value out.", event)
        if tag := getattr(event, "tag", None):
            self.stop(f"the tag {tag} is not allowed; write a plain value.", event)
        line = _line(event)
        if isinstance(event, yaml.ScalarEvent):
            try:
                return Scalar(line, scalar(event.value) if event.implicit[0] else event.value)
            except ValueError:  # Python reads no more digits
                self.stop(f"a number has {len(event.value):,} digits.", event)
        if isinstance(event, yaml.SequenceStartEvent):
            return Listing(line, tuple(self.items(depth)))
        return self.table(line, depth)

    def items(self, depth: int) -> list[Node]:
        import yaml

        found = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            found.append(self.node(event, depth + 1))
        return found

    def table(self, line: int, depth: int) -> Table:
        import yaml

        items: dict[str, Node] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            if not isinstance(key, Scalar):
                self.stop("a key must be text.", event)
            text = key.value if isinstance(key.value, str) else str(getattr(event, "value", key.value))
            if text == "<<":
                self.stop("merging (<<) is not allowed; write the keys out.", event)
            if text in items:
                self.stop(f"the key {text!r} stands twice (first in line {lines[text]}).", event)
            items[text] = self.node(next(self.events), depth + 1)
            lines[text] = key.line
        return Table(line, items, lines)

    def stop(self, message: str, event: yaml.Event | None) -> NoReturn:
        line = 0 if event is None else _line(event)
        reject(self.file, [Problem("document", message, line=line, file=self.file)])


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0


_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}


def scalar(text: str) -> bool | int | float | str | None:
    """What a bare word means, by the core schema of YAML 1.2: ``yes`` and ``12:30`` and dates stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text
