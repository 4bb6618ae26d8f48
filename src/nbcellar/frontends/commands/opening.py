"""``open``: the executed notebook of a run, at the cell where it failed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from nbcellar.assets.display import visible
from nbcellar.errors import NotFoundError, did_you_mean
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.command import Argument, Command, Count, Given
from nbcellar.frontends.commands.place import here
from nbcellar.frontends.commands.runstatus import RUN
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON, Run
from nbcellar.store import Cellar
from nbcellar.workflow.notebooks.following import CellAt, cell_at, notebook_of
from nbcellar.workflow.notebooks.saving import replace_file
from nbcellar.workflow.runs.history import StepStatus, find_run, workflow_status
from nbcellar.workflow.views.progress import first_line

FOLDER = "cache/opened"


@dataclass(frozen=True, repr=False)
class Opened(Answer):
    """Where an executed notebook was laid out, and the cell to look at.

    Attributes:
        notebook: A copy to open in Jupyter.
        page: The same as a page for a browser, without scripts.
    """

    verb: ClassVar[str] = "open"
    run: Run
    step: StepStatus
    cell: CellAt
    notebook: Path
    page: Path

    @property
    def url(self) -> str:
        """The page, at the cell."""
        return self.page.as_uri() + (f"#cell-id={self.cell.id}" if self.cell.id else "")

    def _facts(self) -> dict[str, JSON]:
        return {
            "ref": self.run.ref,
            "step": self.step.outcome.step,
            "status": self.step.outcome.status.value,
            "error": self.step.outcome.error,
            "cell": self.cell.number,
            "cell_count": self.cell.count,
            "cell_id": self.cell.id,
            "notebook": str(self.notebook),
            "url": self.url,
        }

    def _items(self) -> Iterable[JSON]:
        return [self._facts()]

    def _blocks(self) -> list[Block]:
        outcome, at = self.step.outcome, self.cell
        where = f", at cell {at.number} of {at.count}: {first_line(at.source)}" if at.number else ""
        return [
            f"{self.run.ref} · {outcome.step} {outcome.status.value}{where}",
            *([outcome.error] if outcome.error else []),
            f"Notebook: {visible(str(self.notebook))}",
            f"Page: {visible(self.url)}",
        ]


def open_(run: str | int = "latest", step: str = "", *, browser: bool = False, cellar: Cellar | None = None) -> Opened:
    """Lay out the executed notebook of a step, and say at which cell to look.

    Args:
        run: ``latest``, a number, a name, or ``survey@3``.
        step: Which step; the first that failed where it is empty, else the last that ran.
        browser: Open the page too.

    Raises:
        NotFoundError: There is no such run or step, or it has no executed notebook.
        StorageError: It could not be read or written.
    """
    place = here(cellar)
    found = find_run(place, run)
    chosen = _chosen(found, workflow_status(place, found).steps, step)
    content = _content(place, found, chosen)
    folder = place.folder / FOLDER / found.id
    folder.mkdir(parents=True, exist_ok=True)
    notebook = folder / f"{chosen.outcome.step}.ipynb"
    replace_file(notebook, content)
    page = notebook.with_suffix(".html")
    replace_file(page, _page(content).encode())
    opened = Opened(found, chosen, cell_at(content), notebook, page)
    if browser:
        import webbrowser

        webbrowser.open(opened.url)
    return opened


def _chosen(run: Run, steps: tuple[StepStatus, ...], name: str) -> StepStatus:
    began = [one for one in steps if one.outcome.runs]
    if name:
        named = [one for one in began if one.outcome.step == name]
        if not named:
            names = [one.outcome.step for one in began]
            hint = did_you_mean(name, names) or f"Steps that began: {', '.join(names) or 'none'}."
            raise NotFoundError(f"No step {name!r} of {run.ref} began.", hint=hint)
        return named[0]
    if not began:
        raise NotFoundError(f"No step of {run.ref} began.", hint="`nbcellar status` says why.")
    bad = [one for one in began if not one.outcome.done]
    return bad[0] if bad else began[-1]


def _content(cellar: Cellar, run: Run, step: StepStatus) -> bytes:
    runs = [cellar.run(each) for each in step.outcome.runs]
    worst = [each for each in runs if each.status is step.outcome.status] or runs
    content = notebook_of(cellar, worst[0])
    if content is None:
        reason = step.outcome.error or "none was kept"
        raise NotFoundError(f"Step {step.outcome.step!r} of {run.ref} has no executed notebook: {reason}.")
    return content


def _page(content: bytes) -> str:
    """The notebook as a page; markup in its outputs is cleaned, since it may come from somewhere else."""
    import nbformat
    from nbconvert import HTMLExporter

    notebook = nbformat.reads(content.decode("utf-8", "replace"), as_version=4)  # type: ignore[no-untyped-call]
    exporter = HTMLExporter(sanitize_html=True, embed_images=True)  # type: ignore[no-untyped-call]
    text, _ = exporter.from_notebook_node(notebook)
    return str(text)


def _open(given: Given) -> Answer:
    looks_on = sys.stdout.isatty() and bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    looks_on = looks_on or (sys.stdout.isatty() and sys.platform == "darwin")
    wanted = looks_on and not given.flag("no_browser") and not given.quiet
    return open_(given.text("run") or "latest", given.text("step"), browser=wanted, cellar=given.cellar)


COMMANDS = (
    Command(
        "open",
        "Open the executed notebook of a run, at the cell where it failed.",
        (
            ("open", "of the latest run: the first step that failed, else the last one"),
            ("open survey@3 fit", "of one step"),
        ),
        (
            RUN,
            Argument("STEP", "one step"),
            Argument("--no-browser", "only say where it is", Count.FLAG),
        ),
        _open,
        "cellar.open_()",
    ),
)
