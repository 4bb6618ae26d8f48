"""Put all but the newest of series NAME in the cellar of FOLDER into the trash, forget them and collect."""

from __future__ import annotations

import sys
from pathlib import Path

from nbcellar.errors import NbcellarError
from nbcellar.settings import Settings
from nbcellar.store import Cellar, RunQuery


def main(folder: str, name: str) -> None:
    cellar = Cellar.open(Path(folder), settings=Settings(trash_days=0))
    for run in cellar.runs(RunQuery(name=name, with_asset=True))[1:]:
        cellar.remove(run)
    cellar.gc(yes=True, grace_s=0)
    cellar.close()
    print("collected")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except NbcellarError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
