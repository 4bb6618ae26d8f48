"""Which cellar a verb works on."""

from __future__ import annotations

from pathlib import Path

from nbcellar.errors import NotFoundError, UsageError
from nbcellar.lightclasses import replace
from nbcellar.model import Run
from nbcellar.reference import Ref
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


def find_whole(cellar: Cellar, text: str, saved: str) -> Run:
    """As :func:`find_any`, for what is done with a run as a whole.

    Args:
        saved: What is certain where it is refused.

    Raises:
        NotFoundError: There is none.
        UsageError: It names files of one.
    """
    ref = Ref.parse(text)
    if ref.path:
        whole = replace(ref, path="")
        raise UsageError(
            f"{text} means files of {whole}, and this verb takes a run as a whole.",
            saved=saved,
            hint=f"Write {whole}, where all of it is meant; what is saved never changes.",
        )
    return find_any(cellar, ref)
