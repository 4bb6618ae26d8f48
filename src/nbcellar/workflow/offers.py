"""What a notebook gives to other steps: its tasks, results and records, read from its code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from nbcellar.errors import did_you_mean

_MARKER = re.compile(r"[ \t]*%%?task[ \t]+(?P<name>\S+)")
_CALL = re.compile(r"\b(?P<verb>task|result|record)\(\s*(?:name\s*=\s*)?[\"'](?P<name>[^\"'\\]+)[\"']")
_SHELL = re.compile(r"^(?P<indent>[ \t]*)(?:[%!].*|[^#\n]*\?\??[ \t]*)$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Offers:
    """Names that a mapping can take from.

    Attributes:
        unknown: There is a name that only running the notebook would tell, so any may exist.
    """

    tasks: frozenset[str] = frozenset()
    results: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    unknown: bool = False

    @property
    def all(self) -> frozenset[str]:
        """Every name."""
        return self.tasks | self.results | self.records

    def missing(self, name: str, among: Iterable[str]) -> str:
        """A hint for a name that is not there."""
        known = sorted(among)
        return did_you_mean(name, known) or (f"It has {', '.join(known)}." if known else "It has none.")


@dataclass(slots=True)
class _Found:
    task: set[str] = field(default_factory=set)
    result: set[str] = field(default_factory=set)
    record: set[str] = field(default_factory=set)
    unknown: bool = False

    def add(self, verb: str, name: str | None) -> None:
        if name is None:
            self.unknown = True
        else:
            {"task": self.task, "result": self.result, "record": self.record}[verb].add(name)


def read_offers(cells: Iterable[str]) -> Offers:
    """Read the sources of code cells."""
    found = _Found()
    for source in cells:
        body, marker = _without_marker(source)
        if marker is not None:
            found.add("task", marker if _NAME.fullmatch(marker) else None)
        if any(verb in body for verb in ("result(", "record(", "task(", "task\n")):
            _read_calls(body, found)
    return Offers(frozenset(found.task), frozenset(found.result), frozenset(found.record), found.unknown)


def _without_marker(source: str) -> tuple[str, str | None]:
    """The cell without its task marker, and the marker's name; other magics and comments may stand above it."""
    lines = source.split("\n")
    for index, line in enumerate(lines):
        if match := _MARKER.match(line):
            return "\n".join((*lines[:index], "", *lines[index + 1 :])), match["name"]
        if line.strip() and not line.lstrip().startswith(("%", "#")):
            break
    return source, None


def _read_calls(source: str, found: _Found) -> None:
    """Add what the calls name; where the code is no plain Python, what looks like such a call."""
    try:
        tree = ast.parse(_SHELL.sub(lambda match: f"{match['indent']}pass", source))
    except (SyntaxError, ValueError, RecursionError):
        for match in _CALL.finditer(source):
            found.add(match["verb"], match["name"])
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (verb := _verb(node.func)):
            found.add(verb, _first_text(node))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for name in _decorated(node):
                found.add("task", name)


def _verb(function: ast.expr) -> str | None:
    """Which of our verbs a call is: ``cellar.result``, ``nbcellar.record``, or the bare name."""
    match function:
        case ast.Attribute(value=ast.Name(id="cellar" | "nbcellar"), attr=("task" | "result" | "record") as verb):
            return verb
        case ast.Name(id=("result" | "record") as verb):
            return verb
    return None


def _first_text(call: ast.Call) -> str | None:
    """The name that a call is given; None where only running tells."""
    named = [keyword.value for keyword in call.keywords if keyword.arg == "name"]
    match [*call.args[:1], *named]:
        case [ast.Constant(value=str(text)), *_]:
            return text
    return None


def _decorated(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """A function under ``@cellar.task`` is a task of its own name."""
    for decorator in function.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if _verb(target) == "task":
            yield function.name
