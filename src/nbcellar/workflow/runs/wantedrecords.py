"""Records of the project that a workflow asks for, and that neither the project has nor a step can make."""

from __future__ import annotations

from collections.abc import Iterator

from nbcellar.errors import did_you_mean
from nbcellar.store import Cellar, RecordQuery
from nbcellar.workflow.checks.validation import Checked
from nbcellar.workflow.documents.document import Step
from nbcellar.workflow.documents.filling import filled
from nbcellar.workflow.documents.mapped import DBMappedParameter
from nbcellar.workflow.documents.problems import Problem, refuse


def refuse_missing_records(cellar: Cellar, checked: Checked) -> None:
    """Let nothing start where a record is asked for that nobody can have.

    Raises:
        InvalidWorkflow: With each of them.
        StorageError: The store could not be read.
    """
    where = checked.source.file or f"the workflow {checked.document.name!r}"
    refuse(where, missing_records(cellar, checked))


def missing_records(cellar: Cellar, checked: Checked) -> list[Problem]:
    """A problem for each record that nobody can have; a step with a condition may be left out, and is not looked at.

    Raises:
        StorageError: The store could not be read.
    """
    steps = [step for step in checked.document.steps.values() if not step.when]
    wanted = [each for step in steps for each in _wanted(filled(step, checked.values))]
    if not wanted or checked.functions or any(each.offers.unknown for each in checked.notebooks.values()):
        return []
    own = {name for each in checked.notebooks.values() for name in each.offers.records | each.offers.results}
    kept = {each.name for each in cellar.records(RecordQuery(project=cellar.project))} if cellar.exists else set()
    problems = []
    for key, record in wanted:
        if record not in own | kept:
            place = checked.source.place(key)
            message = f"the project {cellar.project!r} has no record {record!r}, and no step here makes one."
            problems.append(Problem(place.key, message, did_you_mean(record, own | kept), place.line, place.file))
    return problems


def _wanted(step: Step) -> Iterator[tuple[str, str]]:
    for section, sources in (("mapped_parameters", step.mapped_parameters), ("for_each", step.for_each)):
        for name, source in sources.items():
            if isinstance(source, DBMappedParameter) and source.record:
                yield f"steps.{step.id}.{section}.{name}", source.record
