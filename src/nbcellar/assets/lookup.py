"""Finding assets by reference, name and parameters."""

from __future__ import annotations

from collections.abc import Mapping

from nbcellar.assets.asset import Asset
from nbcellar.assets.assetentry import AssetEntry
from nbcellar.errors import NotFoundError, UsageError
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.model import JSON, RunStatus
from nbcellar.reference import Ref

if TYPE_CHECKING:
    from nbcellar.store import Cellar


def get(ref: str, *, cellar: Cellar | None = None, **params: JSON) -> Asset:
    """The asset that a reference means; with parameters, the newest success of that name with these.

    Raises:
        NotFoundError: There is none.
        UsageError: It is no reference, or names a file: ``get("train")["a/b.txt"]``.
    """
    place = cellar or _current()
    parsed = Ref.parse(ref)
    if parsed.path:
        raise UsageError(
            f"{ref!r} names files of an asset.", hint=f"Write cellar[{str(_bare(parsed))!r}][{parsed.path!r}]."
        )
    return _with_params(place, parsed, params) if params else Asset(place, place.find(parsed))


def entry(ref: Ref, cellar: Cellar) -> AssetEntry:
    """The one file that a reference with a path means.

    Raises:
        NotFoundError: There is none.
        UsageError: It names no file.
    """
    if not ref.path:
        raise UsageError(f"{ref} names an asset, not a file of it.", hint=f"Write {ref}/PATH.")
    return Asset(cellar, cellar.find(_bare(ref)))[ref.path]


def newest(cellar: Cellar | None = None) -> Asset | None:
    """The newest asset of the project; None where there is none."""
    from nbcellar.store import RunQuery

    place = cellar or _current()
    query = RunQuery(project=place.project, statuses=(RunStatus.SUCCEEDED,), with_asset=True, limit=1)
    found = place.runs(query) if place.exists else []
    return Asset(place, found[0]) if found else None


def _with_params(cellar: Cellar, ref: Ref, params: Mapping[str, JSON]) -> Asset:
    from nbcellar.store import RunQuery

    if ref.number is not None or ref.alias or ref.back:
        raise UsageError(f"{ref} is one run; parameters choose among the runs of a name.")
    found = cellar.runs(
        RunQuery(
            project=ref.project or cellar.project,
            name=ref.word,
            statuses=(RunStatus.SUCCEEDED,),
            params=params,
            with_asset=True,
            limit=1,
        )
    )
    if not found:
        said = ", ".join(f"{name}={value}" for name, value in params.items())
        raise NotFoundError(f"No run of {ref.word!r} has {said}.", hint=f"`nbcellar log {ref.word}` lists them.")
    return Asset(cellar, found[0])


def _bare(ref: Ref) -> Ref:
    from nbcellar.lightclasses import replace

    return replace(ref, path="")


def _current() -> Cellar:
    from nbcellar.store import current

    return current()
