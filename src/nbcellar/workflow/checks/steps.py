"""The checks of a step: what it runs, what it passes, and what it takes from others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nbcellar.errors import (
    ParameterNotInFlow,
    RunError,
    UsageError,
    did_you_mean,
)
from nbcellar.model import JSON
from nbcellar.workflow.checks.functions import function_findings
from nbcellar.workflow.checks.kernelspecs import missing_kernel
from nbcellar.workflow.checks.mappings import MappingChecks
from nbcellar.workflow.checks.values import (
    expected,
    known_expressions,
    misfit,
    step_problems,
)
from nbcellar.workflow.documents.conditions import Condition, holds, references
from nbcellar.workflow.documents.document import (
    FunctionBody,
    NotebookBody,
    Step,
)
from nbcellar.workflow.documents.mapped import (
    FileMappedParameter,
    MappedParameter,
    reads_as_mapping,
)
from nbcellar.workflow.documents.secretreferences import reference_problems, variable_of
from nbcellar.workflow.documents.templates import expand, literal, sole_parameter
from nbcellar.workflow.documents.valuetypes import not_json, shortened
from nbcellar.workflow.sources.functionreading import read_function
from nbcellar.workflow.sources.notebook import NotebookSource, read_notebook
from nbcellar.workflow.sources.parameters import NotebookParameter, name_problem


class StepChecks(MappingChecks):
    """Checks the steps of a workflow, one by one."""

    def notebook(self, step: Step) -> None:
        """What a step runs can be read, and fits what the step says of it."""
        key = f"steps.{step.id}.notebook"
        if isinstance(step.body, FunctionBody):
            return self.function(step, step.body)
        if not isinstance(step.body, NotebookBody):
            return None  # composing has put its steps in place
        path = step.body.path
        if not path or not self.inside(path, key):
            return None
        if not path.endswith(".ipynb"):
            message = f"{path!r} is not a notebook: its name does not end in .ipynb."
            return self.note(key, message, did_you_mean(Path(path).name, self.notebooks_beside(path)))
        try:
            self.notebooks[step.id] = read_notebook(self.document.folder / path)
        except UsageError as error:
            near = self.notebooks_beside(path)
            meant = error.hint or did_you_mean(Path(path).name, near) or self.link_hint(key)
            return self.note(key, error.message, meant)
        if step.use and self.notebooks[step.id].language != "python":
            message = f"resources go to Python notebooks, and this one is in {self.notebooks[step.id].language}."
            self.note(f"steps.{step.id}.use", message)
        for name in sorted({each.name for each in self.notebooks[step.id].parameters or ()} & step.use.keys()):
            cure = f"Take {name} out of that cell: the resource is there before the first one."
            self.note(f"steps.{step.id}.use", f"the notebook's parameters cell would overwrite {name!r}.", cure)
        kernel = step.body.kernel or self.notebooks[step.id].kernel
        if kernel not in self.kernels:
            self.kernels[kernel] = missing_kernel(kernel)
        if (hint := self.kernels[kernel]) is not None:
            self.note(f"steps.{step.id}.kernel", f"there is no kernel {kernel!r}.", hint)
        return None

    def notebooks_beside(self, path: str) -> list[str]:
        """The notebooks of a folder, one of which may be meant."""
        meant = self.document.folder / path
        return [each.name for each in meant.parent.glob("*.ipynb") if each != meant and each.is_file()]

    def function(self, step: Step, body: FunctionBody) -> None:
        """The function of a step can be found, and takes what it is given."""
        if not body.name and body.function is None:
            return  # noted where it was read
        if not self.inside(body.folder, f"steps.{step.id}.folder"):
            return
        same = (body.name, body.folder, id(body.function))  # the document holds it, so nothing else gets its id
        try:
            if same not in self.read:
                self.read[same] = read_function(body, self.document.folder, self.home)
        except UsageError as error:
            return self.note(f"steps.{step.id}.function", error.message, error.hint)
        self.functions[step.id] = self.read[same]
        for finding in function_findings(step, self.functions[step.id], self.values):
            self.note(finding.key, finding.message, finding.hint, ParameterNotInFlow)

    def step(self, step: Step) -> None:
        """What a step says of itself, and of the steps that it needs."""
        key = f"steps.{step.id}"
        for below, problem in step_problems(step):
            self.note(f"{key}.{below}", problem)
        for name in step.needs:
            self.known_step(name, f"{key}.needs", step)
        self.looks_at(step, key)
        for name, value in step.parameters.items():
            if reads_as_mapping(value):
                hint = "Write it under `mapped_parameters:`."
                self.note(f"{key}.parameters.{name}", "it says where a value comes from, and is passed as it is.", hint)
            self.value(value, f"{key}.parameters.{name}")
            self.secret(step, name, value, f"{key}.parameters.{name}")
        for name, source in step.for_each.items():
            for item in source if isinstance(source, list) else [source] if isinstance(source, str) else []:
                self.value(item, f"{key}.for_each.{name}")
                self.secret(step, name, item, f"{key}.for_each.{name}")
            if isinstance(source, str) and not isinstance(found := self.known(source), list | None):
                message = f"{name!r} must go through a list, and {source!r} is {shortened(found)}."
                self.note(f"{key}.for_each.{name}", message)
        for condition in step.when:
            self.condition(condition, f"{key}.when")
        self.names(step, key)

    def condition(self, condition: Condition, key: str) -> None:
        """What a condition refers to."""
        try:
            found = references(condition)
        except UsageError as error:
            self.note(key, error.message, error.hint)
            return
        plain = {name: source for name, source in found.items() if not isinstance(source, MappedParameter)}
        for source in plain.values():
            self.expressions(source, key)
        if len(plain) == len(found) and all(known_expressions(source, self.values) for source in plain.values()):
            try:
                holds(condition, {name: expand(source, self.values) for name, source in plain.items()})
            except RunError as error:
                self.note(key, f"{condition}: {error.message}")

    def secret(self, step: Step, name: str, value: JSON, key: str) -> None:
        """A secret goes by reference, and to Python."""
        if sole := sole_parameter(value):
            value = self.values.get(sole, value)
        if not_json(value):
            return
        for message, hint in reference_problems(name, value):
            self.note(key, message, hint)
        notebook = self.notebooks.get(step.id)
        if variable_of(value) and notebook is not None and notebook.language != "python":
            hint = "Read the environment variable in the notebook itself."
            self.note(key, f"secrets are set in Python notebooks, and this one is in {notebook.language}.", hint)

    def names(self, step: Step, key: str) -> None:
        """The names that a step passes, against the parameters cell of its notebook."""
        if not (step.parameters or step.mapped_parameters or step.for_each):
            return
        places = {name: f"{key}.parameters.{name}" for name in step.parameters}
        for section, names in (("mapped_parameters", step.mapped_parameters), ("for_each", step.for_each)):
            for name in names:
                if name in places:
                    self.note(f"{key}.{section}.{name}", f"{name!r} is given twice.")
                places[name] = f"{key}.{section}.{name}"
        unusable = {name: reason for name in places if (reason := name_problem(name))}
        for name, reason in unusable.items():
            self.note(places.pop(name), reason)  # what no notebook can have is not looked for in this one
        notebook = self.notebooks.get(step.id)
        if notebook is not None and places:
            self.against_cell(step, notebook, places)

    def against_cell(self, step: Step, notebook: NotebookSource, places: Mapping[str, str]) -> None:
        """Each name that is passed stands in the parameters cell."""
        if notebook.parameters_cell is None:
            hint = "Tag the cell that sets them with `parameters`."
            message = f"{notebook.path.name} gets parameters and has no parameters cell."
            return self.note(f"steps.{step.id}.notebook", message, hint)
        if notebook.parameters is None:
            if notebook.language == "python":
                cell = notebook.parameters_cell.position
                self.note(f"steps.{step.id}.notebook", f"the parameters cell (cell {cell}) is not plain Python.")
            return None
        known = {parameter.name: parameter for parameter in notebook.parameters}
        for name, place in places.items():
            if name not in known:
                hint = did_you_mean(name, known) or f"It has {', '.join(known) or 'none'}."
                self.note(place, f"{notebook.path.name} has no parameter {name!r}.", hint, ParameterNotInFlow)
                continue
            if name in step.parameters:
                self.fits(step.parameters[name], known[name], place, notebook)
            elif name in step.for_each:
                items = self.known(step.for_each[name])
                for item in items if isinstance(items, list) else ():
                    self.fits(literal(item), known[name], place, notebook)
            if isinstance(mapped := {**step.mapped_parameters, **step.for_each}.get(name), FileMappedParameter):
                self.file_fits(mapped, known[name], place, notebook)
        return None

    def known(self, source: JSON | MappedParameter) -> JSON:
        """What a step goes through; None where that is known later, or wrong and noted elsewhere."""
        if isinstance(source, MappedParameter) or not_json(source) or not known_expressions(source, self.values):
            return None
        return expand(source, self.values)

    def fits(self, value: JSON, parameter: NotebookParameter, key: str, notebook: NotebookSource) -> None:
        """A value is of the type that the parameters cell says."""
        if not_json(value) or reads_as_mapping(value) or not known_expressions(value, self.values):
            return  # noted elsewhere
        value = expand(value, self.values)
        if not not_json(value) and not parameter.type.fits(value) and not variable_of(value):
            self.note(key, misfit(parameter, value, notebook))

    def file_fits(
        self, mapped: FileMappedParameter, parameter: NotebookParameter, key: str, notebook: NotebookSource
    ) -> None:
        """A file is passed as a text; of a step that runs many times, as a list of them."""
        origin = self.document.steps.get(mapped.parent_flow_name)
        many = origin is not None and bool(origin.for_each) and not key.endswith(f"for_each.{parameter.name}")
        if not parameter.type.fits([] if many else ""):
            kind = "a list of texts, for its step runs many times" if many else "the text of its path"
            self.note(key, f"{expected(parameter, notebook)}, and a file is passed as {kind}.")
