"""A form for a workflow: controls for its parameters, a button that runs it, and the run below."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

import traitlets
from ipywidgets import HTML, Button, HBox, VBox

from nbcellar.assets.display import html_text, visible
from nbcellar.errors import NbcellarError, UsageError
from nbcellar.frontends.runplace import Following
from nbcellar.frontends.widgets.controls import Control
from nbcellar.model import JSON
from nbcellar.workflow.documents.document import Document
from nbcellar.workflow.documents.documentpath import document_path
from nbcellar.workflow.making.workflow import Workflow
from nbcellar.workflow.runs.workflowrun import WorkflowRun


class WorkflowForm(VBox):  # type: ignore[misc]
    """Sets the parameters of a workflow and runs it. ``Workflow.run`` does the same without a page.

    Args:
        workflow: A workflow, or its file, which is read anew for each run.

    Attributes:
        value: The parameters as they are set, JSON; secrets and what nobody wrote are left out.
        controls: The control of each parameter.
        run: The newest run; None before the first.

    Raises:
        NotFoundError: There is no such file.
        InvalidWorkflow: It is no workflow.
        UsageError: It is neither a workflow nor a path.
    """

    value = traitlets.Dict(read_only=True)

    def __init__(self, workflow: Workflow | str | os.PathLike[str]) -> None:
        self._given = workflow if isinstance(workflow, Workflow) else document_path(workflow)
        made = self._workflow()
        self._controls = _controls_of(made.document)
        self.run: WorkflowRun | None = None
        self._start = Button(description="Run", button_style="primary", icon="play", tooltip=f"Run {made.name}")
        self._cancel = Button(description="Cancel", icon="stop", tooltip="End the run", disabled=True)
        self._shown = HTML()
        self._shown.add_class("jp-RenderedHTMLCommon")  # its tables look as those in a cell's output do
        super().__init__(
            [
                HTML(f"<strong>{html_text(made.name)}</strong> {html_text(made.document.description)}"),
                *(_row(made.document, name, control) for name, control in self._controls.items()),
                HBox([self._start, self._cancel]),
                self._shown,
            ]
        )
        for control in self._controls.values():
            control.widget.observe(self._read, "value")
        self._start.on_click(lambda _: self.start())
        self._cancel.on_click(lambda _: self.cancel())
        self._read()

    @property
    def controls(self) -> Mapping[str, object]:
        """The control of each parameter, an ipywidget."""
        return {name: control.widget for name, control in self._controls.items()}

    def start(self) -> None:
        """Run it with the parameters as they are set; what is wrong is told below the buttons."""
        if self._start.disabled:  # it runs
            return
        self._shown.value = ""
        self._allow(run=False)
        try:
            workflow = self._workflow()
            self._check_written(workflow.document)
            self.run = workflow.run(dict(self.value), listener=Following(self._show))
        except NbcellarError as error:
            self._tell(error)
            self._allow(run=True)
        except BaseException:
            self._allow(run=True)
            raise
        else:
            threading.Thread(target=self._await, args=(self.run,), name="nbcellar-form", daemon=True).start()

    def _check_written(self, document: Document) -> None:
        """Every parameter that must be written is.

        Raises:
            UsageError: Some are not, or the file has some that the form does not know.
        """
        wanted = [name for name, one in document.parameters.items() if one.required and name not in self.value]
        if new := [name for name in wanted if name not in self._controls]:
            raise UsageError(
                f"The file has new parameters: {', '.join(new)}. Nothing was run.",
                hint="Make the form anew: cellar.form(...).",
            )
        if wanted:
            raise UsageError(f"Without a value: {', '.join(wanted)}. Nothing was run.", hint="Set it above.")

    def _await(self, run: WorkflowRun) -> None:
        try:
            run.wait()
        except NbcellarError as error:
            self._tell(error)
        finally:
            self._allow(run=True)

    def _allow(self, *, run: bool) -> None:
        """Let it be run, or the run be ended."""
        self._start.disabled, self._cancel.disabled = not run, run

    def cancel(self) -> None:
        """End the run that is under way."""
        if self.run is not None:
            self.run.cancel()

    def _workflow(self) -> Workflow:
        return self._given if isinstance(self._given, Workflow) else Workflow.from_yaml(self._given)

    def _read(self, _change: object = None) -> None:
        self.set_trait("value", {name: one.read() for name, one in self._controls.items() if one.given})

    def _show(self, content: Mapping[str, JSON]) -> None:
        self._shown.value = str(content["text/html"])

    def _tell(self, error: NbcellarError) -> None:
        lines = "<br>".join(html_text(line) for line in str(error).splitlines())
        self._shown.value = f'<div role="alert">{lines}</div>'


def _controls_of(document: Document) -> dict[str, Control]:
    return {name: Control(document, one) for name, one in document.parameters.items()}


def _row(document: Document, name: str, control: Control) -> HBox:
    """A control, with what the document says of it."""
    said = document.parameters[name].description
    return HBox([control.widget, *([HTML(html_text(visible(said)))] if said else [])])
