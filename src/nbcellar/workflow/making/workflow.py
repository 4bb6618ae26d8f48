"""Workflows made in Python: the same documents that files hold."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

from nbcellar.errors import ConflictError, UsageError, did_you_mean
from nbcellar.lightclasses import replace
from nbcellar.model import JSON, check_name
from nbcellar.tasks.resources.resource import Resource
from nbcellar.tasks.resources.specification import ResourceSpecification
from nbcellar.workflow.checks.validation import validate
from nbcellar.workflow.documents.document import (
    Document,
    ParameterDeclaration,
    Source,
    Step,
    document_json,
)
from nbcellar.workflow.documents.problems import Problem, refuse, reject
from nbcellar.workflow.documents.valuetypes import not_json
from nbcellar.workflow.loading.composition import compose
from nbcellar.workflow.loading.dockerfile import IMAGE, write_dockerfile
from nbcellar.workflow.loading.document import parse_document, read_document
from nbcellar.workflow.loading.schema import PATH as SCHEMA_PATH
from nbcellar.workflow.loading.yamltext import rewrite, yaml_text
from nbcellar.workflow.making.options import NO_DEFAULTS, AllDefaults, Defaults
from nbcellar.workflow.making.running import WorkflowRunning
from nbcellar.workflow.notebooks.saving import replace_file

_SCHEMA_LINE = "# yaml-language-server: $schema="


class Parameters:
    """``workflow.p``: each parameter as an expression that stands for its value."""

    def __init__(self, names: Mapping[str, ParameterDeclaration]) -> None:
        self._names = names

    def __getattr__(self, name: str) -> str:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self._names:
            hint = did_you_mean(name, self._names) or f"It has {', '.join(self._names) or 'none'}."
            raise UsageError(f"The workflow has no parameter {name!r}.", hint=hint)
        return f"${{parameters.{name}}}"

    def __dir__(self) -> list[str]:
        return list(self._names)


class Workflow(WorkflowRunning):
    """A workflow: steps, what flows between them, and what a run may be given.

    Args:
        name: Its series of runs.
        parameters: Defaults by name, or declarations where a type or no default is wanted.
        folder: What notebook paths start from; the current folder where it is None.
        notebooks_to: The folder that executed notebooks are copied to.
        resources: Live objects that its steps use, in the order in which they are made.
        on_failure: A command for the shell, run where the workflow failed.
        defaults: Of each notebook or function step that is added: ``retries``, ``timeout``, ``cache``, ``kernel``,
            ``depends_on_env``.

    Raises:
        UsageError: The name cannot name a series, or a default is none.
    """

    def __init__(
        self,
        name: str,
        *,
        parameters: Mapping[str, JSON | ParameterDeclaration] | None = None,
        folder: Path | str | None = None,
        description: str = "",
        notebooks_to: str = "",
        on_failure: str = "",
        defaults: Defaults | None = None,
        resources: Sequence[Resource | ResourceSpecification] = (),
    ) -> None:
        declared = {key: _declaration(key, value) for key, value in (parameters or {}).items()}
        self._document = Document(
            name=check_name(name, "workflow name"),
            folder=Path(folder or Path.cwd()).resolve(),
            steps={},
            parameters=declared,
            description=description,
            notebooks_to=notebooks_to,
            on_failure=on_failure,
            resources=_resources(resources),
        )
        self._added: dict[str, Step] = {}
        self._source: Source | None = None
        self._read: Source | None = None
        self._defaults: AllDefaults = {**NO_DEFAULTS, **(defaults or {})}
        if unknown := self._defaults.keys() - NO_DEFAULTS.keys():
            name = min(unknown)
            hint = did_you_mean(name, NO_DEFAULTS) or f"Known: {', '.join(NO_DEFAULTS)}."
            raise UsageError(f"{name!r} has no default.", hint=hint)

    # where it comes from and goes to

    @classmethod
    def from_yaml(cls, path: Path | str | Mapping[str, JSON]) -> Workflow:
        """Read a workflow file, or what one says, as a dict: its paths start from the current folder.

        Raises:
            NotFoundError: There is no such file.
            InvalidWorkflow: It cannot be read as a workflow.
        """
        return cls.from_json(dict(path)) if isinstance(path, Mapping) else cls._of(_readable(read_document(path)))

    @classmethod
    def from_json(cls, value: JSON, folder: Path | str | None = None) -> Workflow:
        """Read what :meth:`to_json` gave.

        Raises:
            InvalidWorkflow: It is no workflow.
        """
        file = "workflow.json"
        if reason := not_json(value):
            reject(file, [Problem("document", f"{reason}.", file=file)])
        return cls._of(_readable(parse_document(json.dumps(value), Path(folder or Path.cwd()).resolve(), file)))

    @classmethod
    def _of(cls, source: Source) -> Workflow:
        made = cls.__new__(cls)
        made._document, made._source, made._defaults = source.document, source, NO_DEFAULTS
        made._added = {}
        made._read = source if source.text else None
        return made

    def to_json(self) -> dict[str, JSON]:
        """The document as JSON."""
        return document_json(self.document)

    def to_yaml(self, path: Path | str | None = None, *, schema: bool = False) -> str:
        """The document as YAML, also written to a file where a path is given.

        What was read from a file keeps its comments and its form; only what was changed since is written anew.

        Args:
            path: The file; it may be the one that the workflow was read from.
            schema: Begin with a line by which editors find the schema on this machine, to complete and check.

        Raises:
            ConflictError: The file exists and holds something else than this workflow, as it is or as it was read.
            UsageError: A function or resource was given in Python, and no name means it.
        """
        text = self._text()
        if schema and not text.startswith(_SCHEMA_LINE):
            text = f"{_SCHEMA_LINE}{SCHEMA_PATH}\n{text}"
        if path is not None:
            path = Path(path)
            known = (text, self._read.text if self._read else text)
            if path.exists() and path.read_text(encoding="utf-8") not in known:
                raise ConflictError(f"{path} exists and is not this workflow.", hint="Give another name, or remove it.")
            replace_file(path, text.encode())
            self._read = parse_document(text, self._document.folder, path.name)
        return text

    def _text(self) -> str:
        """The text that was read, with what was changed since; a new one where there is none, or no change fits in."""
        if self._source and self._source.text:
            return self._source.text
        whole = self.to_json()
        if self._read is not None:
            text = rewrite(self._read.text, document_json(self._read.document), whole)
            again = parse_document(text, self._document.folder, self._read.file)
            if again.document == self.document and not again.problems:
                return text
            warnings.warn(f"{self._read.file} could not be changed in place: its comments are lost.", stacklevel=3)
        return yaml_text(whole)

    # what it is made of

    @property
    def document(self) -> Document:
        """The document as it stands."""
        if self._added:  # a document for each of many steps would cost more than the steps
            self._document = replace(self._document, steps={**self._document.steps, **self._added})
            self._added = {}
        return self._document

    @property
    def source(self) -> Source:
        """The document, with where it stands in a file."""
        return self._given()

    @property
    def name(self) -> str:
        """Its name."""
        return self._document.name

    @property
    def project(self) -> str:
        """The project that its runs and records belong to."""
        from nbcellar.store import Cellar

        return Cellar.open(self._document.folder).project

    @property
    def steps(self) -> Mapping[str, Step]:
        """Its steps by id."""
        return self.document.steps

    @property
    def parameters(self) -> Mapping[str, ParameterDeclaration]:
        """What a run may be given."""
        return self._document.parameters

    @property
    def resources(self) -> Mapping[str, ResourceSpecification]:
        """Its live objects by id."""
        return self._document.resources

    @property
    def p(self) -> Parameters:
        """Each parameter as an expression: ``workflow.notebook("a.ipynb", year=workflow.p.year)``."""
        return Parameters(self._document.parameters)

    def _set(self, document: Document) -> None:
        self._document, self._source = document, None

    def _append(self, step: Step) -> bool:
        if step.id in self._document.steps or step.id in self._added:
            return False
        self._added[step.id] = step
        self._source = None
        return True

    # what it does

    def compose(self, *, dockerfile: Path | str | None = None, image: str = IMAGE) -> Workflow:
        """The flattened workflow: the steps of its workflows in their place, as ``report.fit``.

        Args:
            dockerfile: Where to write a Dockerfile that runs this workflow; None for none.
            image: What it builds upon.

        Raises:
            InvalidWorkflow: One of its workflows cannot be read, or does not take what it is given.
            ConflictError: The Dockerfile exists and holds something else.
            UsageError: A Dockerfile is asked for, and the workflow is in no file.
        """
        source = compose(self._given())
        refuse(source.file or f"the workflow {self.name!r}", source.problems)
        if dockerfile is not None:
            write_dockerfile(source, Path(dockerfile), image)
        return Workflow._of(Source(source.document))

    def _given(self) -> Source:
        return self._source or Source(self.document)

    def __repr__(self) -> str:
        return f"<Workflow {self.name}: {', '.join(self.steps) or 'no steps'}>"


def _readable(source: Source) -> Source:
    """A document as it was read; where that failed, everything that can be known to be wrong with it is said."""
    if source.problems:
        validate(source, complete=False)
    return source


def _resources(given: Sequence[Resource | ResourceSpecification]) -> dict[str, ResourceSpecification]:
    found: dict[str, ResourceSpecification] = {}
    for each in given:
        specification = each.spec if isinstance(each, Resource) else each
        if specification.id in found:
            raise UsageError(f"There are two resources {specification.id!r}.", hint="Give one another id=.")
        found[specification.id] = specification
    return found


def _declaration(name: str, value: JSON | ParameterDeclaration) -> ParameterDeclaration:
    if isinstance(value, ParameterDeclaration):
        return replace(value, name=name)
    return ParameterDeclaration(name, default=value)
