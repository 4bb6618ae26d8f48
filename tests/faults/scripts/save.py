"""Save 30 small files and a large one as NAME into the cellar of FOLDER, and print the asset's digest."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from nbcellar.errors import NbcellarError
from nbcellar.model import Entry, Kind, RunKind, RunStatus
from nbcellar.store import CHUNK_BYTES, Cellar
from nbcellar.store.packs.manifestwriting import write_manifest


def main(folder: str, name: str, salt: str) -> None:
    cellar = Cellar.open(Path(folder))
    run = cellar.open_run(RunKind.SAVE, name)
    with cellar.stage() as stage:
        entries = []
        with stage.builder() as builder:
            for number in range(30):
                content = f"{salt} {number} ".encode() * (100 + number)
                entries.append(Entry(b"f%02d" % number, Kind.FILE, False, len(content), builder.put(content)))
        large = os.memfd_create("large")
        os.truncate(large, CHUNK_BYTES + 4096)
        os.pwrite(large, salt.encode() * 1000, CHUNK_BYTES - 500)
        whole, chunks = stage.put_large(large, CHUNK_BYTES + 4096)
        entries.append(Entry(b"large", Kind.FILE, False, CHUNK_BYTES + 4096, whole, chunks=chunks))
        asset = write_manifest(stage, entries)
        cellar.publish(replace(run, status=RunStatus.SUCCEEDED, asset=asset, ended_ns=time.time_ns()), stage)
    cellar.close()
    print(asset.digest.hex())


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except NbcellarError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
