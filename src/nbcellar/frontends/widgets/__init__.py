"""Widgets for notebooks: browse, pick, restore and compare assets, and run workflows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbcellar.frontends.widgets.assetbrowser import AssetBrowser
    from nbcellar.frontends.widgets.assetpicker import AssetPicker
    from nbcellar.frontends.widgets.workflowform import WorkflowForm
    from nbcellar.store import Cellar
    from nbcellar.workflow.making.workflow import Workflow

__all__ = ["browse", "form", "picker"]


def browse(task: str = "", *, cellar: Cellar | None = None) -> AssetBrowser:
    """The asset browser, to be shown as a cell's last expression.

    Args:
        task: Show only this name; empty for all.
        cellar: Another cellar than the one that this project uses.
    """
    from nbcellar.frontends.widgets.assetbrowser import AssetBrowser  # ipywidgets: 0.2 s that others need not wait

    return AssetBrowser(task=task, cellar=cellar)


def picker(task: str = "", *, cellar: Cellar | None = None, description: str = "") -> AssetPicker:
    """A widget with which an asset or a file is picked, for ``interact`` and for forms of your own.

    Args:
        task: Offer only versions of this name, and begin with the newest; empty for every name.
        cellar: Another cellar than the one that this project uses.
        description: What stands before it.
    """
    from nbcellar.frontends.widgets.assetpicker import AssetPicker  # ipywidgets: 0.2 s that others need not wait

    return AssetPicker(task, cellar=cellar, description=description)


def form(workflow: Workflow | str | os.PathLike[str]) -> WorkflowForm:
    """Controls for the parameters of a workflow, a button that runs it, and the run below.

    Args:
        workflow: A workflow, or its file, which is read anew for each run.

    Raises:
        NotFoundError: There is no such file.
        InvalidWorkflow: It is no workflow.
        UsageError: It is neither a workflow nor a path.
    """
    from nbcellar.frontends.widgets.workflowform import WorkflowForm  # ipywidgets: 0.2 s that others need not wait

    return WorkflowForm(workflow)
