"""What a step is asked for in Python, beside what it runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

from nbcellar.errors import UsageError
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON, check_name
from nbcellar.tasks.taskline.durations import parse_duration
from nbcellar.workflow.documents.conditions import Condition, references
from nbcellar.workflow.documents.document import (
    CachePolicy,
    FunctionBody,
    NotebookBody,
    Step,
)
from nbcellar.workflow.documents.mapped import MappedParameter


@dataclass(frozen=True, slots=True)
class StepHandle:
    """A step of a workflow that is being made, to be named in mappings and ``needs``."""

    id: str

    def __str__(self) -> str:
        return self.id


class Defaults(TypedDict, total=False):
    """What a workflow's notebook steps have where they say nothing else."""

    retries: int
    timeout: str | float | None
    cell_timeout: str | float | None
    cache: bool | str | float
    kernel: str
    depends_on_env: Sequence[str]


class AllDefaults(TypedDict):
    """The same, each said."""

    retries: int
    timeout: str | float | None
    cell_timeout: str | float | None
    cache: bool | str | float
    kernel: str
    depends_on_env: Sequence[str]


NO_DEFAULTS: AllDefaults = {
    "retries": 0,
    "timeout": None,
    "cell_timeout": None,
    "cache": True,
    "kernel": "",
    "depends_on_env": (),
}


_ALWAYS, _NEVER = CachePolicy(), CachePolicy(False)


def duration(value: str | float) -> float:
    """Seconds.

    Raises:
        UsageError: It is no duration.
    """
    return parse_duration(str(value))


@dataclass(frozen=True, slots=True)
class StepOptions:
    """What notebooks and functions have in common; what is None is as the workflow's defaults say."""

    needs: Sequence[StepHandle | str]
    when: str | Sequence[str]
    inputs: Sequence[str]
    depends_on_env: Sequence[str] | None
    for_each: Mapping[str, JSON | MappedParameter] | None
    cache: bool | str | float | None
    retries: int | None
    timeout: str | float | None
    use: Sequence[str] | Mapping[str, str]
    emits: Sequence[str]
    description: str

    def step(
        self,
        name: str,
        body: NotebookBody | FunctionBody,
        values: Mapping[str, JSON | MappedParameter],
        default: AllDefaults,
    ) -> Step:
        """The step.

        Raises:
            UsageError: The name, a duration or a condition cannot be used.
        """
        plain, mapped = parted(values)
        timeout = default["timeout"] if self.timeout is None else self.timeout
        return Step(
            id=check_name(name, "step name"),
            body=body,
            parameters=plain,
            mapped_parameters=mapped,
            for_each=dict(self.for_each or {}),
            needs=_once(map(str, self.needs)) if self.needs else (),
            when=conditions(self.when),
            inputs=_once(self.inputs),
            depends_on_env=_once(default["depends_on_env"] if self.depends_on_env is None else self.depends_on_env),
            cache=cache_policy(default["cache"] if self.cache is None else self.cache),
            retries=default["retries"] if self.retries is None else self.retries,
            timeout_s=None if timeout is None else duration(timeout),
            use=_used(self.use),
            emits=tuple(self.emits),
            description=self.description,
        )


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names)) if names else ()


def _used(use: Sequence[str] | Mapping[str, str]) -> dict[str, str]:
    if not use:
        return {}
    if isinstance(use, str):
        raise UsageError(f"use={use!r} is no list of resources.", hint=f"Write use=[{use!r}].")
    return dict(use) if isinstance(use, Mapping) else {name: name for name in use}


def parted(
    given: Mapping[str, JSON | MappedParameter],
) -> tuple[dict[str, JSON], dict[str, MappedParameter]]:
    """Plain values and mappings, apart."""
    plain: dict[str, JSON] = {}
    mapped: dict[str, MappedParameter] = {}
    for name, value in given.items():
        if isinstance(value, MappedParameter):
            mapped[name] = value
        else:
            plain[name] = value
    return plain, mapped


def conditions(when: str | Sequence[str]) -> tuple[Condition, ...]:
    """Conditions, each of which can be read.

    Raises:
        UsageError: One cannot.
    """
    if not when and not isinstance(when, str):
        return ()
    found = tuple(Condition(text) for text in ([when] if isinstance(when, str) else when))
    for condition in found:
        references(condition)
    return found


def cache_policy(cache: bool | str | float) -> CachePolicy:
    """Whether an earlier run is taken, and of what age."""
    if isinstance(cache, bool):
        return _ALWAYS if cache else _NEVER
    if cache == "auto":  # as files call it
        return CachePolicy()
    return CachePolicy(age_s=parse_duration(str(cache)))
