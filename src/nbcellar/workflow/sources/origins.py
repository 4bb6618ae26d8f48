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
    owners = task_owners(head, notebooks)
    return (owners[0], head) if len(owners) == 1 else (None, "")


def task_owners(task: str, notebooks: Mapping[str, NotebookSource]) -> list[str]:
    """The steps that have a task of that name."""
    return [name for name, notebook in notebooks.items() if task in notebook.offers.tasks]
