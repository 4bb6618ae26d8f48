"""Imports, functions and classes of a body: kept by running their statements again, or by what imports them."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, MutableMapping
from importlib import import_module
from types import ModuleType

from nbcellar.errors import EncodingError, NbcellarError
from nbcellar.tasks.body.freenames import definitions, free_names
from nbcellar.tasks.codecs.pickles import MAIN


def repeatable(tree: ast.Module) -> dict[str, str]:
    """Names that statements at the top of a body define, each with why those cannot be run again; empty if they can."""
    bindings = Counter(bindings_of(tree))
    found: dict[str, str] = {}
    for node in definitions(tree):
        moving = sorted(name for name in needs(node) if bindings[name] > 1)
        for name in defined(node):
            found[name] = f"it is made with {moving[0]}, which the cell binds more than once" if moving else ""
    return found


def repeat(tree: ast.Module, namespace: MutableMapping[str, object], names: Iterable[str]) -> None:
    """Run the imports, functions and classes that bind one of the names.

    Raises:
        EncodingError: One of them raised.
    """
    wanted = set(names)
    nodes = [node for node in definitions(tree) if defined(node) & wanted]
    assert isinstance(namespace, dict)
    try:
        exec(compile(ast.Module(nodes, []), "<cached task>", "exec"), namespace)
    except NbcellarError:
        raise
    except Exception as error:  # an import or a decorator may raise anything
        raise EncodingError(
            f"its imports, functions and classes could not be made again: {type(error).__name__}: {error}"
        ) from error


def needs(node: ast.stmt) -> set[str]:
    """The names that a definition reads when it is run, not when it is called."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            arguments = node.args
            given = [*node.decorator_list, *arguments.defaults, *(one for one in arguments.kw_defaults if one)]
            return free_names(ast.Module([ast.Expr(one) for one in given], []))
        case ast.ClassDef(bases=bases, keywords=keywords, decorator_list=decorators, body=body):
            given = [*decorators, *bases, *(word.value for word in keywords)]
            inner = [one for one in body if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
            outer = set().union(*(needs(one) for one in body if one not in inner))
            return outer | free_names(ast.Module([*(ast.Expr(one) for one in given), *inner], []))
        case _:
            return set()


def defined(node: ast.stmt) -> set[str]:
    """The names that a definition binds."""
    match node:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {(alias.asname or alias.name).split(".")[0] for alias in names}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case _:
            return set()


def bindings_of(tree: ast.AST) -> Iterator[str]:
    """Each binding of a name outside of functions; one in a loop or changed by ``+=`` counts twice."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Import() | ast.ImportFrom():
                yield from defined(node)
                continue
            case ast.Lambda():
                continue
            case ast.comprehension(iter=source, ifs=conditions):  # its target is its own
                for part in (source, *conditions):
                    yield from bindings_of(ast.Expr(part))
                continue
            case ast.For() | ast.AsyncFor() | ast.While() | ast.AugAssign():
                yield from bindings_of(node)
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                yield name
        yield from bindings_of(node)


def bound_by_with(tree: ast.Module) -> set[str]:
    """Names behind the ``as`` of a ``with`` and bound by nothing else: the block is over, and they are closed."""
    targets = [node.optional_vars for node in ast.walk(tree) if isinstance(node, ast.withitem) and node.optional_vars]
    closed = {id(node) for target in targets for node in ast.walk(target)}
    stored = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    return {node.id for node in stored if id(node) in closed} - {node.id for node in stored if id(node) not in closed}


def reference_to(value: object) -> str:
    """``module:name`` of what can be imported; empty for anything else."""
    if isinstance(value, ModuleType):
        return f"{value.__name__}:" if sys.modules.get(value.__name__) is value else ""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or module == MAIN:
        return ""
    return f"{module}:{name}" if _found(sys.modules.get(module), name) is value else ""


def referred(reference: str) -> object:
    """What a reference stands for.

    Raises:
        EncodingError: It cannot be imported here.
    """
    module, _, name = reference.partition(":")
    try:
        return _found(import_module(module), name)
    except ImportError as error:
        raise EncodingError(f"{module} cannot be imported: {error}") from error


def _found(value: object, name: str) -> object:
    for part in name.split(".") if name else ():
        value = getattr(value, part, None)
    return value
