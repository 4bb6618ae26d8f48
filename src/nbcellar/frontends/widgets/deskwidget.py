"""What every widget is: a view in the page that asks, and a desk in the kernel that answers."""

from __future__ import annotations

import uuid
from abc import abstractmethod
from collections.abc import Mapping, Sequence

import anywidget
import traitlets

from nbcellar.errors import NbcellarError
from nbcellar.frontends.browsing.answers import Answer, sent
from nbcellar.frontends.browsing.desk import Desk
from nbcellar.frontends.browsing.question import Question
from nbcellar.frontends.widgets.bundle import bundled
from nbcellar.model import JSON
from nbcellar.store import Cellar, current

WIDGET_TYPE = "application/vnd.jupyter.widget-view+json"
VIEW_TYPE = "application/vnd.nbcellar.view+json"


class DeskWidget(anywidget.AnyWidget):
    """Answers the questions of its view from one cellar."""

    _esm = bundled("index.js")
    _css = bundled("browser.css")

    _kind = traitlets.Unicode("").tag(sync=True)  # the page draws nothing before it knows it
    _identity = traitlets.Unicode("").tag(sync=True)  # the id of its model, which a view is not told otherwise

    def __init__(self, cellar: Cellar | None, **traits: object) -> None:
        self._desk = Desk(cellar or current())
        identity = uuid.uuid4().hex
        super().__init__(model_id=identity, _identity=identity, **traits)
        self.on_msg(self._hear)

    def refresh(self) -> None:
        """Read everything again, in every place where it is shown."""
        self.send({"event": "changed"})

    @abstractmethod
    def _outline(self) -> tuple[str, str]:
        """What stands where no kernel lives: text, and HTML without script and style."""

    def _answered(self, question: Question, answer: Answer) -> None:
        """Called with each answer before it is sent."""

    def _hear(self, _: object, content: Mapping[str, JSON], buffers: Sequence[memoryview]) -> None:
        if content.get("event") == "tell":
            self.send_state()  # a page that knows nothing of it cannot ask anything yet
            return
        if content.get("event") == "heard":
            return  # it came for the answer that was on its way
        head = Question("question", content)
        fields = content.get("request")
        try:
            question = Question(head.text("verb"), fields if isinstance(fields, dict) else {})
            answer = self._desk.answer(question)
            self._answered(question, answer)
            self._reply(head.text("id"), answer)
        except NbcellarError as error:
            self._refuse(content.get("id"), error.message, error.saved, error.hint)
        except Exception as error:
            # said where it was asked, since nobody sees what a kernel logs; and raised, for those who do
            self._refuse(content.get("id"), f"{type(error).__name__}: {error}", "", "This is a fault of nbcellar.")
            raise

    def _reply(self, question_id: str, answer: Answer) -> None:
        going = sent(answer)
        self.send({"id": question_id, "value": going.value}, None if going.content is None else [going.content])

    def _refuse(self, question_id: JSON, message: str, saved: str, hint: str) -> None:
        self.send({"id": question_id, "error": {"message": message, "saved": saved, "hint": hint}})

    def _repr_mimebundle_(self, **options: object) -> tuple[dict[str, JSON], dict[str, JSON]]:
        """The widget, and for places without a kernel the same as plain HTML and text.

        JupyterLab draws a widget whose model is gone as an error; `VIEW_TYPE` lets our extension draw the HTML instead.
        """
        text, html = self._outline()
        view: dict[str, JSON] = {"version_major": 2, "version_minor": 1, "model_id": self.model_id}
        return {"text/plain": text, "text/html": html, WIDGET_TYPE: view, VIEW_TYPE: {"kind": self._kind}}, {}
