"""What is wrong with a workflow, noted with its place."""

from __future__ import annotations

from collections.abc import Mapping

from nbcellar.errors import (
    InvalidWorkflow,
)
from nbcellar.model import JSON
from nbcellar.settings import load, project_folder
from nbcellar.workflow.checks.paths import path_problem, target_problem
from nbcellar.workflow.checks.values import (
    expression_problems,
    known_expressions,
    value_problems,
)
from nbcellar.workflow.documents.document import (
    Source,
)
from nbcellar.workflow.documents.problems import Problem
from nbcellar.workflow.documents.templates import expand, sole_parameter
from nbcellar.workflow.documents.valuetypes import not_json
from nbcellar.workflow.loading.composition import compose
from nbcellar.workflow.sources.function import FunctionSource
from nbcellar.workflow.sources.notebook import NotebookSource


class DocumentNotes:
    """A workflow that is being checked; what is found is noted.

    Attributes:
        values: Of the workflow's parameters, as far as they were checked.
        notebooks: From each step to what its notebook says, as far as it was read; so are functions.
        read: What functions say, each read once for all steps that call it.
        problems: What was found.
    """

    def __init__(self, source: Source, given: Mapping[str, JSON], complete: bool) -> None:
        self.complete = complete
        self.source = source = compose(source)
        self.document = source.document
        self.given = given
        self.home = project_folder(source.document.folder)
        self.values: dict[str, JSON] = {}
        self.notebooks: dict[str, NotebookSource] = {}
        self.functions: dict[str, FunctionSource] = {}
        self.read: dict[tuple[str, str, int], FunctionSource] = {}
        self.allowed = load(self.home).allowed_types
        self.kernels: dict[str, str | None] = {}
        self.paths: dict[str, str] = {}
        self.folders: dict[str, str] = {}
        self.problems: list[Problem] = list(source.problems)

    def note(self, key: str, message: str, hint: str = "", kind: type[InvalidWorkflow] = InvalidWorkflow) -> None:
        """Note a problem at the place of a key; once, where several steps have it from one place."""
        place = self.source.place(key)
        problem = Problem(place.key, message, hint, place.line, place.file, kind)
        if problem not in self.problems:
            self.problems.append(problem)

    def link_hint(self, key: str) -> str:
        """Where paths start from, if what says a key is a link; empty where it is none."""
        file = self.source.place(key).file
        path = self.document.folder / file
        if not file or not path.is_symlink():
            return ""
        return f"{file} is a link to {str(path.readlink())!r}, and its paths start from where the link lies."

    def value(self, value: JSON, key: str) -> None:
        """A value that is passed on: JSON, of no great size, with expressions that mean something."""
        if not not_json(value):
            self.expressions(value, key)
            if (
                known_expressions(value, self.values) and sole_parameter(value) is None
            ):  # the parameter's own is noted there
                value = expand(value, self.values)
        for message, hint in value_problems(value):
            self.note(key, message, hint)

    def expressions(self, value: JSON, key: str) -> None:
        """The expressions in a value name parameters of the workflow."""
        for message, hint, kind in expression_problems(value, self.document.parameters):
            self.note(key, message, hint, kind)

    def inside(self, path: str, key: str) -> bool:
        """Whether a path of the document stays in the project."""
        if path not in self.paths:
            self.paths[path] = path_problem(path, self.document.folder, self.home, self.folders)
        if reason := self.paths[path]:
            self.note(key, reason)
        return not reason

    def target(self, template: str, key: str) -> None:
        """A path that is written to, with the values of this run in it."""
        self.expressions(template, key)
        if reason := target_problem(template, self.values, self.document.folder, self.home):
            self.note(key, reason)
