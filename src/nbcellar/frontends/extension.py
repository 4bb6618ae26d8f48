"""``%load_ext nbcellar``: what is put into an IPython shell, and taken out again."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from nbcellar.errors import NbcellarError
from nbcellar.frontends import guard as guards
from nbcellar.frontends import hints
from nbcellar.frontends.guard import as_message
from nbcellar.frontends.transformer import MarkerTransformer, Rewriting, rewrite
from nbcellar.lightclasses import dataclass
from nbcellar.tasks.attempts.listening import set_default_listener
from nbcellar.tasks.files.tracer import watch_imports
from nbcellar.workflow.runs.showing import set_shower

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionResult, InteractiveShell


class TreeTransformer(ast.NodeTransformer):
    """The second step of the rewriting, as IPython calls it."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell

    def visit(self, node: ast.AST) -> ast.AST:
        """Rewrite a task cell.

        Raises:
            InputRejected: It could not be rewritten. Any other exception would make IPython drop this transformer and
                run the body unguarded.
        """
        from IPython.core.error import InputRejected

        if not isinstance(node, ast.Module):
            return node
        try:
            return rewrite(node, Rewriting(self.shell.ast_node_interactivity, self._compiles))
        except Exception as error:
            text = f"This task cell could not be rewritten, and its body did not run: {error!r}"
            raise as_message(InputRejected(text), text) from error

    def _compiles(self, node: ast.stmt) -> SyntaxError | None:
        """The error of a statement, compiled as IPython does: alone."""
        flags = self.shell.compile.flags | (ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if self.shell.autoawait else 0)
        try:
            compile(ast.Module([node], []), "<cell>", "exec", flags, dont_inherit=True)
        except SyntaxError as error:
            return error
        return None


@dataclass
class Extension:
    """All that is in a shell."""

    shell: InteractiveShell
    guard: guards.Guard
    marker: MarkerTransformer
    tree: TreeTransformer

    @classmethod
    def load(cls, shell: InteractiveShell) -> Extension:
        """Put everything in."""
        from IPython.core import inputtransformer2 as steps

        from nbcellar.frontends.display import CellListener
        from nbcellar.frontends.runplace import show as show_run

        dedent = (steps.leading_indent, steps.classic_prompt, steps.ipython_prompt)
        guard = guards.Guard(shell, CellListener(shell), {})
        set_default_listener(lambda: CellListener(shell))
        set_shower(show_run)
        own = cls(shell, guard, MarkerTransformer(shell.transform_cell, dedent), TreeTransformer(shell))
        own.ensure()
        watch_imports()
        hints.install(shell, guard.left_out)
        shell.events.register("pre_run_cell", own._before_cell)
        shell.events.register("post_run_cell", own._after_cell)
        return own

    def ensure(self) -> None:
        """Put back what somebody took away."""
        guards.install(self.guard)
        if self.marker not in self.shell.input_transformers_cleanup:
            self.shell.input_transformers_cleanup.append(self.marker)
        if self.tree not in self.shell.ast_transformers:
            self.shell.ast_transformers.append(self.tree)

    def unload(self) -> None:
        """Take everything out."""
        self.shell.events.unregister("pre_run_cell", self._before_cell)
        self.shell.events.unregister("post_run_cell", self._after_cell)
        if self.marker in self.shell.input_transformers_cleanup:
            self.shell.input_transformers_cleanup.remove(self.marker)
        if self.tree in self.shell.ast_transformers:
            self.shell.ast_transformers.remove(self.tree)
        set_default_listener(None)
        set_shower(None)
        guards.remove()
        hints.remove(self.shell)

    def _before_cell(self, info: object) -> None:
        self.ensure()

    def _after_cell(self, result: ExecutionResult) -> None:
        error = result.error_in_exec or result.error_before_exec
        if error is not None and not isinstance(error, NbcellarError):
            self.guard.hidden_failure(error)


_loaded: dict[int, Extension] = {}


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Called by ``%load_ext nbcellar``."""
    if id(shell) in _loaded:
        return
    from nbcellar.frontends import line_magic, task_completion
    from nbcellar.frontends.magics import TaskMagics

    _loaded[id(shell)] = Extension.load(shell)
    shell.register_magics(TaskMagics(shell))
    line_magic.register(shell)
    task_completion.register(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Called by ``%unload_ext nbcellar``."""
    extension = _loaded.pop(id(shell), None)
    if extension is not None:
        extension.unload()
