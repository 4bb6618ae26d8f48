"""The magics as IPython knows them; a cell that begins with one was rewritten before it gets here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class

from nbcellar.errors import UsageError
from nbcellar.frontends.guard import short
from nbcellar.frontends.task_help import HELP

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


@magics_class
class TaskMagics(Magics):
    """``%%task`` and ``%task``."""

    @line_magic("%task")  # type: ignore[arg-type]  # IPython's types know no name
    def belated(self, line: str) -> None:
        """Refuse ``%%task`` below the first line, which IPython takes for a line magic called ``%task``."""
        raise short(
            UsageError(
                "%%task belongs on the first line of a cell.",
                saved="What stands above it ran, what stands below did not.",
                hint="Put it above everything else; comments may stand before it.",
            )
        )

    @line_cell_magic
    def task(self, line: str, cell: str | None = None) -> None:
        """Keep what a cell writes (the text is replaced below)."""
        if cell is None:
            raise short(
                UsageError(
                    "%task belongs on the first line of a cell.",
                    saved="Nothing ran.",
                    hint="Put it above everything else, or write %%task.",
                )
            )
        # Somebody calls the magic by hand; the shell rewrites the cell and shows what goes wrong in it.
        assert self.shell is not None
        self.shell.run_cell(f"%%task {line}\n{cell}").raise_error()  # type: ignore[no-untyped-call]


TaskMagics.task.__doc__ = HELP


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Called by ``%load_ext nbcellar``."""
    from nbcellar.frontends.extension import load_ipython_extension as load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Called by ``%unload_ext nbcellar``."""
    from nbcellar.frontends.extension import unload_ipython_extension as unload

    unload(shell)
