"""Which names a body reads before it binds them itself, and which it binds."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

Bound: TypeAlias = frozenset[str]
_Scope: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef"


def free_names(tree: ast.Module) -> set[str]:
    """Names whose value from before the body can matter, in doubt too many; builtins are among them."""
    finder = _Finder(_bound_anywhere(tree.body))
    finder.statements(tree.body, frozenset())
    return finder.free


def definitions(tree: ast.Module) -> list[ast.stmt]:
    """The imports, functions and classes at the top of a body, which can be repeated to have their names again."""
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return [node for node in tree.body if isinstance(node, kinds)]


@dataclass
class _Finder:
    """Walks statements in order with the names that are surely bound by then.

    Attributes:
        anywhere: What the top of the body binds without condition; functions are called after that.
    """

    anywhere: Bound
    free: set[str] = field(default_factory=set)

    def statements(self, body: Sequence[ast.stmt], bound: Bound) -> Bound:
        """What is bound after these statements."""
        for node in body:
            bound = self.statement(node, bound)
        return bound

    def statement(self, node: ast.stmt, bound: Bound) -> Bound:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                bound = self.expression(test, bound)
                return self.statements(body, bound) & self.statements(orelse, bound)
            case ast.For(target=target, iter=source) | ast.AsyncFor(target=target, iter=source):
                bound = self.expression(source, bound)
                self.statements(node.body, bound | self.targets([target], bound))
                self.statements(node.orelse, bound)
                return bound  # it may run not at all
            case ast.While(test=test, body=body, orelse=orelse):
                bound = self.expression(test, bound)
                self.statements(body, bound)
                self.statements(orelse, bound)
                return bound
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    bound = self.expression(item.context_expr, bound)
                    bound |= self.targets([item.optional_vars] if item.optional_vars else [], bound)
                return self.statements(body, bound)
            case ast.Try() | ast.TryStar():
                return self._try(node, bound)
            case ast.Match(subject=subject, cases=cases):
                bound = self.expression(subject, bound)
                for case in cases:
                    captured = frozenset(_captured(case.pattern))
                    self._loads(case.pattern, bound)
                    self.statements(case.body, self._guard(case.guard, bound | captured))
                return bound
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self._definition(node, bound)
                return bound | {node.name}
            case _:
                return self._simple(node, bound)

    def _guard(self, guard: ast.expr | None, bound: Bound) -> Bound:
        return bound if guard is None else self.expression(guard, bound)

    def _try(self, node: ast.Try | ast.TryStar, bound: Bound) -> Bound:
        ends = [self.statements([*node.body, *node.orelse], bound)]
        for handler in node.handlers:
            before = bound | {handler.name} if handler.name else bound
            if handler.type is not None:
                self._loads(handler.type, bound)
            ends.append(self.statements(handler.body, before))
        after = frozenset.intersection(*ends)
        return self.statements(node.finalbody, after)

    def _simple(self, node: ast.stmt, bound: Bound) -> Bound:
        match node:
            case ast.Assign(targets=targets, value=value):
                bound = self.expression(value, bound)
                return bound | self.targets(targets, bound)
            case ast.AnnAssign(target=target, value=value):
                bound = bound if value is None else self.expression(value, bound)
                return bound | self.targets([target], bound) if value is not None else bound
            case ast.AugAssign(target=target, value=value):
                self._loads(target, bound, stores=True)
                return self.expression(value, bound)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                return bound | {(alias.asname or alias.name).split(".")[0] for alias in names}
            case ast.Delete(targets=targets):
                self._loads_all(targets, bound)
                return bound
            case _:
                return self._loads(node, bound)

    def targets(self, targets: Sequence[ast.expr], bound: Bound) -> Bound:
        """The names among targets; what else they hold is read."""
        self._loads_all(targets, bound)
        nodes = [node for target in targets for node in ast.walk(target)]
        return frozenset(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))

    def expression(self, node: ast.expr, bound: Bound) -> Bound:
        """What is bound after an expression; only ``:=`` binds."""
        return self._loads(node, bound)

    def _loads_all(self, nodes: Iterable[ast.AST], bound: Bound) -> None:
        for node in nodes:
            self._loads(node, bound)

    def _loads(self, node: ast.AST, bound: Bound, *, stores: bool = False) -> Bound:
        match node:
            case ast.Name(id=name, ctx=context):
                if (stores or not isinstance(context, ast.Store)) and name not in bound:
                    self.free.add(name)
                return bound
            case ast.NamedExpr(target=target, value=value):
                return self._loads(value, bound) | {target.id}
            case ast.Lambda() | ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self._definition(node, bound)
                return bound
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                self._comprehension(node, bound)
                return bound
            case _:
                for child in ast.iter_child_nodes(node):
                    bound = self._loads(child, bound)
                return bound

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, bound: Bound) -> None:
        for part in node.generators:
            bound = self._loads(part.iter, bound) | self.targets([part.target], bound)
            for condition in part.ifs:
                bound = self._loads(condition, bound)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._loads_all(parts, bound)

    def _definition(self, node: _Scope, bound: Bound) -> None:
        """A function's own names are local; what else it reads, it reads when it is called."""
        if isinstance(node, ast.ClassDef):
            self._loads_all([*node.decorator_list, *node.bases, *(word.value for word in node.keywords)], bound)
            self.statements(node.body, bound | {node.name})
            return
        arguments = node.args
        self._loads_all([*arguments.defaults, *(one for one in arguments.kw_defaults if one)], bound)
        body: Sequence[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else node.body
        if not isinstance(node, ast.Lambda):
            self._loads_all(node.decorator_list, bound)
        names = frozenset(one.arg for one in ast.walk(arguments) if isinstance(one, ast.arg))
        inner = _Finder(frozenset())
        own = frozenset() if isinstance(node, ast.Lambda) else frozenset({node.name})
        known = bound | self.anywhere | names | _stored(body) | own
        for part in body:
            if isinstance(part, ast.stmt):
                inner.statement(part, known)
            else:
                inner._loads(part, known)
        self.free |= inner.free


def _stored(body: Sequence[ast.AST]) -> Bound:
    """Every name that a function binds, which makes it local; declared global ones are not."""
    nodes = [node for part in body for node in ast.walk(part)]
    declared = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    stored |= {(node.asname or node.name).split(".")[0] for node in nodes if isinstance(node, ast.alias)}
    return frozenset(stored - declared)


def _bound_anywhere(body: Sequence[ast.stmt]) -> Bound:
    return _Finder(frozenset()).statements(body, frozenset())


def _captured(pattern: ast.pattern) -> Iterable[str]:
    for node in ast.walk(pattern):
        match node:
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.MatchMapping(rest=str(rest)):
                yield rest
            case _:
                pass
