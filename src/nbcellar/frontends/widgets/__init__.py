"""Widgets for notebooks: the asset browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbcellar.frontends.widgets.assetbrowser import AssetBrowser
    from nbcellar.store import Cellar

__all__ = ["browse"]


def browse(task: str = "", *, cellar: Cellar | None = None) -> AssetBrowser:
    """The asset browser, to be shown as a cell's last expression.

    Args:
        task: Show only this name; empty for all.
        cellar: Another cellar than the one that this project uses.
    """
    from nbcellar.frontends.widgets.assetbrowser import AssetBrowser  # ipywidgets: 0.2 s that others need not wait

    return AssetBrowser(task=task, cellar=cellar)
