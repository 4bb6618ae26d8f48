"""The series that the runs of steps count in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

MAX_LENGTH = 128


def series_of(workflow: str, step: str) -> str:
    """The name that a step's runs count under: a step and a task of one name stay apart."""
    return f"{workflow}-{step.replace('.', '-')}"[:MAX_LENGTH]


def shared_series(workflow: str, steps: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each step whose runs would count among those of one before it, after that one."""
    owners: dict[str, str] = {}
    for step in steps:
        owner = owners.setdefault(series_of(workflow, step), step)
        if owner != step:
            yield owner, step
