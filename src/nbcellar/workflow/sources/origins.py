"""Whose file a publication means: the step, and its task."""

from __future__ import annotations

from collections.abc import Mapping

from nbcellar.workflow.documents.document import Document
from nbcellar.workflow.sources.notebook import NotebookSource


def publication_origin(
    head: str, document: Document, notebooks: Mapping[str, NotebookSource]
) -> tuple[str | None, str]:
    """The step, and the task where one is named, that ``STEP``, ``STEP.TASK`` or ``TASK`` means; None for no step."""
    if head in document.steps:
        return head, ""
    step, _, task = head.rpartition(".")
    if step in document.steps:
        return step, task
    owners = [name for name, notebook in notebooks.items() if head in notebook.offers.tasks]
    return (owners[0], head) if len(owners) == 1 else (None, "")
