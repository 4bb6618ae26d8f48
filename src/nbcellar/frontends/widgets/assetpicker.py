"""The asset picker: one line that says which asset or file is picked, and opens to a tree of others."""

from __future__ import annotations

from collections.abc import Mapping

import traitlets
from ipywidgets import ValueWidget

from nbcellar.assets.asset import Asset
from nbcellar.assets.assetentry import AssetEntry
from nbcellar.assets.display import html_text
from nbcellar.errors import NotFoundError
from nbcellar.frontends.browsing.question import Question
from nbcellar.frontends.widgets.choice import chosen, place_of, value_at, value_of
from nbcellar.frontends.widgets.deskwidget import DeskWidget
from nbcellar.reference import Ref
from nbcellar.store import Cellar


class AssetPicker(DeskWidget, ValueWidget):
    """Pick an asset or a file of one: ``interact(show, asset=cellar.picker("train"))``.

    Attributes:
        task: Offers only versions of this name; empty for every name.
        value: What is picked: an `Asset`, an entry of one, or None. Can be set.
        selected: The same as a reference. Can be set.
        description: What stands before it.
    """

    _kind = traitlets.Unicode("picker").tag(sync=True)
    task = traitlets.Unicode("").tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)
    description = traitlets.Unicode("").tag(sync=True)
    value = traitlets.Union([traitlets.Instance(Asset), traitlets.Instance(AssetEntry)], allow_none=True)
    _chosen = traitlets.Dict({}).tag(sync=True)  # run and key of what is selected

    def __init__(self, task: str = "", *, cellar: Cellar | None = None, description: str = "") -> None:
        super().__init__(cellar, task=task, description=description)
        self.value = self._newest()

    def _newest(self) -> Asset | None:
        cellar = self._desk.cellar
        if not self.task or not cellar.exists:
            return None
        try:
            return Asset(cellar, cellar.find(Ref(self.task, cellar.project)))
        except NotFoundError:
            return None  # it can be picked as soon as there is one

    @traitlets.observe("_chosen")
    def _choose(self, change: Mapping[str, object]) -> None:
        run, key = chosen(Question("chosen", self._chosen))
        if (run, key) != (place_of(self.value).run, place_of(self.value).key):
            self.value = value_at(self._desk.cellar, run, key)

    @traitlets.observe("value")
    def _show(self, change: Mapping[str, object]) -> None:
        place = place_of(self.value)
        self._chosen = {"run": place.run, "key": place.key}
        self.selected = place.ref

    @traitlets.observe("selected")
    def _look_up(self, change: Mapping[str, object]) -> None:
        if self.selected != self._said():
            self.value = value_of(self._desk.cellar, self.selected) if self.selected else None

    def _said(self) -> str:
        """What ``selected`` is where the page, or ``value``, set it."""
        question = Question("chosen", self._chosen)
        if chosen(question) == (place_of(self.value).run, place_of(self.value).key):
            return place_of(self.value).ref
        return self.selected  # the page sent both, and ``_chosen`` comes next

    def _outline(self) -> tuple[str, str]:
        label, picked = self.description or "Asset", self.selected or "nothing picked"
        return f"{label}: {picked}", f"<p>{html_text(label)}: {html_text(picked)}</p>"

    def __repr__(self) -> str:
        return f"AssetPicker({self.task!r})" if self.task else "AssetPicker()"
