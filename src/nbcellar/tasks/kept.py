"""What a cached run left besides its files: the names that it bound and what it displayed, in the local cache.

``cache/results/<run id>/``: ``index.json``, and ``0``, ``1`` ... with the bytes of names. A folder is complete or not
there; one that is missing or damaged makes the task run.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from nbcellar.model import JSON
from nbcellar.store import Cellar
from nbcellar.store.redaction import redaction
from nbcellar.tasks.bindings import KeptBindings

MOST_OUTPUT_BYTES = 10 * 2**20


@dataclass(frozen=True, slots=True)
class Kept:
    """What can be had again.

    Attributes:
        changed: Names whose object was changed in place, so that its other names see the change.
        outputs: What was displayed, for whoever captured it.
        spent: Names of what was closed by then, which nobody can use.
        left: Names, or ``"output"``, that could not be kept, each with the reason.
    """

    names: tuple[str, ...]
    changed: tuple[str, ...]
    deleted: tuple[str, ...]
    left: dict[str, str]
    left_out: tuple[str, ...]
    outputs: list[JSON]
    parcels: tuple[bytes, ...]
    spent: tuple[str, ...]


def store_kept(cellar: Cellar, run_id: str, bindings: KeptBindings, outputs: list[JSON]) -> None:
    """Write it down, whole or not at all."""
    left = dict(bindings.left)
    hidden = redaction()
    if any(value.encode() in data for value in hidden.values for data in bindings.parcels):
        names = dict.fromkeys(bindings.names, "a secret is among the values")
        bindings = replace(bindings, names=(), parcels=(), left={**left, **names})
        left = dict(bindings.left)
    outputs = [hidden.json(output) for output in outputs]
    if len(json.dumps(outputs)) > MOST_OUTPUT_BYTES:
        outputs, left = [], {**left, "output": "it is larger than 10 MB"}
    place = place_of(cellar, run_id)
    part = place.with_name(f".{run_id}-{os.urandom(4).hex()}")
    part.mkdir(parents=True)
    try:
        for number, data in enumerate(bindings.parcels):
            (part / str(number)).write_bytes(data)
        document = {
            "names": bindings.names,
            "changed": bindings.changed,
            "deleted": bindings.deleted,
            "left": left,
            "left_out": bindings.left_out,
            "spent": bindings.spent,
            "parcels": len(bindings.parcels),
            "outputs": outputs,
        }
        (part / "index.json").write_text(json.dumps(document), encoding="utf-8")
        part.rename(place)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        raise


def load_kept(cellar: Cellar, run_id: str) -> Kept | None:
    """Read it; None where it is not there, or damaged."""
    place = place_of(cellar, run_id)
    try:
        match json.loads((place / "index.json").read_text(encoding="utf-8")):
            case {
                "names": list(names),
                "changed": list(changed),
                "deleted": list(deleted),
                "left": dict(left),
                "left_out": list(left_out),
                "spent": list(spent),
                "parcels": int(count),
                "outputs": list(outputs),
            }:
                parcels = tuple((place / str(number)).read_bytes() for number in range(count))
                return Kept(
                    tuple(names), tuple(changed), tuple(deleted), left, tuple(left_out), outputs, parcels, tuple(spent)
                )
            case _:
                return None
    except (OSError, ValueError):
        return None


def place_of(cellar: Cellar, run_id: str) -> Path:
    """Where it is kept."""
    return cellar.folder / "cache" / "results" / run_id


def left_words(left: Mapping[str, str]) -> list[str]:
    """What could not be kept, each in a few words that begin with its name."""
    return [why if why.startswith(name) else f"{name} cannot be kept: {why}" for name, why in left.items()]
