"""Save COUNT assets of overlapping files into the cellar of FOLDER, as series NAME.

Prints of each save that was acknowledged its sequence, its number, and which contents it has.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from nbcellar.model import Digest, Entry, Kind, RunKind, RunStatus
from nbcellar.store import Cellar
from nbcellar.store.packs.manifestwriting import write_manifest


def main(folder: str, name: str, count: str) -> None:
    cellar = Cellar.open(Path(folder))
    for number in range(int(count)):
        run = cellar.open_run(RunKind.SAVE, name)
        contents = contents_of(number)
        with cellar.stage() as stage:

            def store(missing: Collection[Digest] = (), contents: list[bytes] = contents) -> None:
                entries = []
                for place, content in enumerate(contents):
                    entries.append(Entry(b"%d" % place, Kind.FILE, False, len(content), stage.put(content)))
                summaries.append(write_manifest(stage, entries))  # noqa: B023

            summaries = []
            store()
            closed = replace(run, status=RunStatus.SUCCEEDED, asset=summaries[0], ended_ns=time.time_ns())
            published = cellar.publish(closed, stage, store)
        print(published.sequence, published.number, number, flush=True)


def contents_of(number: int) -> list[bytes]:
    """What the so-manieth save of every writer holds, in files named 0 to 9."""
    return [b"%d %d" % (number, place) * 200 for place in range(10)]


if __name__ == "__main__":
    main(*sys.argv[1:])
