"""The rewriting of a task cell, in two steps that keep every line where it is.

1. Text: the marker's line becomes ``__cellar__('line')``. Evaluated as it stands, that call raises, so a body whose
   second step did not happen never runs.
2. Tree: the cell becomes ::

       for __cellar__.attempt in __cellar__.attempts('line', ...):
           with __cellar__.attempt:
               <body>

``__cellar__`` is a builtin, so that the user's namespace stays as it is and ``%reset`` cannot take it away.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence

from nbcellar.lightclasses import dataclass

BUILTIN = "__cellar__"
MARKER = re.compile(r"%%?task(?=[ \t\r\n]|$)(?P<line>.*)")
_FUTURE_LINE = re.compile(r"(from __future__ import [A-Za-z_, ]+);?[ \t]*(#.*)?[\r\n]*$")
_ASYNC = re.compile(r"\b(await|async)\b")
LineTransform = Callable[[list[str]], list[str]]


def marker_line(lines: Sequence[str]) -> int | None:
    """Where the marker stands: the first line that is neither blank nor a comment; None where that is no marker."""
    for number, line in enumerate(lines):
        text = line.strip()
        if text and not text.startswith("#"):
            return number if MARKER.match(line) else None
    return None


@dataclass(frozen=True, slots=True)
class MarkerTransformer:
    """The first step, one of IPython's cleanup transforms.

    Attributes:
        transform_cell: Turns a cell with magics into Python; used for a cell magic below the marker.
        dedent: What IPython does to a whole cell that is indented or pasted with prompts, here done to the body.
    """

    transform_cell: Callable[[str], str]
    dedent: tuple[LineTransform, ...] = ()

    def __call__(self, lines: list[str]) -> list[str]:
        """The lines of a cell, the marker's replaced; the same lines where there is no marker."""
        at = marker_line(lines)
        if at is None:
            return lines
        match = MARKER.match(lines[at])
        assert match is not None
        call = f"{BUILTIN}({match['line'].strip()!r})"
        body = self._body(lines[at + 1 :])
        future = _last_future(body) if _ASYNC.search("".join(body)) else None
        if future is None:
            return [*lines[:at], f"{call}\n", *body]
        # Nothing may stand before a future import, or IPython does not see that the cell awaits.
        body[future] = _FUTURE_LINE.sub(r"\1", body[future]).rstrip() + f"; {call}\n"
        return [*lines[:at], "\n", *body]

    def _body(self, lines: list[str]) -> list[str]:
        first = next((number for number, line in enumerate(lines) if line.strip()), None)
        if first is None:
            return lines
        blank, rest = lines[:first], lines[first:]
        if rest[0].startswith("%%") and not re.match(r"%%\w+\?", rest[0]):
            return blank + self.transform_cell("".join(rest)).splitlines(keepends=True)
        for transform in self.dedent:
            rest = transform(rest)
        return blank + rest


