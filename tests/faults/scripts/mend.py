"""Repair the packs of the cellar of FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

from nbcellar.errors import NbcellarError
from nbcellar.store import Cellar


def main(folder: str) -> None:
    cellar = Cellar.open(Path(folder))
    cellar.repair_packs()
    cellar.close()
    print("mended")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except NbcellarError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
