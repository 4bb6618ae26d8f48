"""Back the cellar of FOLDER up into TARGET, export its newest ``data`` to TARGET, or import that file (WHAT)."""

from __future__ import annotations

import sys
from pathlib import Path

from nbcellar.errors import NbcellarError
from nbcellar.store import Cellar


def main(folder: str, target: str, what: str) -> None:
    cellar = Cellar.open(Path(folder))
    if what == "backup":
        cellar.backup(Path(target))
    elif what == "export":
        cellar.export([cellar.find("data")], Path(target), overwrite=True)
    else:
        cellar.import_file(Path(target))
    cellar.close()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except NbcellarError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
