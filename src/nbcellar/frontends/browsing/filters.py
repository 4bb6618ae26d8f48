"""Which names and versions the browser shows, and in which order."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from nbcellar.errors import UsageError
from nbcellar.frontends.browsing.question import Question
from nbcellar.frontends.moments import since_ns
from nbcellar.model import Run
from nbcellar.store import Cellar
from nbcellar.store.catalogue.queries import RunQuery, Series

_ORDERS: dict[str, Callable[[Series], tuple[float, str]]] = {
    "newest": lambda one: (0, ""),  # as the catalogue lists them
    "name": lambda one: (0, one.name.casefold()),
    "size": lambda one: (-(one.newest.asset.size_bytes if one.newest.asset else 0), one.name.casefold()),
    "versions": lambda one: (-one.run_count, one.name.casefold()),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """What a question asks for.

    Attributes:
        search: Part of the name, in any case.
        task: The one name that is wanted; empty for all.
        notebook: Only what this notebook wrote last; empty for all.
        since_ns: Only what began then or later.
        tag: Only what carries it: a key, or a key and a value.
    """

    search: str = ""
    task: str = ""
    notebook: str = ""
    since_ns: int | None = None
    tag: str | tuple[str, str] | None = None

    @classmethod
    def of(cls, question: Question) -> Filter:
        """The filter of a question.

        Raises:
            UsageError: A field is no text, or ``since`` no age.
        """
        key, equals, value = question.text("tag").strip().partition("=")
        return cls(
            search=question.text("search").strip().casefold(),
            task=question.text("task"),
            notebook=question.text("notebook"),
            since_ns=since_ns(question.text("since").strip()),
            tag=((key, value) if equals else key) or None,
        )

    @property
    def picks_versions(self) -> bool:
        """Whether it leaves out some versions of a name."""
        return self.since_ns is not None or self.tag is not None

    def query(self, query: RunQuery) -> RunQuery:
        """The same query, of what passes."""
        return replace(query, since_ns=self.since_ns, tag=self.tag)

    def series(self, cellar: Cellar, found: Iterable[Series], base: Path) -> list[Series]:
        """Those names that pass, each with how many of its versions do."""
        kept = [one for one in found if self._fits(one, base)]
        if not self.picks_versions:
            return kept
        runs = cellar.runs(self.query(RunQuery(name=self.task or None)))
        counts = Counter((run.project, run.name) for run in runs)
        numbers = ((one, counts[one.project, one.name]) for one in kept)
        return [replace(one, run_count=count) for one, count in numbers if count]

    def _fits(self, one: Series, base: Path) -> bool:
        if self.search not in one.name.casefold() or self.task not in ("", one.name):
            return False
        return not self.notebook or is_of(one.newest, self.notebook, base)


def is_of(run: Run, notebook: str, base: Path) -> bool:
    """Whether a notebook made a run; paths may be relative to the project's folder."""
    origin = run.origin.get("notebook")
    if not isinstance(origin, str) or not origin:
        return False
    return os.path.normpath(base / origin) == os.path.normpath(base / notebook)


def ordered(question: Question, found: list[Series]) -> list[Series]:
    """Names in the order that a question asks for.

    Raises:
        UsageError: There is no such order.
    """
    word = question.text("sort") or "newest"
    if word not in _ORDERS:
        raise UsageError(f"{word!r} is no order.", hint=f"Orders are {', '.join(_ORDERS)}.")
    return sorted(found, key=_ORDERS[word])
