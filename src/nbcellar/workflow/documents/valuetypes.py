"""Types as annotations write them, and whether a JSON value fits."""

from __future__ import annotations

import ast
import builtins
import math

from nbcellar.errors import did_you_mean
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON

KINDS = ("int", "float", "str", "bool", "list", "dict", "None")
_ALIASES = {
    **{kind: kind for kind in KINDS},
    "List": "list",
    "Dict": "dict",
    "tuple": "list",
    "Tuple": "list",
    "Sequence": "list",
    "Iterable": "list",
    "Mapping": "dict",
    "Path": "str",
    "PathLike": "str",
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "array": "list",
    "object": "dict",
    "null": "None",
    "NoneType": "None",
}


_CONSTRUCTORS = ("Optional", "Union", "Annotated", "Literal", "Any")


@dataclass(frozen=True, slots=True)
class ValueType:
    """What values are allowed.

    Attributes:
        text: As it was written.
        kinds: Of JSON's kinds; empty with no literals for anything.
        literals: Exact values that are allowed besides.
    """

    text: str
    kinds: frozenset[str] = frozenset()
    literals: tuple[JSON, ...] = ()

    @property
    def anything(self) -> bool:
        """Whether every value fits."""
        return not self.kinds and not self.literals

    def fits(self, value: JSON) -> bool:
        """Whether a value is allowed; an int is a float too, a bool is no number."""
        if self.anything or kind_of(value) in self.kinds:
            return True
        if any(value == literal and kind_of(value) == kind_of(literal) for literal in self.literals):
            return True
        return kind_of(value) == "int" and "float" in self.kinds

    def __str__(self) -> str:
        return self.text


def kind_of(value: JSON) -> str:
    """The kind of a JSON value."""
    return "None" if value is None else type(value).__name__


def shortened(value: object) -> str:
    """A value in at most 60 characters, for a message."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def parse_type(text: str) -> ValueType | None:
    """Read a type; one that JSON cannot tell apart allows anything; None where it is no type at all."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None
    kinds, literals = _parts(tree)
    return ValueType(text.strip(), kinds, literals)


WRITE = "Write int, float, str, bool, list, dict, `int | None` or Literal[...]."


def mistyped(text: str) -> str:
    """What to write instead of a type that is none, or of a name that no type has; empty where nothing is wrong.

    A name with a module before it may be anybody's type.
    """
    try:
        return _mistyped(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError):
        return WRITE


def _mistyped(tree: ast.expr) -> str:
    match tree:
        case ast.Constant(value=None) | ast.Constant(value=builtins.Ellipsis) | ast.Attribute():
            return ""
        case ast.Constant(value=str(quoted)):
            return mistyped(quoted)
        case ast.Name(id=name):
            return "" if _is_type(name) else did_you_mean(name, KINDS) or WRITE
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _mistyped(left) or _mistyped(right)
        case ast.Subscript(value=outer, slice=inner):
            return _mistyped(outer) or _mistyped_inside(outer, inner)
    return WRITE


def _mistyped_inside(outer: ast.expr, inner: ast.expr) -> str:
    members = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
    match outer:
        case ast.Name(id="Literal") | ast.Attribute(attr="Literal"):
            return "" if all(isinstance(each, ast.Constant | ast.UnaryOp) for each in members) else WRITE
        case ast.Name(id="Annotated") | ast.Attribute(attr="Annotated"):
            members = members[:1]
    return next(filter(None, map(_mistyped, members)), "")


def _is_type(name: str) -> bool:
    return name in _ALIASES or name in _CONSTRUCTORS or isinstance(getattr(builtins, name, None), type)


def type_of_default(value: JSON) -> ValueType:
    """What fits where only a default is known: its kind, any number for a number, and None."""
    kind = kind_of(value)
    if kind == "None":
        return ValueType("anything")
    kinds = {"int", "float"} if kind in ("int", "float") else {kind}
    return ValueType("number" if len(kinds) == 2 else kind, frozenset(kinds | {"None"}))


_Parts = tuple[frozenset[str], tuple[JSON, ...]]
_ANYTHING: _Parts = (frozenset(), ())


def _parts(tree: ast.expr) -> _Parts:
    match tree:
        case ast.Constant(value=None):
            return frozenset({"None"}), ()
        case ast.Constant(value=str(text)):  # a quoted annotation
            inner = parse_type(text)
            return (inner.kinds, inner.literals) if inner else _ANYTHING
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return (frozenset({_ALIASES[name]}), ()) if name in _ALIASES else _ANYTHING
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union([_parts(left), _parts(right)])
        case ast.Subscript(value=ast.Name(id=outer) | ast.Attribute(attr=outer), slice=inner):
            return _subscripted(outer, inner)
    return _ANYTHING


def _subscripted(outer: str, inner: ast.expr) -> _Parts:
    members = list(inner.elts) if isinstance(inner, ast.Tuple) else [inner]
    if outer == "Optional":
        return _union([_parts(inner), (frozenset({"None"}), ())])
    if outer == "Union":
        return _union([_parts(member) for member in members])
    if outer == "Annotated":
        return _parts(members[0])
    if outer == "Literal":
        values = tuple(_literal(member) for member in members)
        return frozenset(), values
    return (frozenset({_ALIASES[outer]}), ()) if outer in _ALIASES else _ANYTHING


def _union(parts: list[_Parts]) -> _Parts:
    if any(part == _ANYTHING for part in parts):
        return _ANYTHING
    return frozenset().union(*(kinds for kinds, _ in parts)), tuple(value for _, values in parts for value in values)


def _literal(tree: ast.expr) -> JSON:
    try:
        value = ast.literal_eval(tree)
    except (ValueError, TypeError):
        return ast.unparse(tree)
    return value if isinstance(value, bool | int | float | str | None) else repr(value)


MAX_DEPTH = 100


def not_json(value: object, path: str = "", depth: int = 0) -> str:
    """Why a value is not JSON, naming the part; empty where it is."""
    here = path or "it"
    if depth > MAX_DEPTH:
        return f"it is nested deeper than {MAX_DEPTH} levels"
    if value is None or isinstance(value, bool | int):
        return ""
    if isinstance(value, str):
        return "" if value.isascii() or _is_unicode(value) else f"{here} is a text with half a character in it"
    if isinstance(value, float):
        return "" if math.isfinite(value) else f"{here} is {value}, which JSON does not have"
    if isinstance(value, list):
        parts = (not_json(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value))
        return next((part for part in parts if part), "")
    if isinstance(value, dict):
        return _table_not_json(value, path, depth + 1)
    return f"{here} is a {type(value).__name__}, which JSON does not have"


def _table_not_json(value: dict[object, object], path: str, depth: int) -> str:
    for key, item in value.items():
        if not isinstance(key, str):
            return f"{path or 'it'} has the key {key!r}, and JSON's keys are text"
        if reason := not_json(key) or not_json(item, f"{path}[{key!r}]", depth):
            return reason
    return ""


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
