"""The inputs of a run, from everything that is known: declared, looked into, opened, named."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nbcellar.model import Digest, Input, InputKind, Run
from nbcellar.store import Cellar, RunQuery
from nbcellar.tasks.declared import ResolvedInput
from nbcellar.tasks.found import Finder
from nbcellar.tasks.inputs import tree_digest
from nbcellar.tasks.tracer import Stamp, Trace, stamp
from nbcellar.tasks.used import UsedAssets


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
        return replace(one.record, digest=digests.of(one.one_file, reading.stamps[one.one_file]))
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
    asked = {one.digest for one in inputs if one.run is None and one.digest is not None and one.size_bytes}
    held = cellar.find_content(asked) if asked else {}
    made = []
    for one in inputs:
        holders = held.get(one.digest, []) if one.run is None and one.digest is not None else []
        match one.kind:
            case InputKind.ASSET if holders:
                run, name = holders[0]
                made.append(replace(one, path=f"{run.ref}/{os.fsdecode(name)}", run=run.id))
            case InputKind.ASSET if one.run is None and one.digest is not None:  # a file of an asset laid out whole
                made.append(_of_whole(cellar, one, one.digest))
            case InputKind.FILE:
                made.append(replace(one, run=_maker(holders, one.path)))
            case _:
                made.append(one)
    return made


def _of_whole(cellar: Cellar, one: Input, digest: Digest) -> Input:
    runs = cellar.runs(RunQuery(asset=digest, limit=1))
    return replace(one, path=f"{runs[0].ref}/{one.path}", run=runs[0].id) if runs else one


def _maker(holders: Sequence[tuple[Run, bytes]], path: str) -> str | None:
    base = os.path.basename(path)
    return next((run.id for run, name in holders if os.path.basename(os.fsdecode(name)) == base), None)
