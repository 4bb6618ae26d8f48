"""Copies of what steps made, beside the project, for people."""

from __future__ import annotations

from collections.abc import Mapping

from nbcellar.workflow.document import Document
from nbcellar.workflow.notebooksource import NotebookSource


def publication_origin(
    head: str, document: Document, notebooks: Mapping[str, NotebookSource]
) -> tuple[str | None, str]:
    """The step, and the task where one is named, that ``STEP``, ``STEP.TASK`` or ``TASK`` means; None for no step."""
    step, _, task = head.partition(".")
    if step in document.steps:
        return step, task
    owners = [name for name, notebook in notebooks.items() if head in notebook.offers.tasks]
    return (owners[0], head) if len(owners) == 1 else (None, "")
