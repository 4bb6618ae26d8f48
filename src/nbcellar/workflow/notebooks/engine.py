"""The papermill engine ``nbcellar``, as papermill's entry point names it.

Papermill loads every engine while it is being imported, also when it is the engine that imports it. So nothing of
papermill is imported here: what runs a notebook comes with the first notebook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode


class CellarEngine:
    """What papermill asks of an engine."""

    @staticmethod
    def execute_notebook(nb: NotebookNode, kernel_name: str, **options: object) -> NotebookNode:
        """Execute one notebook; see ``NotebookEngine.execute_notebook``."""
        from nbcellar.workflow.notebooks.execution import NotebookEngine

        return NotebookEngine.execute_notebook(nb, kernel_name, **options)  # type: ignore[arg-type]  # papermill's words

    @staticmethod
    def nb_kernel_name(nb: NotebookNode, name: str | None = None) -> str:
        """The kernel that a notebook names, or the one that was asked for."""
        from papermill.utils import nb_kernel_name

        return str(nb_kernel_name(nb, name))

    @staticmethod
    def nb_language(nb: NotebookNode, language: str | None = None) -> str:
        """The language that a notebook names, or the one that was asked for."""
        from papermill.utils import nb_language

        return str(nb_language(nb, language))
