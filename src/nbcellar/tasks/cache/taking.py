"""A cache hit: everything is left as a run would leave it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, MutableMapping
from dataclasses import dataclass, replace
from pathlib import Path

from nbcellar.assets.restoring.plan import Plan
from nbcellar.assets.restoring.restorer import execute, plan
from nbcellar.assets.saving.archiver import Source, archive
from nbcellar.errors import EncodingError
from nbcellar.model import Entry, Run, RunKind, RunStatus, series_beside
from nbcellar.store import Cellar
from nbcellar.tasks.body.code import Code
from nbcellar.tasks.body.definitions import defined, needs, referred, repeat
from nbcellar.tasks.body.freenames import definitions
from nbcellar.tasks.cache.bindings import AROUND, REFERENCES, VALUE, own_names
from nbcellar.tasks.cache.caching import Hit
from nbcellar.tasks.cache.refilling import holds, others_of, refilling
from nbcellar.tasks.cache.surroundings import repeat_surroundings
from nbcellar.tasks.codecs import decode_namespace
from nbcellar.tasks.files.places import ABOVE, Places

MISSING = object()


@dataclass(frozen=True, slots=True)
class Taken:
    """What a hit put back.

    Attributes:
        value: Of the last expression; ``MISSING`` where there was none, or it could not be kept.
        left_out: Names that the body binds and that were not asked for, or are of no use any more.
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
    wanted = set(hit.kept.names) if hit.wanted is None else set(hit.kept.names) & set(hit.wanted)
    values = _values(hit, code, namespace, wanted)
    around = values.pop(AROUND, {})
    value = values.pop(VALUE, MISSING)
    values = {name: one for name, one in values.items() if name in wanted}
    refill = _refillings(hit, namespace, values)
    if files and hit.run.asset is not None:
        _put_files(hit.run, cellar, places)
    if hit.wanted != ():
        assert isinstance(around, dict)
        repeat_surroundings(around)
    _bind(namespace, values, refill)
    left_out = (*hit.kept.left_out, *hit.kept.spent, *sorted(set(hit.kept.names) - wanted))
    for name in (*(hit.kept.deleted if hit.wanted is None else ()), *left_out):
        namespace.pop(name, None)
    return Taken(value, left_out)


def _values(hit: Hit, code: Code, namespace: MutableMapping[str, object], wanted: Collection[str]) -> dict[str, object]:
    """Decode names, before and after the definitions that some of them are needed for and others need."""
    first = {name for node in definitions(code.tree) if defined(node) & set(wanted) for name in needs(node)}
    values: dict[str, object] = {}
    waiting = list(hit.kept.parcels)
    if first & set(wanted):
        waiting = []
        for parcel in hit.kept.parcels:
            try:
                values |= decode_namespace([parcel])
            except EncodingError:  # of a class that is not defined yet
                waiting.append(parcel)
        namespace.update({name: one for name, one in values.items() if name in first and name in wanted})
    repeat(code.tree, namespace, wanted)
    values |= decode_namespace(waiting)
    references = values.pop(REFERENCES, {})
    assert isinstance(references, dict)
    return values | {str(name): referred(str(reference)) for name, reference in references.items()}


def _refillings(
    hit: Hit, namespace: Mapping[str, object], values: Mapping[str, object]
) -> dict[str, Callable[[], None]]:
    """How each object that the body changed in place gets its new state.

    Raises:
        EncodingError: It cannot get it, and another name would go on with the object as it was before.
    """
    own, found = own_names(namespace), dict[str, Callable[[], None]]()
    for name in hit.kept.changed:
        if name not in values or name not in own:
            continue
        alone = not any(holds(value, values[name]) for value in values.values())
        refill = refilling(own[name], values[name]) if alone else None
        other = others_of(name, own)
        if refill is not None:
            found[name] = refill
        elif other:
            raise EncodingError(f"{name} is changed in place, and {other} is the same object, or holds it")
    return found


def _bind(
    namespace: MutableMapping[str, object], values: Mapping[str, object], refill: Mapping[str, Callable[[], None]]
) -> None:
    older: dict[int, object] = {}
    for name, again in refill.items():
        again()
        older[id(values[name])] = namespace[name]
    for name, value in values.items():
        namespace[name] = older.get(id(value), value)


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
    saved = cellar.open_run(RunKind.SAVE, series_beside(run.name, "overwritten"), detail={"by": run.ref})
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
