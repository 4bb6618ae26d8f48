"""``log``: the runs of a name, or of the project, newest first."""

from __future__ import annotations

from nbcellar.errors import NotFoundError, did_you_mean
from nbcellar.frontends.commands.answer import Answer
from nbcellar.frontends.commands.command import Argument, Command, Given
from nbcellar.frontends.commands.listing import Runs
from nbcellar.frontends.commands.place import here
from nbcellar.frontends.commands.runtable import labels_by_run
from nbcellar.frontends.moments import since_ns
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import ClassVar
from nbcellar.reference import Ref
from nbcellar.store import Cellar, RunQuery

NEWEST = 100


@dataclass(frozen=True, repr=False)
class Log(Runs):
    """What happened, newest first."""

    verb: ClassVar[str] = "log"


def log(name: str = "", *, since: str = "", limit: int | None = None, cellar: Cellar | None = None) -> Log:
    """The runs of a name, or all of the project, newest first, failed ones too.

    Args:
        since: Only since then: ``2d``, ``2026-11-01``.
        limit: At most so many.

    Raises:
        NotFoundError: There is nothing of this name.
        UsageError: Something given cannot be meant.
    """
    place = here(cellar)
    ref = Ref.parse(name) if name else None
    project = ref.project if ref and ref.project else place.project
    query = RunQuery(project=project, name=ref.word if ref else None, since_ns=since_ns(since), limit=limit)
    runs = tuple(place.runs(query))
    if ref and not runs and not since:
        near = did_you_mean(ref.word, [one.name for one in place.series(project)])
        raise NotFoundError(
            f"Nothing is called {ref.word!r} in project {project!r}.", hint=near or "`nbcellar ls` lists."
        )
    return Log(place, runs, labels_by_run(place, runs))


def _call(given: Given) -> Answer:
    limit = given.number("limit")
    return log(
        given.text("name"), since=given.text("since"), limit=NEWEST if limit is None else limit, cellar=given.cellar
    )


COMMANDS = (
    Command(
        "log",
        "List the runs of a name, or of the whole project, newest first.",
        (("log train", "every run of `train`, failed ones too"), ("log --since 1d", "what happened since yesterday")),
        (
            Argument("NAME", "a name", kind="name"),
            Argument("--since", "only since then", metavar="AGE|DATE"),
            Argument("--limit", f"at most so many, {NEWEST} where it is left out", metavar="N"),
        ),
        _call,
        'cellar.log("train")',
        slips={"": "One name at a time: `nbcellar log {0}`."},
    ),
)
