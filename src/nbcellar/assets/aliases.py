"""Aliases: which version of a name has one now."""

from __future__ import annotations

from nbcellar.errors import NotFoundError
from nbcellar.model import NAME, Run
from nbcellar.reference import Ref
from nbcellar.store import Cellar


def alias_holder(cellar: Cellar, run: Run, alias: str) -> Run | None:
    """The other run of a run's series that has an alias, and loses it when the run is given it."""
    if not NAME.fullmatch(alias):
        return None
    try:
        found = cellar.find(Ref(run.name, run.project, alias=alias))
    except NotFoundError:
        return None
    return None if found.id == run.id else found