def _last_future(lines: Sequence[str]) -> int | None:
    """The last of the future imports that a body begins with, where each is one plain line."""
    last = None
    for number, line in enumerate(lines):
        if _FUTURE_LINE.match(line):
            last = number
        elif line.strip() and not line.startswith("#"):
            break
    return last


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What the second step needs to know of the shell.

    Attributes:
        interactivity: IPython's ``ast_node_interactivity``.
        compiles: Whether one statement alone compiles; the error where it does not.
    """

    interactivity: str
    compiles: Callable[[ast.stmt], SyntaxError | None]


def rewrite(module: ast.Module, rewriting: Rewriting) -> ast.Module:
    """The second step. A module without our call comes back as it is."""
    at, call = _head(module)
    if call is None:
        return module
    body = [*module.body[:at], *module.body[at + 1 :]]
    broken = next((number for number, node in enumerate(body) if rewriting.compiles(node)), len(body))
    refused = body[broken:][:1]
    error = rewriting.compiles(refused[0]) if refused else None
    futures = [node for node in body[:broken] if _is_future(node)]
    guarded = [node for node in body[:broken] if not _is_future(node)]
    source = _source(body)  # before anything in it is rewritten
    guarded = [ast.copy_location(ast.Pass(), node) if isinstance(node, ast.Global) else node for node in guarded]
    shown = guarded if refused else _show(guarded, rewriting.interactivity)
    loop = _loop(call, source, f"SyntaxError: {error}" if error else "", shown)
    # In the mode "last" the shell would take the loop for the last statement, and show every value in it.
    after = refused or ([ast.copy_location(ast.Pass(), loop)] if rewriting.interactivity == "last" else [])
    return ast.fix_missing_locations(ast.Module(body=[*futures, loop, *after], type_ignores=module.type_ignores))


def _source(body: list[ast.stmt]) -> str:
    """The body as Python; empty where it nests deeper than Python code can follow, though it compiles."""
    try:
        return ast.unparse(ast.Module(body=body, type_ignores=[]))
    except RecursionError:
        return ""


def _head(module: ast.Module) -> tuple[int, ast.Call | None]:
    """Our call and where it stands: first of all, or behind future imports."""
    at = next((number for number, node in enumerate(module.body) if not _is_future(node)), 0)
    match module.body[at : at + 1]:
        case [ast.Expr(value=ast.Call(func=ast.Name(id=name), args=[ast.Constant()]) as call)] if name == BUILTIN:
            return at, call
        case _:
            return at, None


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


_TEMPLATE = f"for {BUILTIN}.attempt in {BUILTIN}.attempts():\n with {BUILTIN}.attempt: pass"


def _loop(call: ast.Call, source: str, error: str, body: list[ast.stmt]) -> ast.For:
    """The two lines around the body, both at the marker's place."""
    loop = ast.parse(_TEMPLATE).body[0]
    assert isinstance(loop, ast.For)
    guard = loop.body[0]
    assert isinstance(loop.iter, ast.Call) and isinstance(guard, ast.With)
    loop.iter.args = [*call.args, ast.Constant(source), ast.Constant(error)]
    _place(loop, call)
    guard.body = body or guard.body
    return loop


def _place(tree: ast.AST, where: ast.expr) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.expr):
            ast.copy_location(node, where)


def _show(body: list[ast.stmt], interactivity: str) -> list[ast.stmt]:
    """The body, with what IPython would display handed to ``show`` and the last value to ``result``."""
    if not body:
        return body
    if interactivity == "last_expr_or_assign":
        body, interactivity = [*body, *_assigned(body[-1])], "last_expr"
    *head, last = body
    if interactivity == "all":
        head = [_Show().shown(node) for node in head]
    if isinstance(last, ast.Expr):
        last.value = _call("result" if interactivity == "none" else "show_result", last.value)
    elif interactivity in ("all", "last"):
        last = _Show().shown(last)
    return [*head, last]


def _call(name: str, value: ast.expr) -> ast.expr:
    """``__cellar__.name(value)`` where the value stood."""
    callee = ast.Attribute(ast.Name(BUILTIN, ast.Load()), name, ast.Load())
    _place(callee, value)
    return ast.copy_location(ast.Call(callee, [value], []), value)


def _assigned(node: ast.stmt) -> list[ast.stmt]:
    """The name that the last statement binds, as an expression, as IPython's mode shows it."""
    match node:
        case (
            ast.Assign(targets=[ast.Name(id=name)])
            | ast.AugAssign(target=ast.Name(id=name))
            | ast.AnnAssign(target=ast.Name(id=name))
        ):
            value = ast.copy_location(ast.Name(name, ast.Load()), node)
            return [ast.copy_location(ast.Expr(value), node)]
        case _:
            return []


class _Show(ast.NodeTransformer):
    """Expression statements outside of functions and classes go to ``show``, as in Python's interactive mode."""

    def shown(self, node: ast.stmt) -> ast.stmt:
        shown = self.visit(node)
        assert isinstance(shown, ast.stmt)
        return shown

    def visit_Expr(self, node: ast.Expr) -> ast.Expr:
        node.value = _call("show", node.value)
        return node

    def _leave(self, node: ast.stmt) -> ast.stmt:
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _leave  # noqa: N815
