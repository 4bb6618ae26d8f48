"""``when:``: whether a step runs, in an expression that is read and never executed as code.

Comparisons, ``and``, ``or``, ``not``, ``in``, literals, ``parameters.NAME`` and ``steps.STEP.NAME`` (also
``steps["STEP"].NAME``), and keys and positions inside of these. No calls, no arithmetic, no other names.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from nbcellar.errors import RunError, UsageError
from nbcellar.lightclasses import dataclass, field
from nbcellar.model import JSON
from nbcellar.workflow.documents.mapped import MappedParameter, RawMappedParameter, look_into, source_json

MAX_LENGTH = 1000
MAX_DEPTH = 30
HINT = "Write comparisons of parameters.NAME and steps.STEP.NAME, with and, or, not, in."

_WORDS: Mapping[str, JSON] = {"true": True, "false": False, "null": None}
_BRACED = re.compile(r"\$\{\s*([A-Za-z_][\w.-]*)\s*\}")


@dataclass(frozen=True, slots=True)
class Condition:
    """One expression.

    Attributes:
        bindings: What a reference means where that is not what it says: set where a workflow becomes a step.
    """

    text: str
    bindings: Mapping[str, JSON | MappedParameter] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text


def condition_json(conditions: tuple[Condition, ...]) -> JSON:
    """As a document writes them."""
    found: list[JSON] = []
    for each in conditions:
        bound: dict[str, JSON] = {name: source_json(source) for name, source in each.bindings.items()}
        found.append({"if": each.text, "with": bound} if bound else each.text)
    return found[0] if len(found) == 1 else found


def parse(text: str) -> ast.expr:
    """The expression, checked to hold nothing else than what is allowed.

    Raises:
        UsageError: It holds something else.
    """
    if len(text) > MAX_LENGTH:
        raise UsageError(f"it is longer than {MAX_LENGTH} characters.")
    try:
        tree = ast.parse(_BRACED.sub(r"\1", text).strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise UsageError(f"{text!r:.60} is no expression.", hint=HINT) from None
    _check(tree, 0)
    return tree


def references(condition: Condition) -> dict[str, JSON | MappedParameter]:
    """What it looks at: for each reference the mapping or the template that gives its value.

    Raises:
        UsageError: It is no such expression.
    """
    found: dict[str, JSON | MappedParameter] = {}
    for parts in _chains(parse(condition.text)):
        name = ".".join(parts)
        if name in condition.bindings:
            found[name] = condition.bindings[name]
        elif parts[0] == "steps":
            found[name] = RawMappedParameter(parts[1], parts[2])
        else:
            found[name] = f"${{{name}}}"
    return found


def holds(condition: Condition, values: Mapping[str, JSON]) -> bool:
    """Whether it is true with these values of its references.

    Raises:
        RunError: Something that it asks for is not there, or cannot be compared.
    """
    try:
        return bool(_value(parse(condition.text), values))
    except (KeyError, TypeError) as error:
        raise RunError(f"{error.args[0]}.") from None


def _check(tree: ast.expr, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise UsageError(f"it is nested deeper than {MAX_DEPTH} levels.")
    if _chain(tree) is not None:
        return
    match tree:
        case ast.BoolOp(values=parts) | ast.List(elts=parts) | ast.Tuple(elts=parts):
            inner = parts
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            inner = [operand]
        case ast.Compare(left=left, ops=ops, comparators=others):
            if any(isinstance(op, ast.Is | ast.IsNot) for op in ops):
                raise UsageError("`is` is not known here.", hint="Write == or !=.")
            inner = [left, *others]
        case ast.Constant(value=None | bool() | int() | float() | str()):
            return
        case ast.Name(id=name) if name in _WORDS:
            return
        case ast.Attribute(value=value) | ast.Subscript(value=value, slice=ast.Constant(value=str() | int())):
            inner = [value]
        case ast.Subscript(value=value, slice=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int()))):
            inner = [value]
        case _:
            raise UsageError(f"`{ast.unparse(tree)[:40]}` is not allowed in a condition.", hint=HINT)
    for part in inner:
        _check(part, depth + 1)


def _chains(tree: ast.expr) -> Iterator[tuple[str, ...]]:
    if (parts := _chain(tree)) is not None:
        yield parts
        return
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.expr):
            yield from _chains(child)


def _chain(tree: ast.expr) -> tuple[str, ...] | None:
    """``("parameters", NAME)`` or ``("steps", STEP, NAME)`` where it is just that."""
    parts: list[str] = []
    while not isinstance(tree, ast.Name):
        match tree:
            case (
                ast.Attribute(value=value, attr=name) | ast.Subscript(value=value, slice=ast.Constant(value=str(name)))
            ):
                parts.append(name)
                tree = value
            case _:
                return None
    whole = (tree.id, *reversed(parts))
    return whole if (whole[0], len(whole)) in (("parameters", 2), ("steps", 3)) else None


def _value(tree: ast.expr, values: Mapping[str, JSON]) -> JSON:
    if (chain := _chain(tree)) is not None:
        return values[".".join(chain)]
    match tree:
        case ast.BoolOp(op=ast.And(), values=parts):
            return all(_value(part, values) for part in parts)
        case ast.BoolOp(values=parts):
            return any(_value(part, values) for part in parts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _value(operand, values)
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [_value(part, values) for part in parts]
        case ast.Compare(left=left, ops=ops, comparators=others):
            return _compared([_value(each, values) for each in (left, *others)], ops)
        case ast.Name(id=name):
            return _WORDS[name]
        case ast.Attribute(value=value, attr=name):
            return look_into(_value(value, values), [name])
        case ast.Subscript(value=value, slice=index):
            key = ast.literal_eval(index)
            return look_into(_value(value, values), [key])
        case ast.UnaryOp(operand=operand):
            return _negative(_value(operand, values))
        case ast.Constant(value=None | bool() | int() | float() | str() as value):
            return value
    raise AssertionError(f"{ast.dump(tree)} was let through")


def _negative(value: JSON) -> JSON:
    if isinstance(value, int | float):
        return -value
    raise TypeError(f"{value!r} has no negative")


def _compared(values: list[JSON], ops: list[ast.cmpop]) -> bool:
    return all(_pair(left, op, right) for left, op, right in zip(values, ops, values[1:], strict=False))


def _pair(left: JSON, op: ast.cmpop, right: JSON) -> bool:
    match op:
        case ast.Eq():
            return left == right
        case ast.NotEq():
            return left != right
        case ast.In() | ast.NotIn():
            return _within(left, right) is isinstance(op, ast.In)
    return _ordered(left, op, right)


def _ordered(left: JSON, op: ast.cmpop, right: JSON) -> bool:
    sign = _sign(left, right)
    match op:
        case ast.Lt():
            return sign < 0
        case ast.LtE():
            return sign <= 0
        case ast.Gt():
            return sign > 0
    return sign >= 0


def _sign(left: JSON, right: JSON) -> int:
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return (left > right) - (left < right)
    raise TypeError(f"{left!r:.40} and {right!r:.40} have no order")


def _within(part: JSON, whole: JSON) -> bool:
    if isinstance(whole, str) and isinstance(part, str):
        return part in whole
    if isinstance(whole, list | dict):
        return part in (whole if isinstance(whole, list) else list(whole))
    raise TypeError(f"nothing can be in {whole!r:.40}")
