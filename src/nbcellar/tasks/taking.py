"""A cache hit: everything is left as a run would leave it."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from pathlib import Path

from nbcellar.assets.archiver import Source, archive
from nbcellar.assets.plan import Plan
from nbcellar.assets.restorer import execute, plan
from nbcellar.model import Entry, Run, RunKind, RunStatus
from nbcellar.store import Cellar
from nbcellar.tasks.bindings import VALUE, repeat_definitions
from nbcellar.tasks.caching import Hit
from nbcellar.tasks.code import Code
from nbcellar.tasks.codecs import decode_namespace
from nbcellar.tasks.places import ABOVE, Places

MISSING = object()


@dataclass(frozen=True, slots=True)
class Taken:
    """What a hit put back.

    Attributes:
        value: Of the last expression; ``MISSING`` where there was none, or it could not be kept.
        left_out: Names that the body binds and that were not asked for.
    """

    value: object
    left_out: tuple[str, ...]


def put_back(
    hit: Hit, cellar: Cellar, places: Places, code: Code, namespace: MutableMapping[str, object], *, files: bool
) -> Taken:
    """Put files and names back.

    Args:
        files: Whether the files belong into the folder; those of a fresh run do not.

    Raises:
        NbcellarError: A name or a file cannot be had; the task has to run.
    """
    repeat_definitions(code, namespace, hit.kept.names)
    values = decode_namespace(hit.kept.parcels)
    if files and hit.run.asset is not None:
        _put_files(hit.run, cellar, places)
    value = values.pop(VALUE, MISSING)
    namespace.update(values)
    for name in (*hit.kept.deleted, *hit.kept.left_out):
        namespace.pop(name, None)
    return Taken(value, hit.kept.left_out)


def _put_files(run: Run, cellar: Cellar, places: Places) -> None:
    assert run.asset is not None
    inside: list[Entry] = []
    above: list[Entry] = []
    for entry in cellar.manifest(run.asset):
        if entry.name.startswith(ABOVE):
            above.append(replace(entry, name=entry.name[len(ABOVE) :]))
        else:
            inside.append(entry)
    for entries, target in ((inside, Path(places.root)), (above, Path(places.home))):
        if entries:
            execute(cellar, _plan(cellar, run, entries, target))


def _plan(cellar: Cellar, run: Run, entries: list[Entry], target: Path) -> Plan:
    """A plan without conflicts: what is in the way and not stored is stored first."""
    made = plan(cellar, entries, target)
    names = [item.entry.name for item in made.conflicts]
    if not names:
        return made
    saved = cellar.open_run(RunKind.SAVE, f"{run.name}-overwritten", detail={"by": run.ref})
    archive(cellar, saved, [Source(name, target / os.fsdecode(name)) for name in names])
    return plan(cellar, entries, target)


def record_taken(hit: Hit, cellar: Cellar, parent: str) -> Run:
    """A run of its own that says which was taken, for the notebook's run around it."""
    taken = hit.run
    opened = cellar.open_run(
        taken.kind, taken.name, parent=parent, params=taken.params, code=taken.code, detail={"taken": taken.id}
    )
    return cellar.publish(
        replace(
            opened,
            status=RunStatus.CACHED,
            ended_ns=opened.started_ns,
            asset=taken.asset,
            inputs=taken.inputs,
            result=taken.result,
            result_repr=taken.result_repr,
            key=taken.key,
            key_parts=taken.key_parts,
        )
    )
