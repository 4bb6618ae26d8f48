"""Everything that can be known to be wrong before a kernel starts, all at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nbcellar.errors import (
    ParameterNotInFlow,
)
from nbcellar.lightclasses import dataclass, replace
from nbcellar.model import JSON
from nbcellar.workflow.checks.documents import DocumentChecks
from nbcellar.workflow.checks.functions import function_findings
from nbcellar.workflow.documents.document import (
    Document,
    Source,
)
from nbcellar.workflow.documents.problems import refuse
from nbcellar.workflow.sources.function import FunctionSource
from nbcellar.workflow.sources.notebook import NotebookSource


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
    checks = DocumentChecks(source, given or {}, complete)
    checks.all()
    refuse(source.file or f"the workflow {source.document.name!r}", checks.problems)
    return Checked(checks.source, checks.values, checks.notebooks, checks.functions, checks.home)


def revalued(checked: Checked, given: Mapping[str, JSON]) -> Checked:
    """A checked workflow with other parameters.

    Raises:
        InvalidWorkflow: With every problem that the parameters have.
    """
    checks = DocumentChecks(checked.source, given, complete=True)
    checks.problems.clear()
    checks.parameters()
    for step, function in checked.functions.items():
        for finding in function_findings(checked.document.steps[step], function, checks.values):
            checks.note(finding.key, finding.message, finding.hint, ParameterNotInFlow)
        for name, value in checked.document.steps[step].parameters.items():
            checks.secret(checked.document.steps[step], name, value, f"steps.{step}.parameters.{name}")
    refuse(checked.source.file or f"the workflow {checked.document.name!r}", checks.problems)
    return replace(checked, values=checks.values)
