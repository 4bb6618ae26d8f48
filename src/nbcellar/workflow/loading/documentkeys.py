"""What the keys of a workflow file say: each is read, and what is wrong with it is noted where it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from nbcellar.lightclasses import replace
from nbcellar.model import JSON, NAME
from nbcellar.workflow.documents.document import (
    VERSION,
    Body,
    CachePolicy,
    Document,
    FunctionBody,
    NotebookBody,
    ParameterDeclaration,
    Publication,
    Source,
    Step,
    WorkflowBody,
)
from nbcellar.workflow.documents.mapped import MappedParameter
from nbcellar.workflow.documents.secretreferences import KEY as SECRET
from nbcellar.workflow.documents.valuetypes import mistyped
from nbcellar.workflow.loading.composingflows import FLOWS, read_flows
from nbcellar.workflow.loading.conditions import read_conditions
from nbcellar.workflow.loading.mapped import read_mapped
from nbcellar.workflow.loading.reading import Reading, is_nothing, joined, shown
from nbcellar.workflow.loading.resources import SECTIONS, read_resources, read_use
from nbcellar.workflow.loading.yamltree import Listing, Node, Scalar, Table, plain

DOCUMENT_KEYS = (
    "cellar",
    "name",
    "description",
    "parameters",
    "defaults",
    *SECTIONS,
    "steps",
    "publish",
    "notebooks_to",
    "on_failure",
)
PARAMETER_KEYS = ("type", "default", "description", "required")
DEFAULT_KEYS = ("retries", "timeout", "cell_timeout", "cache", "kernel", "depends_on_env")
STEP_KEYS = (
    "notebook",
    "function",
    "folder",
    "kernel",
    "description",
    "parameters",
    "mapped_parameters",
    "for_each",
    "needs",
    "when",
    "inputs",
    "depends_on_env",
    "cache",
    "retries",
    "timeout",
    "cell_timeout",
    "use",
    "emits",
)
BODIES = ("notebook", "function")
WORKFLOW_KEYS = (
    "workflow",
    "description",
    "parameters",
    "mapped_parameters",
    "needs",
    "when",
    "depends_on_env",
    "cache",
)
STEP_NAME = re.compile(rf"{NAME.pattern}(\.{NAME.pattern})*")


def document_of(tree: Node, text: str, folder: Path, file: str) -> Source:
    """Read a document off its tree; what is wrong with its keys and values is in the source's ``problems``.

    Args:
        tree: What its text says.
        text: That text.
        folder: What its relative paths start from.
        file: How problems name it.
    """
    reading = _DocumentReading(file)
    document = reading.document(tree, folder)
    return Source(document, file, text, reading.lines, tuple(reading.problems))


class _DocumentReading(Reading):
    """Reads the parts of a document.

    Attributes:
        folder: What the document's paths start from.
    """

    folder = Path()

    def document(self, root: Node, folder: Path, *, inner: bool = False) -> Document:
        if not isinstance(root, Table):
            self.note("document", root.line, f"it must be a mapping of keys to values, and is {shown(root)}.")
            return Document("", folder, {})
        if FLOWS in root.items:
            return read_flows(self, root, folder)
        if {"cells", "nbformat"} <= root.items.keys():
            hint = "Name it in a workflow file, under `steps:`: {STEP: {notebook: FILE.ipynb}}."
            self.note("document", root.line, "it is a notebook, and no workflow.", hint)
            return Document("", folder, {})
        self.folder = folder
        items = self.table(root, "", DOCUMENT_KEYS)
        if "cellar" in items or not inner:
            self.version(items.get("cellar"), root.line)
        defaults = self.defaults(items.get("defaults"))
        return Document(
            name=self.name(items, root.line),
            folder=folder,
            description=self.text(items, "description", ""),
            parameters=self.each(items.get("parameters"), "parameters", self.declaration),
            steps=self.steps(items.get("steps"), root.line, defaults),
            publish=tuple(self.each(items.get("publish"), "publish", self.publication).values()),
            notebooks_to=self.text(items, "notebooks_to", ""),
            resources=read_resources(self, items),
            on_failure=self.text(items, "on_failure", ""),
        )

    def defaults(self, node: Node | None) -> dict[str, Node]:
        """What steps say that say nothing of it; what is wrong is noted here, once for all of them."""
        items = self.table(node, "defaults", DEFAULT_KEYS)
        self.count(items, "retries", "defaults")
        for name in ("timeout", "cell_timeout"):
            self.duration(items, name, "defaults")
        self.cache(items, "defaults")
        self.text(items, "kernel", "defaults")
        self.texts(items, "depends_on_env", "defaults")
        wrong = {each.key for each in self.problems}
        return {name: item for name, item in items.items() if f"defaults.{name}" not in wrong}

    def version(self, node: Node | None, line: int) -> None:
        if node is None:
            self.note("cellar", line, "the version of the format is missing.", f"Add the line `cellar: {VERSION}`.")
        elif plain(node) != VERSION or plain(node) is True:
            self.note("cellar", node.line, f"this nbcellar reads version {VERSION}, not {shown(node)}.")

    def name(self, items: Mapping[str, Node], line: int) -> str:
        name = self.text(items, "name", "")
        if not NAME.fullmatch(name) and not any(each.key == "name" for each in self.problems):
            message = f"{name!r} is not a usable name." if name else "the workflow has no name."
            hint = "Use letters, digits, _ and -, and begin with a letter or _."
            self.note("name", self.lines.get("name", line), message, hint)
        return name

    def declaration(self, name: str, node: Node, key: str) -> ParameterDeclaration:
        if isinstance(node, Scalar | Listing):  # `year: 2024` alone is its default
            return ParameterDeclaration(name, default=self.json(node, key))
        if node.items.keys() == {SECRET}:  # and so is a secret
            return ParameterDeclaration(name, default=self.json(node, key))
        if node.items and not node.items.keys() & {*PARAMETER_KEYS}:
            message = f"a mapping says what the parameter is, with {', '.join(PARAMETER_KEYS)}."
            self.note(key, node.line, message, "Write `default:` before a default that is a mapping itself.")
            return ParameterDeclaration(name)
        items = self.table(node, key, PARAMETER_KEYS)
        kind = self.text(items, "type", key)
        if kind and (hint := mistyped(kind)):
            self.note(joined(key, "type"), items["type"].line, f"{kind!r} is not a type.", hint)
        default = self.json(items["default"], joined(key, "default")) if "default" in items else None
        required = "default" not in items or self.truth(items, "required", key)
        return ParameterDeclaration(name, kind, default, required, self.text(items, "description", key))

    def steps(self, node: Node | None, line: int, defaults: Mapping[str, Node]) -> dict[str, Step]:
        steps = self.each(node, "steps", lambda name, item, key: self.step(name, item, key, defaults))
        if not steps and (node is None or is_nothing(node) or isinstance(node, Table)):  # else it is said what it is
            self.note("steps", node.line if node else line, "the workflow has no steps.")
        return steps

    def step(self, name: str, node: Node, key: str, defaults: Mapping[str, Node]) -> Step:
        if not STEP_NAME.fullmatch(name):
            self.note(key, node.line, f"{name!r} is not a usable step name.", "Use letters, digits, _ and -.")
        if isinstance(node, Table) and "workflow" in node.items:
            items = self.table(self.without_foreign(node, key), key, WORKFLOW_KEYS)
            body: Body = self.workflow(items["workflow"], joined(key, "workflow"))
        else:
            own = self.table(node, key, STEP_KEYS, above=DOCUMENT_KEYS)
            items = {**defaults, **own}
            body = self.body(own, items, key, node.line)
            nothing = isinstance(body, NotebookBody) and not body.path
            if nothing and (is_nothing(node) or isinstance(node, Table)):  # else it is said what it is
                hint = "Give it `notebook: FILE.ipynb`, `function: package.module.name` or `workflow: FILE.yaml`."
                self.note(key, node.line, "the step says nothing to run.", hint)
        return Step(
            id=name,
            body=body,
            parameters=self.each(items.get("parameters"), joined(key, "parameters"), self.value),
            mapped_parameters=self.mapped(items.get("mapped_parameters"), joined(key, "mapped_parameters")),
            for_each=self.for_each(items.get("for_each"), joined(key, "for_each")),
            needs=self.names(items, "needs", key),
            when=read_conditions(self, items.get("when"), joined(key, "when")),
            inputs=self.names(items, "inputs", key),
            depends_on_env=self.names(items, "depends_on_env", key),
            cache=self.cache(items, key),
            retries=self.count(items, "retries", key),
            timeout_s=self.duration(items, "timeout", key),
            cell_timeout_s=self.duration(items, "cell_timeout", key) if isinstance(body, NotebookBody) else None,
            use=read_use(self, items, key),
            emits=self.texts(items, "emits", key),
            description=self.text(items, "description", key),
        )

    def without_foreign(self, node: Table, key: str) -> Table:
        """A step that is a workflow, without what only a notebook or a function can have."""
        foreign = [name for name in node.items if name in STEP_KEYS and name not in WORKFLOW_KEYS]
        for name in foreign:
            if name in BODIES:
                words, hint = f"it names a workflow and a {name}, and a step runs one thing.", "Make it two steps."
            else:
                words = f"{name!r} is for a notebook or a function; the steps of a workflow take its place."
                hint = "Say it at the steps of the inner workflow."
            self.note(joined(key, name), node.lines[name], words, hint)
        return Table(
            node.line,
            {name: item for name, item in node.items.items() if name not in foreign},
            {name: line for name, line in node.lines.items() if name not in foreign},
        )

    def body(self, own: Mapping[str, Node], items: Mapping[str, Node], key: str, line: int) -> Body:
        """What the step runs: one thing."""
        bodies = [name for name in BODIES if name in own]
        if len(bodies) > 1:
            self.note(
                key, line, f"it names a {' and a '.join(bodies)}, and a step runs one thing.", "Make it two steps."
            )
        if "function" in own and "notebook" not in own:
            if "kernel" in own:
                self.note(joined(key, "kernel"), own["kernel"].line, "a function has no kernel: it runs in the runner.")
            if "cell_timeout" in own:
                line = own["cell_timeout"].line
                self.note(joined(key, "cell_timeout"), line, "a function has no cells.", "Give it a `timeout`.")
            return FunctionBody(self.text(own, "function", key), self.text(own, "folder", key))
        if "folder" in own:
            self.note(joined(key, "folder"), own["folder"].line, "only a function has a folder for its module.")
        return NotebookBody(self.text(own, "notebook", key), self.text(items, "kernel", key))

    def workflow(self, node: Node, key: str) -> WorkflowBody:
        """A workflow as a step: the file's name, or all of it in place."""
        if isinstance(node, Table):
            inner = _DocumentReading(self.file)
            document = inner.document(node, self.folder, inner=True)
            self.lines |= {joined(key, name): line for name, line in inner.lines.items()}
            self.problems += [replace(each, key=joined(key, each.key)) for each in inner.problems]
            return WorkflowBody(document=document)
        if not (isinstance(node, Scalar) and isinstance(node.value, str) and node.value):
            self.note(key, node.line, f"it must be a workflow file, and is {shown(node)}.")
            return WorkflowBody()
        return WorkflowBody(node.value)

    def value(self, _name: str, node: Node, key: str) -> JSON:
        return self.json(node, key)

    def mapped(self, node: Node | None, key: str) -> dict[str, MappedParameter]:
        found = self.each(node, key, lambda _name, item, path: read_mapped(self, item, path))
        return {name: mapped for name, mapped in found.items() if mapped is not None}

    def for_each(self, node: Node | None, key: str) -> dict[str, JSON | MappedParameter]:
        found = self.each(node, key, self.many)
        if isinstance(node, Table) and not found:
            self.note(key, node.line, "it names no parameter to go through.", "Write {PARAMETER: LIST}.")
        return found

    def many(self, _name: str, node: Node, key: str) -> JSON | MappedParameter:
        return read_mapped(self, node, key) if isinstance(node, Table) else self.json(node, key)

    def cache(self, items: Mapping[str, Node], key: str) -> CachePolicy:
        node = items.get("cache")
        policy = None if node is None or is_nothing(node) else plain(node)
        if policy is None or policy is True or policy == "auto":
            return CachePolicy()
        if policy is False:
            return CachePolicy(allowed=False)
        return CachePolicy(age_s=self.duration(items, "cache", key, "Write auto, false, or an age such as 7d."))

    def publication(self, source: str, node: Node, key: str) -> Publication:
        target = plain(node)
        if not isinstance(target, str) or not target:
            self.note(key, node.line, f"the target must be a path, and is {shown(node)}.")
            target = ""
        if "/" not in source.strip("/"):
            self.note(key, self.lines[key], f"{source!r} names no file of a step.", "Write `STEP/path: target`.")
        return Publication(source, target)
