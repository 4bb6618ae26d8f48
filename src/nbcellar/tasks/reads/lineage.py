"""The inputs of a run, from everything that is known: declared, looked into, opened, named."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from nbcellar.model import Digest, Input, InputKind, Run
from nbcellar.store import Cellar, RunQuery
from nbcellar.tasks.files.trace import Stamp, Trace, stamp
from nbcellar.tasks.reads.declared import ResolvedInput
from nbcellar.tasks.reads.found import Finder
from nbcellar.tasks.reads.inputs import tree_digest
from nbcellar.tasks.reads.used import UsedAssets

Wish: TypeAlias = tuple[Digest, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a body read.

    Attributes:
        named: Paths that its code names, with their stamps from before.
        stamps: Of every declared file, from before.
    """

    finder: Finder
    trace: Trace
    named: Mapping[str, Stamp | None]
    declared: Sequence[ResolvedInput]
    stamps: Mapping[str, Stamp]
    used: UsedAssets


def inputs_of(cellar: Cellar, reading: Reading) -> list[Input]:
    """Every input once, declared ones first."""
    declared = [_declared(one, reading) for one in reading.declared]
    covered = {path for one in reading.declared for path in one.files}
    found = reading.finder.inputs(reading.trace, reading.named, covered)
    unique: dict[tuple[InputKind, str, bytes | None], Input] = {}
    for one in with_makers(cellar, [*declared, *reading.used.inputs(), *found]):
        unique.setdefault((one.kind, one.path, one.digest), one)
    return list(unique.values())


def _declared(one: ResolvedInput, reading: Reading) -> Input:
    if one.record.digest is not None or not one.files:
        return one.record
    digests = reading.finder.digests
    if one.one_file:
        return replace(one.record, digest=digests.of({one.one_file: reading.stamps[one.one_file]}).get(one.one_file))
    total = sum(reading.stamps[file][0] for file in one.files)
    changed = [file for file in one.files if stamp(file) != reading.stamps[file]]
    digests.changed += changed
    if changed or not digests.affords(total):
        return replace(one.record, size_bytes=total)
    return replace(one.record, size_bytes=total, digest=tree_digest(digests.cellar, one.files, one.base))


def with_makers(cellar: Cellar, inputs: Sequence[Input]) -> list[Input]:
    """The inputs, with the run whose asset holds them where one does under that name."""
    if not cellar.exists:
        return list(inputs)
    makers = _makers(cellar, inputs)
    made = []
    for one in inputs:
        maker = makers.get(_wish(one)) if one.run is None else None
        match one.kind:
            case InputKind.ASSET if maker is not None:
                run, name = maker
                made.append(replace(one, path=f"{run.ref}/{os.fsdecode(name)}", run=run.id))
            case InputKind.ASSET if one.run is None and one.digest is not None:  # a file of an asset laid out whole
                made.append(_of_whole(cellar, one, one.digest))
            case InputKind.FILE:
                made.append(replace(one, run=maker[0].id if maker is not None else None))
            case _:
                made.append(one)
    return made


def _of_whole(cellar: Cellar, one: Input, digest: Digest) -> Input:
    runs = cellar.runs(RunQuery(asset=digest, limit=1))
    return replace(one, path=f"{runs[0].ref}/{one.path}", run=runs[0].id) if runs else one


def _wish(one: Input) -> Wish:
    """What must be found for an input: its content, and for a file of the project its name too."""
    return one.digest or Digest(b""), os.path.basename(one.path) if one.kind is InputKind.FILE else ""


def _makers(cellar: Cellar, inputs: Sequence[Input]) -> dict[Wish, tuple[Run, bytes]]:
    """The newest run that fits each input; assets are looked through only until each has one."""
    kinds = (InputKind.ASSET, InputKind.FILE)
    asked = [one for one in inputs if one.kind in kinds and one.run is None and one.digest and one.size_bytes]
    sizes = {one.digest: one.size_bytes for one in asked if one.digest and one.size_bytes}
    stored = cellar.perhaps_stored(sizes) if sizes else set()
    open_wishes, found = {_wish(one) for one in asked if one.digest in stored}, dict[Wish, tuple[Run, bytes]]()
    for digest, run, name in cellar.each_holder(stored) if stored else ():
        for wish in ((digest, ""), (digest, os.path.basename(os.fsdecode(name)))):
            if wish in open_wishes:
                found[wish] = (run, name)
                open_wishes.discard(wish)
        if not open_wishes:
            break
    return found
