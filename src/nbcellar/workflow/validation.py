"""Everything that can be known to be wrong before a kernel starts, all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from nbcellar.errors import (
    InvalidWorkflow,
    ParameterNotInFlow,
    ParentFlowNotInFlows,
    TaskNotInFlow,
    UsageError,
    did_you_mean,
)
from nbcellar.lightclasses import dataclass, replace
from nbcellar.model import JSON, NAME
from nbcellar.settings import load, project_folder
from nbcellar.tasks.resources.specification import ResourceSpecification
from nbcellar.tasks.resources.typenames import refusal
from nbcellar.workflow import graph
from nbcellar.workflow.composition import compose
from nbcellar.workflow.conditions import Condition, references
from nbcellar.workflow.document import (
    Document,
    FunctionBody,
    Handover,
    NotebookBody,
    Source,
    Step,
)
from nbcellar.workflow.functionchecks import function_findings, origin_finding
from nbcellar.workflow.functionsource import FunctionSource, read_function
from nbcellar.workflow.kernelspecs import missing_kernel
from nbcellar.workflow.mapped import (
    DBMappedParameter,
    FileMappedParameter,
    MappedParameter,
    ObjectMappedParameter,
    RawMappedParameter,
    record_path,
)
from nbcellar.workflow.notebooksource import NotebookSource, read_notebook
from nbcellar.workflow.offers import shape_problem
from nbcellar.workflow.parameters import NotebookParameter, name_problem
from nbcellar.workflow.pathchecks import entry_problem, path_problem, target_problem
from nbcellar.workflow.problems import Problem, refuse
from nbcellar.workflow.publications import publication_origin
from nbcellar.workflow.resourcechecks import plain_params, resource_findings
from nbcellar.workflow.secretreferences import reference_problems, variable_of
from nbcellar.workflow.templates import expand, expressions, sole_parameter
from nbcellar.workflow.valuechecks import (
    declared_problems,
    expression_problems,
    known_expressions,
    misdeclared,
    misfit,
    step_problems,
    value_problems,
)
from nbcellar.workflow.valuetypes import not_json


@dataclass(frozen=True, slots=True)
class Checked:
    """A workflow that can run.

    Attributes:
        values: Of the workflow's parameters, defaults included.
        notebooks: From each step to what its notebook says.
        functions: From each step to what its function says.
        home: The project's folder; nothing outside is run or published.
    """

    source: Source
    values: Mapping[str, JSON]
    notebooks: Mapping[str, NotebookSource]
    functions: Mapping[str, FunctionSource]
    home: Path

    @property
    def document(self) -> Document:
        """The document itself."""
        return self.source.document


def validate(source: Source, given: Mapping[str, JSON] | None = None, *, complete: bool = True) -> Checked:
    """Check a workflow and the parameters given to it; steps that are workflows are put in place.

    Args:
        source: The workflow.
        given: Values of its parameters; the rest have their defaults.
        complete: Each parameter without a default must be among them; else a later pass gives it.

    Raises:
        InvalidWorkflow: With every problem that there is.
    """
    checks = _Checks(source, given or {}, complete)
    checks.all()
    refuse(source.file or f"the workflow {source.document.name!r}", checks.problems)
    return Checked(checks.source, checks.values, checks.notebooks, checks.functions, checks.home)


def revalued(checked: Checked, given: Mapping[str, JSON]) -> Checked:
    """A checked workflow with other parameters.

    Raises:
        InvalidWorkflow: With every problem that the parameters have.
    """
    checks = _Checks(checked.source, given, complete=True)
    checks.problems.clear()
    checks.parameters()
    for step, function in checked.functions.items():
        for finding in function_findings(checked.document.steps[step], function, checks.values):
            checks.note(finding.key, finding.message, finding.hint, ParameterNotInFlow)
        for name, value in checked.document.steps[step].parameters.items():
            checks.secret(checked.document.steps[step], name, value, f"steps.{step}.parameters.{name}")
    refuse(checked.source.file or f"the workflow {checked.document.name!r}", checks.problems)
    return replace(checked, values=checks.values)


class _Checks:
    """The checks of one workflow; what each finds is noted."""

    def __init__(self, source: Source, given: Mapping[str, JSON], complete: bool) -> None:
        self.complete = complete
        self.source = source = compose(source)
        self.document = source.document
        self.given = given
        self.home = project_folder(source.document.folder)
        self.values: dict[str, JSON] = {}
        self.notebooks: dict[str, NotebookSource] = {}
        self.functions: dict[str, FunctionSource] = {}
        self.allowed = load(self.home).allowed_types
        self.kernels: dict[str, str | None] = {}
        self.paths: dict[str, str] = {}
        self.problems: list[Problem] = list(source.problems)

    def note(self, key: str, message: str, hint: str = "", kind: type[InvalidWorkflow] = InvalidWorkflow) -> None:
        place = self.source.place(key)
        self.problems.append(Problem(place.key, message, hint, place.line, place.file, kind))

    def all(self) -> None:
        self.parameters()
        if self.complete and not self.document.steps and not self.problems:
            self.note("steps", "the workflow has no steps.", 'Add one, as with workflow.notebook("fit.ipynb").')
        for handover in self.source.handovers:
            self.handover(handover)
        for step in self.document.steps.values():
            self.notebook(step)
        for step in self.document.steps.values():
            self.step(step)
        if ring := graph.cycle(self.document):
            self.note(f"steps.{ring[0]}", f"these steps wait for each other: {' → '.join(ring)}.")
        for finding in resource_findings(self.document):
            self.note(finding.key, finding.message, finding.hint)
        for name, resource in self.document.resources.items():
            self.resource(f"resources.{name}", resource)
        for publication in self.document.publish:
            self.publication(publication.source, publication.target)
        self.target(self.document.notebooks_to, "notebooks_to")

    # the workflow's own parameters

    def parameters(self) -> None:
        declared = self.document.parameters
        for name in self.given:
            if name not in declared:
                hint = did_you_mean(name, declared) or f"It has {', '.join(declared) or 'none'}."
                message = f"the workflow has no parameter {name!r}."
                self.note(f"parameters.{name}", message, hint, ParameterNotInFlow)
        for name, declaration in declared.items():
            if not NAME.fullmatch(name):
                self.note(f"parameters.{name}", f"{name!r} is not usable as a parameter's name.")
            if name in self.given or not declaration.required:
                self.values[name] = self.given.get(name, declaration.default)
                for message, hint in declared_problems(declaration, self.values[name]):
                    self.note(f"parameters.{name}", message, hint)
            elif self.complete:
                self.note(f"parameters.{name}", "it has no default and no value was given.", f"Add -p {name}=VALUE.")

    def handover(self, handover: Handover) -> None:
        """A value that a workflow in this one is given."""
        if not_json(handover.value) or not known_expressions(handover.value, self.values):
            return  # noted elsewhere
        place = handover.place
        if message := misdeclared(handover.declaration, expand(handover.value, self.values)):
            self.problems.append(Problem(place.key, message, "", place.line, place.file))

    def resource(self, key: str, resource: ResourceSpecification) -> None:
        reason, cure = ("", "") if resource.factory else refusal(resource.type, self.allowed)
        if reason:
            self.note(f"{key}.type", reason, cure)
        for expression in expressions(plain_params(resource.params)):
            self.expressions(f"${{{expression}}}", f"{key}.params")

    # a step

    def notebook(self, step: Step) -> None:
        key = f"steps.{step.id}.notebook"
        if isinstance(step.body, FunctionBody):
            return self.function(step, step.body)
        if not isinstance(step.body, NotebookBody):
            return None  # composing has put its steps in place
        path = step.body.path
        if not path or not self.inside(path, key):
            return None
        if not path.endswith(".ipynb"):
            return self.note(key, f"{path!r} is not a notebook: its name does not end in .ipynb.")
        try:
            self.notebooks[step.id] = read_notebook(self.document.folder / path)
        except UsageError as error:
            near = [each.name for each in (self.document.folder / path).parent.glob("*.ipynb")]
            return self.note(key, error.message, error.hint or did_you_mean(Path(path).name, near))
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

    def function(self, step: Step, body: FunctionBody) -> None:
        if not body.name and body.function is None:
            return  # noted where it was read
        if not self.inside(body.folder, f"steps.{step.id}.folder"):
            return
        try:
            self.functions[step.id] = read_function(body, self.document.folder, self.home)
        except UsageError as error:
            return self.note(f"steps.{step.id}.function", error.message, error.hint)
        for finding in function_findings(step, self.functions[step.id], self.values):
            self.note(finding.key, finding.message, finding.hint, ParameterNotInFlow)

    def step(self, step: Step) -> None:
        key = f"steps.{step.id}"
        for problem in step_problems(step):
            self.note(key, problem)
        for name in step.needs:
            self.known_step(name, f"{key}.needs", step)
        for pattern in step.inputs:
            self.inside(pattern, f"{key}.inputs")
        for below, mapped in graph.mappings(step).items():
            self.mapped(step, mapped, f"{key}.{below}")
        for name, value in step.parameters.items():
            self.value(value, f"{key}.parameters.{name}")
            self.secret(step, name, value, f"{key}.parameters.{name}")
        for name, source in step.for_each.items():
            if isinstance(source, list | str):
                self.value(source, f"{key}.for_each.{name}")
        for condition in step.when:
            self.condition(condition, f"{key}.when")
        self.names(step, key)

    def known_step(self, name: str, key: str, step: Step, task: str = "") -> bool:
        if name == step.id:
            self.note(key, f"the step {name!r} would wait for itself.")
        elif name in self.document.steps:
            return True
        elif (inner := graph.named(self.document, name)) and task:
            hint = f"Name the step in it: {', '.join(f'{each}.{task}' for each in inner[:3])}."
            self.note(key, f"the workflow {name!r} has no single task, result or record {task!r}.", hint, TaskNotInFlow)
        else:
            hint = did_you_mean(name, self.document.steps) or f"Steps: {', '.join(self.document.steps)}."
            self.note(key, f"there is no step {name!r}.", hint, ParentFlowNotInFlows)
        return False

    def condition(self, condition: Condition, key: str) -> None:
        try:
            found = references(condition)
        except UsageError as error:
            self.note(key, error.message, error.hint)
            return
        for source in found.values():
            if not isinstance(source, MappedParameter):
                self.expressions(source, key)

    def value(self, value: JSON, key: str) -> None:
        for message, hint in value_problems(value):
            self.note(key, message, hint)
        if not not_json(value):
            self.expressions(value, key)

    def secret(self, step: Step, name: str, value: JSON, key: str) -> None:
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

    def expressions(self, value: JSON, key: str) -> None:
        for message, hint, kind in expression_problems(value, self.document.parameters):
            self.note(key, message, hint, kind)

    def names(self, step: Step, key: str) -> None:
        """The names that a step passes, against the parameters cell of its notebook."""
        places = {name: f"{key}.parameters.{name}" for name in step.parameters}
        for section, names in (("mapped_parameters", step.mapped_parameters), ("for_each", step.for_each)):
            for name in names:
                if name in places:
                    self.note(f"{key}.{section}.{name}", f"{name!r} is given twice.")
                places[name] = f"{key}.{section}.{name}"
        for name, place in places.items():
            if reason := name_problem(name):
                self.note(place, reason)
        notebook = self.notebooks.get(step.id)
        if notebook is not None and places:
            self.against_cell(step, notebook, places)

    def against_cell(self, step: Step, notebook: NotebookSource, places: Mapping[str, str]) -> None:
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
            elif name in step.parameters:
                self.fits(step.parameters[name], known[name], place, notebook)
        return None

    def fits(self, value: JSON, parameter: NotebookParameter, key: str, notebook: NotebookSource) -> None:
        if not_json(value) or not known_expressions(value, self.values):
            return  # noted elsewhere
        value = expand(value, self.values)
        if not not_json(value) and not parameter.type.fits(value) and not variable_of(value):
            self.note(key, misfit(parameter, value, notebook))

    # what comes from other steps

    def mapped(self, step: Step, mapped: MappedParameter, key: str) -> None:
        origin = mapped.parent_flow_name
        if not origin:
            if isinstance(mapped, DBMappedParameter) and mapped.record and not NAME.fullmatch(mapped.record):
                self.note(key, f"no record can be called {mapped.record!r}.")
            return
        if not self.known_step(origin, key, step, mapped.parent_task_name):
            return
        if origin in self.functions:
            finding = origin_finding(self.document.steps[origin], self.functions[origin], mapped, key)
            if finding:
                self.note(finding.key, finding.message, finding.hint, TaskNotInFlow)
        if origin not in self.notebooks:
            return
        name, offers = mapped.parent_task_name, self.notebooks[origin].offers
        match mapped:
            case FileMappedParameter(path=path):
                known, noun = offers.tasks, "task"
                self.entry(path, key)
            case RawMappedParameter():
                known, noun = offers.all, "task, result or record"
            case DBMappedParameter():
                known, noun = offers.records | offers.results, "record"
            case ObjectMappedParameter():
                return  # noted with the resources: a notebook emits none
        if name not in known and not offers.unknown:
            notebook = self.notebooks[origin].path.name
            self.note(key, f"{notebook} has no {noun} {name!r}.", offers.missing(name, known), TaskNotInFlow)
        elif isinstance(mapped, DBMappedParameter):
            message, hint = shape_problem(offers.shapes.get(name), record_path(mapped))
            if message:
                self.note(key, f"record {name!r}: {message}", hint)

    def entry(self, path: str, key: str) -> None:
        if reason := entry_problem(path):
            self.note(key, reason)

    # what is copied beside the project

    def publication(self, source: str, target: str) -> None:
        key = f"publish.{source}"
        for reason, hint in self.publication_problems(source):
            self.note(key, reason, hint)
        self.expressions(source, key)
        self.target(target, key)

    def publication_problems(self, source: str) -> Iterator[tuple[str, str]]:
        head = source.partition("/")[0]
        step, task = publication_origin(head, self.document, self.notebooks)
        if step is None:
            known = [*self.document.steps, *(name for each in self.notebooks.values() for name in each.offers.tasks)]
            yield f"there is no step or task {head!r}.", did_you_mean(head, known) or f"Steps: {', '.join(known)}."
        elif task and step in self.notebooks:
            offers = self.notebooks[step].offers
            if task not in offers.tasks and not offers.unknown:
                yield f"step {step!r} has no task {task!r}.", offers.missing(task, offers.tasks)

    def inside(self, path: str, key: str) -> bool:
        """Whether a path of the document stays in the project."""
        if path not in self.paths:
            self.paths[path] = path_problem(path, self.document.folder, self.home)
        if reason := self.paths[path]:
            self.note(key, reason)
        return not reason

    def target(self, template: str, key: str) -> None:
        """A path that is written to, with the values of this run in it."""
        self.expressions(template, key)
        if reason := target_problem(template, self.values, self.document.folder, self.home):
            self.note(key, reason)
