"""What is wrong with a workflow, gathered so that one reading names it all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from nbcellar.errors import InvalidWorkflow, ParameterNotInFlow, ParentFlowNotInFlows, TaskNotInFlow
from nbcellar.lightclasses import dataclass

KINDS = (ParameterNotInFlow, ParentFlowNotInFlows, TaskNotInFlow)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where.

    Attributes:
        key: The path of keys to it, with dots: ``steps.train.mapped_parameters.table.from``.
        message: What is wrong, one sentence.
        hint: What to do, one sentence; empty where the message says it.
        line: In ``file``, from 1; 0 where there is none.
        file: The document or notebook; empty for a workflow made in Python.
        kind: The error that it is, where there is one for it alone.
    """

    key: str
    message: str
    hint: str = ""
    line: int = 0
    file: str = ""
    kind: type[InvalidWorkflow] = InvalidWorkflow

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.file and self.line else self.file
        return " ".join(
            part for part in (f"{place}:" if place else "", f"{self.key}:", self.message, self.hint) if part
        )


def refuse(name: str, problems: Sequence[Problem]) -> None:
    """Raise if there is any problem.

    Raises:
        InvalidWorkflow: With every problem, in the order of the lines.
    """
    if problems:
        reject(name, problems)


def reject(name: str, problems: Sequence[Problem]) -> NoReturn:
    """Raise what lists the problems; it is of each kind that one of them is.

    Raises:
        InvalidWorkflow: Always.
    """
    ordered = sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line))
    count = "1 problem" if len(ordered) == 1 else f"{len(ordered)} problems"
    listing = "".join(f"\n  {problem}" for problem in ordered)
    kind = _kind(frozenset(problem.kind for problem in problems))
    raise kind(f"{name} has {count}; no step was run.{listing}", problems=tuple(map(str, ordered)))


def _kind(among: frozenset[type[InvalidWorkflow]]) -> type[InvalidWorkflow]:
    """One class for all kinds, so that ``except TaskNotInFlow`` catches it beside other problems too."""
    found = tuple(kind for kind in KINDS if kind in among)
    if len(found) < 2:
        return found[0] if found else InvalidWorkflow
    return type("InvalidWorkflow", found, {"__doc__": InvalidWorkflow.__doc__})
