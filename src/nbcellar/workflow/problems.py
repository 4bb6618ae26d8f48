"""What is wrong with a workflow, gathered so that one reading names it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from nbcellar.errors import InvalidWorkflow


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where.

    Attributes:
        key: The path of keys to it, with dots: ``steps.train.mapped_parameters.table.from``.
        message: What is wrong, one sentence.
        hint: What to do, one sentence; empty where the message says it.
        line: In ``file``, from 1; 0 where there is none.
        file: The document or notebook; empty for a workflow made in Python.
    """

    key: str
    message: str
    hint: str = ""
    line: int = 0
    file: str = ""

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
    """Raise what lists the problems.

    Raises:
        InvalidWorkflow: Always.
    """
    ordered = sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line))
    count = "1 problem" if len(ordered) == 1 else f"{len(ordered)} problems"
    listing = "".join(f"\n  {problem}" for problem in ordered)
    raise InvalidWorkflow(f"{name} has {count}; no step was run.{listing}", problems=tuple(map(str, ordered)))
