"""Which names a body seems to change in place, for values that are too large or too odd to be compared."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_CHANGING = frozenset({
    "add", "append", "clear", "commit", "discard", "extend", "fill", "fit", "insert", "load_state_dict", "partial_fit",
    "pop", "popitem", "put", "remove", "resize", "reverse", "send", "setdefault", "sort", "step", "update", "write",
    "writelines",
})  # fmt: skip
_SIZED = ("nbytes", "memory_usage")


def may_change(name: str, value: object, tree: ast.Module) -> bool:
    """Whether a body that reads a name changes its value, as far as its text tells.

    Args:
        value: An iterator or an open file is used up by any use. An array or table is changed by an assignment into it
            or a method known to do so; anything else by any of its methods.
    """
    if hasattr(value, "__next__"):
        return True
    any_method = not any(hasattr(value, one) for one in _SIZED)
    return any(name in _touched(node, any_method) for node in ast.walk(tree))


def changed_names(tree: ast.Module) -> set[str]:
    """Names that a body assigns into, or calls a method of that is known to change something."""
    return {name for node in ast.walk(tree) for name in _touched(node, False)}


def _touched(node: ast.AST, any_method: bool) -> Iterator[str]:
    match node:
        case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
            yield _root(node)
        case ast.AugAssign(target=target):
            yield _root(target)
        case ast.Call(func=ast.Attribute(value=owner, attr=method), keywords=keywords):
            in_place = any(word.arg == "inplace" for word in keywords)
            if any_method or in_place or method in _CHANGING:
                yield _root(owner)


def _root(node: ast.AST) -> str:
    """The name that an attribute or element belongs to in the end."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
