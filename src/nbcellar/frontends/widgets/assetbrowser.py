"""The asset browser: a tree of names, versions and files, with previews and restore, in a cell's output."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import anywidget
import traitlets

from nbcellar.assets.asset import Asset, AssetEntry
from nbcellar.errors import NbcellarError
from nbcellar.frontends.browsing.answers import Sent, sent
from nbcellar.frontends.browsing.desk import Desk
from nbcellar.frontends.browsing.keys import name_of
from nbcellar.frontends.browsing.question import Question
from nbcellar.frontends.widgets.bundle import bundled
from nbcellar.frontends.widgets.outline import branches, outline_html, outline_text
from nbcellar.model import JSON
from nbcellar.store import Cellar, current


class AssetBrowser(anywidget.AnyWidget):
    """Browse what was saved: an ipywidget, so it stands in a VBox and can be observed.

    Attributes:
        task: Shows only this name; empty for all.
        selected: What is chosen, as a reference such as ``train@4/plots/loss.png``; empty for nothing.
        value: What is chosen: an `Asset`, an entry of one, or None.
        height: In pixels.
    """

    _esm = bundled("index.js")
    _css = bundled("browser.css")

    task = traitlets.Unicode("").tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)
    height = traitlets.Int(440).tag(sync=True)
    value = traitlets.Union([traitlets.Instance(Asset), traitlets.Instance(AssetEntry)], allow_none=True)
    _chosen = traitlets.Dict({}).tag(sync=True)  # run and key of what is selected

    def __init__(self, task: str = "", *, cellar: Cellar | None = None, height: int = 440) -> None:
        self._desk = Desk(cellar or current())
        super().__init__(task=task, height=height)
        self.on_msg(self._hear)

    def refresh(self) -> None:
        """Read everything again, in every place where it is shown."""
        self.send({"event": "changed"})

    @traitlets.observe("_chosen")
    def _choose(self, change: Mapping[str, object]) -> None:
        chosen = Question("chosen", self._chosen)
        run_id, key = chosen.text("run"), chosen.text("key")
        asset = Asset(self._desk.cellar, self._desk.cellar.run(run_id)) if run_id else None
        if asset is None or asset.run.asset is None:
            self.value = None
        elif not key or name_of(key) not in asset.manifest:
            self.value = asset
        else:
            self.value = asset[os.fsdecode(name_of(key))]

    def _hear(self, _: object, content: Mapping[str, JSON], buffers: Sequence[memoryview]) -> None:
        head = Question("question", content)
        fields = content.get("request")
        try:
            question = Question(head.text("verb"), fields if isinstance(fields, dict) else {})
            self._reply(head.text("id"), sent(self._desk.answer(question)))
        except NbcellarError as error:
            self._refuse(content.get("id"), error.message, error.saved, error.hint)
        except Exception as error:
            # said where it was asked, since nobody sees what a kernel logs; and raised, for those who do
            self._refuse(content.get("id"), f"{type(error).__name__}: {error}", "", "This is a fault of nbcellar.")
            raise

    def _reply(self, question_id: str, answer: Sent) -> None:
        buffers = None if answer.content is None else [answer.content]
        self.send({"id": question_id, "value": answer.value}, buffers)

    def _refuse(self, question_id: JSON, message: str, saved: str, hint: str) -> None:
        self.send({"id": question_id, "error": {"message": message, "saved": saved, "hint": hint}})

    def __repr__(self) -> str:
        return f"AssetBrowser({self.task!r})" if self.task else "AssetBrowser()"

    def _repr_mimebundle_(self, **options: object) -> tuple[dict[str, JSON], dict[str, JSON]]:
        """The widget, and for places without a kernel a tree of plain HTML and text."""
        shown = branches(self._desk.cellar, self.task)
        view: dict[str, JSON] = {"version_major": 2, "version_minor": 1, "model_id": self.model_id}
        return {
            "text/plain": outline_text(shown),
            "text/html": outline_html(shown),
            "application/vnd.jupyter.widget-view+json": view,
        }, {}
