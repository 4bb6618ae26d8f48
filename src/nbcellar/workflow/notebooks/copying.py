"""The private copy of a notebook that is run: as it was checked, with its parameters in a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbcellar.errors import RunError, UsageError
from nbcellar.workflow.documents.secretreferences import assignments
from nbcellar.workflow.notebooks.call import NotebookCall
from nbcellar.workflow.sources.notebook import code_of, read_notebook

if TYPE_CHECKING:
    from nbformat import NotebookNode


def private_copy(call: NotebookCall) -> NotebookNode:
    """The notebook with its parameters.

    Raises:
        RunError: It was edited since it was checked, or is gone or broken.
    """
    notebook = _loaded(call)
    return _parameterized(notebook, call) if call.parameters else notebook


def _loaded(call: NotebookCall) -> NotebookNode:
    """The notebook as it was checked: its run is taken later for what was planned, so nothing else may run.

    Raises:
        RunError: It was edited since, or is gone or broken.
    """
    from papermill.iorw import load_notebook_node

    begun, again = "when the run began", "Run the workflow again: what is done is done."
    try:
        notebook: NotebookNode = load_notebook_node(str(call.path))
    except Exception as error:  # each of its layers has kinds of its own
        try:
            read_notebook(call.path)
            words = f"{call.path.name!r} cannot be read: {error}"
        except UsageError as problem:
            words = problem.message.rstrip(".")
        raise RunError(f"{words[:1].upper()}{words[1:]}; it could be read {begun}.", hint=again) from error
    if code_of(str(cell.source) for cell in notebook.cells if cell.cell_type == "code") != call.code:
        raise RunError(f"{call.path.name!r} is not as it was {begun}: its code was edited.", hint=again)
    return notebook


def _parameterized(notebook: NotebookNode, call: NotebookCall) -> NotebookNode:
    """The notebook with its parameters in a cell, secrets as a look into the kernel's environment."""
    from papermill.parameterize import parameterize_notebook

    filled: NotebookNode = parameterize_notebook(
        notebook, dict(call.parameters), kernel_name=call.kernel, language=call.language, engine_name=None
    )
    if secrets := assignments(call.parameters):
        cell = next(cell for cell in filled.cells if "injected-parameters" in cell.metadata.get("tags", ()))
        cell.source = cell.source.rstrip("\n") + secrets + "\n"
    return filled
