"""The arguments of a call: as parameters of its run, as part of a key, and the assets among them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping

from nbcellar.assets.asset import Asset
from nbcellar.assets.assetentry import AssetEntry
from nbcellar.assets.uses import tell
from nbcellar.errors import EncodingError, UsageError
from nbcellar.model import JSON
from nbcellar.tasks.cache.fingerprint import fingerprint, parameter_value

UNCACHED_BYTES = 2**20
"""Without a cache, a larger argument is recorded by its type alone: nothing needs to compare it."""


def as_params(task: str, arguments: Mapping[str, object], *, cached: bool) -> dict[str, JSON]:
    """The arguments as parameters of a run.

    Raises:
        UsageError: One cannot be compared, and the cache needs that.
    """
    return {name: _param(task, name, value, cached) for name, value in arguments.items()}


def _param(task: str, name: str, value: object, cached: bool) -> JSON:
    match value:
        case Asset():
            return {"asset": value.ref, "digest": value.digest}
        case AssetEntry():
            return {"asset": f"{value.asset.ref}/{value.path}", "digest": value.digest}
    try:
        return parameter_value(value) if cached else parameter_value(value, most_bytes=UNCACHED_BYTES)
    except EncodingError as error:
        if not cached:
            return {"type": type(value).__qualname__}
        raise UsageError(
            f"The argument {name} of {task} cannot be part of a cache key: {error.message}.",
            hint="Choose those that count: cache=Cache(params=(...)).",
        ) from None


def compared(task: str, arguments: Mapping[str, object]) -> str:
    """One text that is the same for the same arguments, for ``memo=``.

    Raises:
        UsageError: One cannot be compared.
    """
    found = []
    for name, value in arguments.items():
        try:
            found.append(f"{name}={fingerprint(value)}")
        except EncodingError as error:
            raise UsageError(
                f"The argument {name} of {task} cannot be compared with an earlier call's: {error.message}.",
                hint='Choose those that count, such as memo=["a", "b"].',
            ) from None
    return " ".join(found)


def assets_among(value: object, depth: int = 0) -> Iterator[Asset | AssetEntry]:
    """The assets in a value, also inside of lists and dicts."""
    match value:
        case Asset() | AssetEntry():
            yield value
        case Mapping() if depth < 20:
            for part in value.values():
                yield from assets_among(part, depth + 1)
        case list() | tuple() | set() | frozenset() if depth < 20:
            for part in value:
                yield from assets_among(part, depth + 1)
        case _:
            pass


def note_use(asset: Asset | AssetEntry) -> None:
    """Let what was given count as an input of the running task, whether or not it is looked into."""
    if isinstance(asset, AssetEntry):
        tell(asset.asset.run, asset.entry)
    else:
        tell(asset.run)


def names_read_by(function: Callable[..., object], *, of_notebook: bool) -> dict[str, object]:
    """The values of the names that a function may read: those around it, and a notebook's own."""
    around = inspect.getclosurevars(function).nonlocals
    return {**(function.__globals__ if of_notebook else {}), **around}
