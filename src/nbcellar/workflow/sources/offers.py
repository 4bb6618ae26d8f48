"""What a notebook gives to other steps: its tasks, results and records, read from its code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from nbcellar.errors import did_you_mean
from nbcellar.lightclasses import dataclass, field

_MARKER = re.compile(r"[ \t]*%%?task[ \t]+(?P<name>\S+)")
_CALL = re.compile(r"\b(?P<verb>task|result|record)\(\s*(?:name\s*=\s*)?[\"'](?P<name>[^\"'\\]+)[\"']")
_SHELL = re.compile(r"^(?P<indent>[ \t]*)(?:[%!].*|[^#\n]*\?\??[ \t]*)$", re.MULTILINE)
Shape: TypeAlias = "Mapping[str, Shape] | None"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Offers:
    """Names that a mapping can take from.

    Attributes:
        unknown: There is a name that only running the notebook would tell, so any may exist.
        shapes: What records hold, as far as they are written out: keys of mappings, None for what is computed.
    """

    tasks: frozenset[str] = frozenset()
    results: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    unknown: bool = False
    shapes: Mapping[str, Shape] = field(default_factory=dict)

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
    shapes: dict[str, Shape] = field(default_factory=dict)

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
    return Offers(frozenset(found.task), frozenset(found.result), frozenset(found.record), found.unknown, found.shapes)


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
            if verb == "record" and (name := _first_text(node)):
                found.shapes[name] = None if name in found.shapes else _recorded(node)
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


def _recorded(call: ast.Call) -> Shape:
    """What a call records: its inputs and outputs."""
    given: dict[str, ast.expr | None] = {each.arg: each.value for each in call.keywords if each.arg}
    if any(each.arg is None for each in call.keywords) or any(isinstance(each, ast.Starred) for each in call.args):
        return None
    given |= dict(zip(("name", "inputs", "outputs"), call.args, strict=False))
    return {part: _shape(given[part]) if given.get(part) else {} for part in ("inputs", "outputs")}


def _shape(value: ast.expr | None) -> Shape:
    if not isinstance(value, ast.Dict):
        return None
    found: dict[str, Shape] = {}
    for key, item in zip(value.keys, value.values, strict=True):
        if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
            return None
        found[key.value] = _shape(item)
    return found


def shape_problem(shape: Shape, path: Sequence[str | int]) -> tuple[str, str]:
    """Where a path leaves what is written out, and a hint; empty texts where it does not, as far as that is known."""
    for depth, key in enumerate(path):
        if shape is None:
            return "", ""
        if str(key) not in shape:
            place = ".".join(map(str, path[:depth])) or "the record"
            hint = did_you_mean(str(key), shape) or f"It has {', '.join(shape) or 'nothing'}."
            return f"{place} has no {str(key)!r}.", hint
        shape = shape[str(key)]
    return "", ""


def _decorated(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """A function under ``@cellar.task`` is a task of its own name."""
    for decorator in function.decorator_list:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if _verb(target) == "task":
            yield function.name
