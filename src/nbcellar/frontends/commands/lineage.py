"""``whence`` and ``graph``: where a file comes from, and what an asset was made of and used for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from nbcellar.assets.display import Table, html_text, time_text, visible
from nbcellar.assets.facts import iso_time
from nbcellar.assets.scanning.digests import digest_file
from nbcellar.errors import NotFoundError
from nbcellar.frontends.commands.answer import Answer, Block, Lines
from nbcellar.frontends.commands.command import Argument, Command, Count
from nbcellar.frontends.commands.place import find_any, here
from nbcellar.frontends.commands.runtable import short_ref
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON, InputKind, Run, RunStatus
from nbcellar.store import Cellar, RunQuery

DEEPEST = 20
WORKFLOW_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, repr=False)
class Whence(Answer):
    """Which assets hold a file with this content."""

    verb: ClassVar[str] = "whence"
    cellar: Cellar
    path: Path
    digest: str
    found: tuple[tuple[Run, bytes], ...]
    exit_code: int = 0

    def _facts(self) -> dict[str, JSON]:
        return {"path": str(self.path), "digest": self.digest, "found": list(self._items())}

    def _items(self) -> Iterable[JSON]:
        return [
            {"ref": short_ref(self.cellar, run), "path": os.fsdecode(name), "started": iso_time(run.started_ns)}
            for run, name in self.found
        ]

    def _blocks(self) -> list[Block]:
        if not self.found:
            return [f"No asset holds {visible(str(self.path))} as it is now."]
        rows = [(short_ref(self.cellar, run), visible(name), time_text(run.started_ns)) for run, name in self.found]
        return [Table(("Run", "Path", "Started"), rows)]


@dataclass(frozen=True, repr=False)
class StepGraph(Answer):
    """The steps of a workflow, and what each waits for."""

    verb: ClassVar[str] = "graph"
    name: str
    needs: Mapping[str, frozenset[str]]

    def _facts(self) -> dict[str, JSON]:
        return {"name": self.name, "steps": list(self._items()), "mermaid": self.mermaid()}

    def _items(self) -> Iterable[JSON]:
        return [{"step": step, "after": [*sorted(before)]} for step, before in self.needs.items()]

    def mermaid(self) -> str:
        """The graph as Mermaid reads it."""
        numbers = {step: f"s{number}" for number, step in enumerate(self.needs)}
        lines = [f'  {number}["{_quoted(step)}"]' for step, number in numbers.items()]
        lines += [f"  {numbers[one]} --> {numbers[step]}" for step in numbers for one in sorted(self.needs[step])]
        return "\n".join(["graph LR", *lines])

    def _blocks(self) -> list[Block]:
        rows = [(step, ", ".join(sorted(before))) for step, before in self.needs.items()]
        return [Table(("Step", "After"), rows)]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, JSON]:
        return {**super()._repr_mimebundle_(include, exclude), "text/vnd.mermaid": self.mermaid()}


@dataclass(frozen=True, slots=True)
class Edge:
    """One run read what another made."""

    source: Run
    user: Run


@dataclass(frozen=True, repr=False)
class Graph(Answer):
    """What an asset was made of, and what it was used for."""

    verb: ClassVar[str] = "graph"
    cellar: Cellar
    run: Run
    edges: tuple[Edge, ...]
    files: tuple[tuple[Run, str], ...]

    def _facts(self) -> dict[str, JSON]:
        return {
            "ref": short_ref(self.cellar, self.run),
            "edges": [self._edge(edge.source, edge.user) for edge in self.edges],
            "files": [{"path": path, "read_by": short_ref(self.cellar, run)} for run, path in self.files],
            "mermaid": self.mermaid(),
        }

    def _items(self) -> Iterable[JSON]:
        return [self._edge(edge.source, edge.user) for edge in self.edges]

    def _edge(self, source: Run, user: Run) -> JSON:
        return {"from": short_ref(self.cellar, source), "to": short_ref(self.cellar, user)}

    def mermaid(self) -> str:
        """The graph as Mermaid reads it."""
        runs = {self.run.id: self.run}
        for edge in self.edges:
            runs |= {edge.source.id: edge.source, edge.user.id: edge.user}
        lines = ["graph LR"]
        lines += [f'  {run.id}["{short_ref(self.cellar, run)}"]' for run in runs.values()]
        lines += [f"  {edge.source.id} --> {edge.user.id}" for edge in self.edges]
        for number, (run, path) in enumerate(self.files):
            lines.append(f'  f{number}(["{_quoted(path)}"]) --> {run.id}')
        return "\n".join(lines)

    def _blocks(self) -> list[Block]:
        above = self._tree(self.run, "  ", up=True) or ["  nothing that is known"]
        below = self._tree(self.run, "  ", up=False) or ["  nothing"]
        return [
            f"{short_ref(self.cellar, self.run)} is made of",
            Lines("\n".join(above)),
            "and used by",
            Lines("\n".join(below)),
        ]

    def _tree(self, run: Run, indent: str, *, up: bool) -> list[str]:
        lines = [indent + visible(path) for reader, path in self.files if up and reader.id == run.id]
        for edge in self.edges:
            near, far = (edge.user, edge.source) if up else (edge.source, edge.user)
            if near.id == run.id and len(indent) < 2 * DEEPEST:
                lines += [indent + short_ref(self.cellar, far), *self._tree(far, indent + "  ", up=up)]
        return lines

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, JSON]:
        return {**super()._repr_mimebundle_(include, exclude), "text/vnd.mermaid": self.mermaid()}


def whence(path: str | os.PathLike[str], *, cellar: Cellar | None = None) -> Whence:
    """Which assets hold a file with this content, whatever it is called there.

    Raises:
        NotFoundError: There is no such file.
        SourceError: It cannot be read.
    """
    place = here(cellar)
    file = Path(os.path.abspath(path))
    digest = digest_file(place, file).digest
    found = place.find_content([digest]).get(digest, [])
    return Whence(place, file, digest.hex(), tuple(found), 0 if found else NotFoundError.exit_code)


def graph(ref: str = "", *, cellar: Cellar | None = None) -> Graph | StepGraph:
    """What an asset was made of, and what it was used for, as far as runs recorded it; of a workflow file, its steps.

    Args:
        ref: A reference, or a workflow file; the newest asset of the project where it is left out.

    Raises:
        NotFoundError: There is no such run or file, or no asset yet.
        InvalidWorkflow: The file cannot be read as a workflow.
    """
    if ref.endswith(WORKFLOW_ENDINGS):
        return _steps(ref)
    place = here(cellar)
    run = find_any(place, ref) if ref else _newest(place)
    edges: dict[tuple[str, str], Edge] = {}
    files: dict[tuple[str, str], tuple[Run, str]] = {}
    _climb(place, run, edges, files, DEEPEST)
    _descend(place, run, edges, DEEPEST)
    return Graph(place, run, tuple(edges.values()), tuple(files.values()))


def _newest(cellar: Cellar) -> Run:
    query = RunQuery(project=cellar.project, statuses=(RunStatus.SUCCEEDED,), with_asset=True, limit=1)
    for run in cellar.runs(query):
        return run
    raise NotFoundError(
        f"The project {cellar.project!r} has no asset yet, so there is nothing to show.",
        hint="Give a workflow file to see its steps: `nbcellar graph survey.yaml`.",
    )


def _steps(file: str) -> StepGraph:
    """The steps of a workflow, those of the workflows in it included, each after what it waits for."""
    from nbcellar.workflow.documents import graph as steps
    from nbcellar.workflow.documents.problems import refuse
    from nbcellar.workflow.loading.composition import compose
    from nbcellar.workflow.loading.document import read_document

    source = compose(read_document(file))
    refuse(source.file, source.problems)
    needs = steps.edges(source.document)
    order = [*needs] if steps.cycle(source.document) else steps.order(needs)
    return StepGraph(source.document.name, {step: needs[step] for step in order})


def _climb(
    cellar: Cellar,
    run: Run,
    edges: dict[tuple[str, str], Edge],
    files: dict[tuple[str, str], tuple[Run, str]],
    depth: int,
) -> None:
    for one in run.inputs:
        if one.kind in (InputKind.FILE, InputKind.URL):
            files[one.path, run.id] = (run, one.path)
        elif one.run and (one.run, run.id) not in edges:
            source = cellar.run(one.run)
            edges[source.id, run.id] = Edge(source, run)
            if depth:
                _climb(cellar, source, edges, files, depth - 1)


def _descend(cellar: Cellar, run: Run, edges: dict[tuple[str, str], Edge], depth: int) -> None:
    for user in cellar.used_by(run):
        if (run.id, user.id) not in edges:
            edges[run.id, user.id] = Edge(run, user)
            if depth:
                _descend(cellar, user, edges, depth - 1)


def _quoted(text: str) -> str:
    return html_text(visible(text)).replace('"', "#quot;")


COMMANDS = (
    Command(
        "whence",
        "Find the assets that hold a file with this content.",
        (("whence report.html", "which run made it, also where it was renamed"),),
        (Argument("FILE", "a file", Count.ONE, kind="file"),),
        lambda given: whence(given.text("file"), cellar=given.cellar),
        'cellar.whence("report.html")',
        slips={"": "One file at a time: `nbcellar whence {0}`."},
    ),
    Command(
        "graph",
        "Show what an asset was made of, and what it was used for; of a workflow file, its steps.",
        (
            ("graph", "of the newest asset"),
            ("graph train", "as a tree"),
            ("graph train --json", "with its edges, and as Mermaid"),
            ("graph survey.yaml", "the steps of a workflow"),
        ),
        (Argument("REF", "a reference, or a workflow file; the newest asset where it is left out", kind="ref"),),
        lambda given: graph(given.text("ref"), cellar=given.cellar),
        'cellar.graph("train")',
    ),
)
