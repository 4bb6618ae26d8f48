"""Save assets into the cellar of FOLDER one after the other, and print each one once it is saved."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

from nbcellar.model import Entry, Kind, LabelKind, RunKind, RunStatus
from nbcellar.store import Cellar
from nbcellar.store.packs.manifestwriting import write_manifest


def main(folder: str) -> None:
    cellar = Cellar.open(Path(folder))
    for number in range(10**6):
        run = cellar.open_run(RunKind.SAVE, "data")
        with cellar.stage() as stage:
            contents = [b"%d %d" % (number, place) * 3000 for place in range(3)]
            entries = [Entry(b"%d" % p, Kind.FILE, False, len(c), stage.put(c)) for p, c in enumerate(contents)]
            asset = write_manifest(stage, entries)
            run = cellar.publish(replace(run, status=RunStatus.SUCCEEDED, asset=asset), stage)
        cellar.label(run, LabelKind.TAG, "number", str(number))
        os.write(1, f"{run.ref} {asset.digest.hex()} {number}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
