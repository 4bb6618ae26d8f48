"""Until stdin has something: keep the newest assets of the cellar of FOLDER and collect the rest, or check all of it.

Every tenth collection has no grace: it takes what writers have staged. Prints how many rounds there were, and before
that every damage that a check named, one a line.
"""

from __future__ import annotations

import contextlib
import select
import sys
from pathlib import Path

from nbcellar.errors import CorruptDataError, NotFoundError
from nbcellar.model import Run
from nbcellar.settings import Settings
from nbcellar.store import Cellar, CheckLevel, RunQuery

KEPT = 3


def main(folder: str, task: str) -> None:
    cellar = Cellar.open(Path(folder), settings=Settings(trash_days=0))
    rounds = 0
    while not select.select([sys.stdin], [], [], 0.02)[0]:
        rounds += 1
        if task == "collect":
            for name in ("s0", "s1"):
                for run in cellar.runs(RunQuery(name=name, with_asset=True))[KEPT:]:
                    with contextlib.suppress(NotFoundError):  # the other collector was first
                        cellar.remove(run)
            cellar.gc(yes=True, grace_s=3600 if rounds % 10 else 0)
        else:
            report = cellar.check(CheckLevel.READ_DATA)
            if not report.sound:
                print(*(f"{damage.object}: {damage.what}" for damage in report.damages), sep="\n", flush=True)
            for run in cellar.runs(RunQuery(with_asset=True))[:KEPT]:
                read(cellar, run)
    cellar.close()
    print(rounds)


def read(cellar: Cellar, run: Run) -> None:
    """Every file of an asset, unless it was removed since it was listed: then it may go at any moment."""
    try:
        for entry in cellar.manifest(run.asset) if run.asset else ():
            cellar.read_file(entry)
    except CorruptDataError:
        if any(one.id == run.id for one in cellar.runs(RunQuery(with_asset=True))):
            raise


if __name__ == "__main__":
    main(*sys.argv[1:])
