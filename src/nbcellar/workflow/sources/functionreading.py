"""From a function's name, or the function itself, to what it takes and its code: read from its file, never imported."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from nbcellar.errors import UsageError, did_you_mean
from nbcellar.settings import load
from nbcellar.tasks.resources.typenames import refusal
from nbcellar.workflow.documents.document import FunctionBody
from nbcellar.workflow.documents.valuetypes import ValueType, parse_type
from nbcellar.workflow.sources.function import (
    ANYTHING,
    FunctionParameter,
    FunctionSource,
    find_module,
    importable,
    is_own,
    unwrapped,
)
from nbcellar.workflow.sources.loadedmodules import edited_modules


def read_function(body: FunctionBody, folder: Path, home: Path) -> FunctionSource:
    """Find a function.

    Args:
        body: Names it, or holds it.
        folder: Of the document: modules are looked for there, then in the project.
        home: The project's folder.

    Raises:
        UsageError: It is missing, or may not be imported; the message tells why.
    """
    if body.function is not None:
        given = body.function
        _check_loaded(body.name, str(getattr(unwrapped(given), "__module__", "")), home)
        return _given_once(given, body.name) if isinstance(given, Hashable) else _given(given, body.name)
    module, _, attribute = body.name.rpartition(".")
    if not module or not all(part.isidentifier() for part in body.name.split(".")):
        raise UsageError(f"{body.name!r} is no function's name.", hint="Write package.module.function.")
    folders = tuple(dict.fromkeys((Path(os.path.normpath(folder / body.folder)), folder, home)))
    file = find_module(module, folders)
    if file is not None and is_own(file, home):
        _check_loaded(body.name, module, home)
        return _read(body.name, attribute, file, folders, home)
    reason, cure = refusal(body.name, load(home).allowed_types)
    if file is None and module.partition(".")[0] not in sys.builtin_module_names and not importable(module, folders):
        raise UsageError(f"there is no module {module!r}.", hint=_near(module, folders))
    if reason:
        own = "A workflow calls the functions of its own project."
        raise UsageError(f"{body.name!r} is not of this project, and nobody allowed it.", hint=f"{own} {cure}")
    return FunctionSource(body.name, folders=folders, home=home, own=False)


def _check_loaded(name: str, module: str, home: Path) -> None:
    """See that what would run is what the files say.

    Raises:
        UsageError: This process imported a module before it was edited.
    """
    if edited := edited_modules(module, home):
        words = f"{', '.join(edited)} {'was' if len(edited) == 1 else 'were'} edited after this process imported"
        raise UsageError(
            f"{words} {'it' if len(edited) == 1 else 'them'}, and {name or 'the function'} would run as it was before.",
            hint="Restart the kernel, or import it anew: "
            + "; ".join(f"importlib.reload(sys.modules[{each!r}])" for each in reversed(edited)),
        )


def _near(module: str, folders: Sequence[Path]) -> str:
    known = {path.stem for folder in folders for path in folder.glob("*.py")}
    known |= {path.parent.name for folder in folders for path in folder.glob("*/__init__.py")}
    return did_you_mean(module, known) or f"Put {module.replace('.', '/')}.py beside the workflow's file."


def _read(name: str, attribute: str, file: Path, folders: tuple[Path, ...], home: Path) -> FunctionSource:
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError) as error:
        line = f" (line {error.lineno})" if isinstance(error, SyntaxError) else ""
        raise UsageError(f"{file.name} is no Python{line}: {error.args[0]}.") from error
    found = list(_definitions(tree.body, attribute))
    if not found:
        known = [each for node in ast.walk(tree) for each in _bound(node)]
        functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        hint = did_you_mean(attribute, known) or f"It has {', '.join(functions) or 'no function'}."
        raise UsageError(f"{file.name} has no {attribute!r}.", hint=hint)
    match found[-1]:
        case ast.FunctionDef() as function:
            return _described(name, function, folders=folders, home=home)
        case ast.AsyncFunctionDef():
            raise UsageError(f"{name!r} is async, and nobody awaits it.", hint="Call asyncio.run in a plain function.")
    return FunctionSource(name, folders=folders, home=home)  # a class, an import, a value: importing tells


def _definitions(body: list[ast.stmt], name: str) -> Iterator[ast.stmt]:
    """The statements, also in branches, that bind a name at the top of a module."""
    for node in body:
        if name in _bound(node):
            yield node
        for inner in ("body", "orelse", "handlers", "finalbody"):
            if isinstance(node, ast.If | ast.Try | ast.With | ast.ExceptHandler):
                yield from _definitions(getattr(node, inner, []), name)
    if any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in body):
        yield ast.Pass()


def _bound(node: ast.AST) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return [each.asname or each.name for each in names]
        case ast.Assign(targets=targets):
            return [each.id for each in targets if isinstance(each, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []


@lru_cache(maxsize=256)
def _given_once(function: Callable[..., object], name: str) -> FunctionSource:
    return _given(function, name)


def _given(function: Callable[..., object], name: str) -> FunctionSource:
    """A function that Python gave."""
    import inspect
    import textwrap

    inner = inspect.unwrap(function)
    try:
        node = ast.parse(textwrap.dedent(inspect.getsource(inner))).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        node = ast.Pass()
    if isinstance(node, ast.FunctionDef) and node.name == getattr(inner, "__name__", ""):
        return _described(name, node, given=function)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return FunctionSource(name, given=function)
    kinds = [each.kind for each in signature.parameters.values()]
    named = [
        FunctionParameter(each.name, each.default is each.empty)
        for each in signature.parameters.values()
        if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)
    ]
    return FunctionSource(
        name, parameters=tuple(named), any_name=inspect.Parameter.VAR_KEYWORD in kinds, given=function
    )


def _described(
    name: str,
    node: ast.FunctionDef,
    *,
    folders: tuple[Path, ...] = (),
    home: Path = Path(),
    given: Callable[..., object] | None = None,
) -> FunctionSource:
    """What a definition says. A decorator may change what is taken, except for our own."""
    code = ast.unparse(node)
    if any("task" not in ast.unparse(each) for each in node.decorator_list):
        return FunctionSource(name, code, folders=folders, home=home, given=given)
    arguments = node.args
    plain = len(arguments.args) - len(arguments.defaults)
    named = [FunctionParameter(each.arg, index < plain, _type(each)) for index, each in enumerate(arguments.args)]
    named += [
        FunctionParameter(each.arg, default is None, _type(each))
        for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    refused = tuple(each.arg for each in arguments.posonlyargs)
    return FunctionSource(name, code, tuple(named), arguments.kwarg is not None, refused, folders, given, home)


def _type(argument: ast.arg) -> ValueType:
    found = None if argument.annotation is None else parse_type(ast.unparse(argument.annotation))
    return found or ANYTHING
