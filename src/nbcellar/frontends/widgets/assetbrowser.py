"""The asset browser: a tree of names, versions and files, with previews and restore, in a cell's output."""

from __future__ import annotations

from collections.abc import Mapping

import traitlets

from nbcellar.assets.asset import Asset
from nbcellar.assets.assetentry import AssetEntry
from nbcellar.frontends.browsing.question import Question
from nbcellar.frontends.widgets.choice import chosen, value_at
from nbcellar.frontends.widgets.deskwidget import DeskWidget
from nbcellar.frontends.widgets.outline import branches, outline_html, outline_text
from nbcellar.store import Cellar


class AssetBrowser(DeskWidget):
    """Browse what was saved: an ipywidget, so it stands in a VBox and can be observed.

    Attributes:
        task: Shows only this name; empty for all.
        selected: What is chosen, as a reference such as ``train@4/plots/loss.png``; empty for nothing.
        value: What is chosen: an `Asset`, an entry of one, or None.
        height: In pixels.
    """

    _kind = traitlets.Unicode("browser").tag(sync=True)
    task = traitlets.Unicode("").tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)
    height = traitlets.Int(440).tag(sync=True)
    value = traitlets.Union([traitlets.Instance(Asset), traitlets.Instance(AssetEntry)], allow_none=True)
    _chosen = traitlets.Dict({}).tag(sync=True)  # run and key of what is selected

    def __init__(self, task: str = "", *, cellar: Cellar | None = None, height: int = 440) -> None:
        super().__init__(cellar, task=task, height=height)

    @traitlets.observe("_chosen")
    def _choose(self, change: Mapping[str, object]) -> None:
        self.value = value_at(self._desk.cellar, *chosen(Question("chosen", self._chosen)))

    def _outline(self) -> tuple[str, str]:
        shown = branches(self._desk.cellar, self.task)
        return outline_text(shown), outline_html(shown)

    def __repr__(self) -> str:
        return f"AssetBrowser({self.task!r})" if self.task else "AssetBrowser()"
