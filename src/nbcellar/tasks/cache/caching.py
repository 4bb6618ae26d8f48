"""Whether a task's earlier run can be taken instead of running it, and the reason either way."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from nbcellar.assets.display import count_text, seconds_text
from nbcellar.errors import NotFoundError, UsageError
from nbcellar.model import Input, InputKind, InputOrigin, Run, RunKind, RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.tasks.body.code import Code
from nbcellar.tasks.cache.goingon import KEY, read_elsewhere
from nbcellar.tasks.cache.kept import Kept, left_words, load_kept
from nbcellar.tasks.cache.key import CacheKey, differences
from nbcellar.tasks.reads.inputs import digests_now
from nbcellar.tasks.taskline.options import CacheOption

CANDIDATES = 10
OURS = frozenset({"output", "the value", "the surroundings"})
"""What is kept besides names."""


@dataclass(frozen=True, slots=True)
class Cache:
    """How a task function or block is cached.

    Attributes:
        max_age: Seconds, or a timedelta; an older result is not taken. None for any age.
        params: Names of the arguments that count; None for all.
        namespace: Instead of project and name, so that several tasks share results.
        version: Another version has another key.
        depends_on_env: Environment variables that count.
    """

    max_age: float | timedelta | None = None
    params: tuple[str, ...] | None = None
    namespace: str = ""
    version: str = ""
    depends_on_env: tuple[str, ...] = ()

    @property
    def max_age_s(self) -> float | None:
        """The age in seconds."""
        return self.max_age.total_seconds() if isinstance(self.max_age, timedelta) else self.max_age


@dataclass(frozen=True, slots=True)
class Hit:
    """An earlier run can be taken.

    Attributes:
        wanted: The names to put back; None for all, none for files only.
    """

    run: Run
    kept: Kept
    reason: str
    wanted: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Miss:
    """The task has to run."""

    reason: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """One look for an earlier run.

    Attributes:
        shared: Whether tasks of any name and project count: those of one namespace, which is in the key.
    """

    cellar: Cellar
    name: str
    code: Code
    option: CacheOption
    key: CacheKey
    shared: bool = False

    def verdict(self) -> Hit | Miss:
        """Look."""
        if self.option.goes_on_from is not None:
            return self._finished_before(self.option.goes_on_from)
        if self.option.force:
            return Miss("--force")
        if not self.cellar.exists:
            return Miss("never run before")
        query = RunQuery(
            project=None if self.shared else self.cellar.project,
            name=None if self.shared else self.name,
            key=self.key.digest,
            statuses=(RunStatus.SUCCEEDED,),
            limit=CANDIDATES,
        )
        faults = []
        for run in self.cellar.runs(query):
            found = self._try(run)
            if isinstance(found, Hit):
                return found
            faults.append(found.reason)
        return Miss(faults[0] if faults else self._why_no_run())

    def _finished_before(self, failed: tuple[str, ...]) -> Hit | Miss:
        """Look among the tasks of runs that failed further down; whatever is not known to be the same runs again."""
        fault = ""
        for parent in failed:
            query = RunQuery(parent=parent, name=self.name, kinds=(RunKind.TASK,), statuses=(RunStatus.SUCCEEDED,))
            for run in self.cellar.runs(query):
                found: Hit | Miss = Miss(f"{run.ref} finished, and what it depends on changed")
                if self.key.unknown:
                    names = ", ".join(f"{name} ({why})" for name, why in self.key.unknown.items())
                    found = Miss(f"{run.ref} finished, and it is not known whether {names} is the same")
                elif run.detail.get(KEY) == self.key.digest:
                    found = self._try(run)
                if isinstance(found, Hit):
                    return found
                fault = fault or found.reason
        return Miss(fault)

    def _try(self, run: Run) -> Hit | Miss:
        age_s = (time.time_ns() - (run.ended_ns or run.started_ns)) / 1e9
        if self.option.max_age_s is not None and age_s > self.option.max_age_s:
            return Miss(f"{run.ref} is {seconds_text(age_s)} old (limit {seconds_text(self.option.max_age_s)})")
        changed = self._changed_inputs(run)
        if changed:
            return Miss("; ".join(changed))
        kept = load_kept(self.cellar, run.id)
        if kept is None:
            return Miss(f"what {run.ref} left besides files is not on this machine")
        if self.option.goes_on_from is not None:
            kept = self._without_unread(kept)
        if kept.left:
            return Miss(f"of {run.ref}, {'; '.join(left_words(kept.left))}")
        wanted = self.option.variables
        absent = [name for name in kept.left_out if wanted is None or name in wanted]
        if absent:
            return Miss(f"{', '.join(absent)} of {run.ref} was left out then, by --vars or --files-only")
        return Hit(run, kept, self._unchanged(run, age_s), wanted)

    def _without_unread(self, kept: Kept) -> Kept:
        """What could not be kept does not count where no other cell reads it."""
        read = read_elsewhere(kept.left, self.code, self.cellar.home)
        unread = sorted(set(kept.left) - set(read) - OURS)
        left = {name: why for name, why in kept.left.items() if name not in unread}
        names = tuple(name for name in kept.names if name not in unread)
        return replace(kept, left=left, names=names, spent=(*kept.spent, *unread))

    def _changed_inputs(self, run: Run) -> list[str]:
        gone = [path for path in _elsewhere(run) if not os.path.exists(path)]
        found = [f"{path} was written outside of the project, and is gone" for path in gone]
        inputs = [one for one in run.inputs if one.origin is not InputOrigin.DECLARED]  # those are in the key
        for one, now in zip(inputs, digests_now(self.cellar, inputs), strict=True):
            if one.kind is InputKind.URL and one.path.startswith("tcp:"):
                if self.option.goes_on_from is not None:  # else the user asked for a cache in spite of connections
                    found.append(f"{run.ref} opened {one.path}, which may have changed")
                continue
            if one.kind is InputKind.ASSET:
                found += self._newer(run, one)
            elif one.digest is None:
                found.append(_unknown_then(run, one))
            elif now != one.digest:
                there = os.path.lexists(os.path.join(self.cellar.home, one.path))
                found.append(f"{_WORDS.get(one.kind, 'input')} {one.path} {'changed' if there else 'is gone'}")
        return found

    def _newer(self, run: Run, one: Input) -> list[str]:
        """An asset that the body looked up by name counts as changed when there is a newer one."""
        ref = one.path.partition("/")[0]
        name = ref.partition("@")[0]
        if ref in self.code.source or f"{name}@" in self.code.source or name not in self.code.source:
            return []
        try:
            newest = self.cellar.find(name)
        except NotFoundError:
            return [f"asset {ref} is gone"]
        return [] if newest.id == one.run or newest.ref == ref else [f"asset {ref} → {newest.ref}"]

    def _unchanged(self, run: Run, age_s: float) -> str:
        inputs, params = len(run.inputs), len(run.params)
        parts = ["code"]
        parts += [count_text(inputs, "input")] if inputs else []
        parts += [count_text(params, "param")] if params else []
        words = " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
        saved = run.detail.get("seconds")
        gain = f" (saved {seconds_text(float(saved))})" if isinstance(saved, int | float) else ""
        if self.option.goes_on_from is not None:
            return f"{run.ref} finished {seconds_text(age_s)} ago, before its notebook failed{gain}: {words} unchanged"
        return f"cached: {run.ref} from {seconds_text(age_s)} ago{gain}: {words} unchanged · --force to run"

    def _why_no_run(self) -> str:
        query = RunQuery(project=self.cellar.project, name=self.name, statuses=(RunStatus.SUCCEEDED,), limit=1)
        earlier = self.cellar.runs(query)
        if not earlier:
            return "never run before"
        if not earlier[0].key_parts:
            return f"{earlier[0].ref} ran without --cache"
        changed = differences(earlier[0].key_parts, self.key.parts, earlier[0].code, self.code.text)
        return "; ".join(changed) or f"{earlier[0].ref} has another key"


_WORDS = {InputKind.MODULE: "module", InputKind.LISTING: "folder"}


def _unknown_then(run: Run, one: Input) -> str:
    if one.kind is InputKind.MODULE:
        return f"module {one.path} was edited after {run.ref} had imported it"
    return f"input {one.path} changed while {run.ref} ran, or was too large to compare"


def _elsewhere(run: Run) -> Sequence[str]:
    paths = run.detail.get("elsewhere")
    return [path for path in paths if isinstance(path, str)] if isinstance(paths, list) else []


def as_option(cache: bool | float | str | timedelta | Cache) -> tuple[CacheOption | None, Cache]:
    """What a ``cache=`` argument means.

    Raises:
        UsageError: It is none of these.
    """
    from nbcellar.tasks.taskline.durations import parse_duration

    match cache:
        case False:
            return None, Cache()
        case True:
            return CacheOption(), Cache()
        case Cache():
            return CacheOption(cache.max_age_s), cache
        case str():
            return CacheOption(parse_duration(cache)), Cache()
        case timedelta():
            return CacheOption(cache.total_seconds()), Cache()
        case int() | float():
            return CacheOption(float(cache)), Cache()
    raise UsageError(f"cache={cache!r} cannot be meant.", hint="Give True, an age such as '7d', or a Cache(...).")


def with_force(option: CacheOption | None, force: bool) -> CacheOption | None:
    """The option, run in any case."""
    return replace(option, force=True) if option is not None and force else option
