"""Which cellar a verb works on."""

from __future__ import annotations

from pathlib import Path

from nbcellar.errors import NotFoundError
from nbcellar.model import Ref, Run
from nbcellar.store import Cellar, current


def cellar_at(store_url: str, folder: Path) -> Cellar:
    """The cellar at a URL or path; without one, the one that belongs to the current folder.

    Raises:
        UsageError: No store can lie there.
    """
    if not store_url:
        return current()
    from nbcellar.settings import load, project_folder
    from nbcellar.store.objects.address import complete

    return Cellar.open(folder, address=complete(store_url), settings=load(project_folder(folder)))


def here(cellar: Cellar | None) -> Cellar:
    """The one that was given, else the current one."""
    return cellar if cellar is not None else current()


def find_any(cellar: Cellar, ref: Ref | str) -> Run:
    """The run that a reference means; where the name never succeeded, its newest run of all.

    Raises:
        NotFoundError: There is none.
    """
    try:
        return cellar.find(ref)
    except NotFoundError:
        parsed = Ref.parse(ref) if isinstance(ref, str) else ref
        if parsed.number is not None or parsed.alias or parsed.back:
            raise
        return cellar.find(ref, succeeded=False)
