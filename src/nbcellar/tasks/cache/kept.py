"""What a cached run left besides its files: the names that it bound and what it displayed, in the local cache.

``cache/results/<run id>/``: ``index``, which is a line with the digest of the JSON below it, and ``0``, ``1`` ... with
the bytes of names, whose digests are in the index. A folder is complete or not there; one that is missing or damaged
makes the task run, and nothing is handed over that is not what was written.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from blake3 import blake3

from nbcellar.model import JSON
from nbcellar.store import Cellar
from nbcellar.store.catalogue.redaction import redaction
from nbcellar.tasks.cache.bindings import KeptBindings
from nbcellar.tasks.codecs.stored import StoredValue

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
    parcels: tuple[StoredValue, ...]
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
        parcels = [StoredValue.write(part / str(number), data) for number, data in enumerate(bindings.parcels)]
        document = {
            "names": bindings.names,
            "changed": bindings.changed,
            "deleted": bindings.deleted,
            "left": left,
            "left_out": bindings.left_out,
            "spent": bindings.spent,
            "parcels": [[digest.hex() for digest in parcel.digests] for parcel in parcels],
            "outputs": outputs,
        }
        text = json.dumps(document).encode()
        (part / "index").write_bytes(blake3(text).hexdigest().encode() + b"\n" + text)
        part.rename(place)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        raise


def load_kept(cellar: Cellar, run_id: str) -> Kept | None:
    """Read it; None where it is not there, or damaged. The bytes of names are read when they are needed."""
    place = place_of(cellar, run_id)
    try:
        digest, _, text = (place / "index").read_bytes().partition(b"\n")
        match json.loads(text) if blake3(text).hexdigest().encode() == digest else None:
            case {
                "names": list(names),
                "changed": list(changed),
                "deleted": list(deleted),
                "left": dict(left),
                "left_out": list(left_out),
                "spent": list(spent),
                "parcels": list(digests),
                "outputs": list(outputs),
            }:
                parcels = tuple(
                    StoredValue(place / str(number), tuple(map(bytes.fromhex, each)))
                    for number, each in enumerate(digests)
                )
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
