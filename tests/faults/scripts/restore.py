"""Restore the newest asset ``data`` of the cellar of FOLDER into TARGET by POLICY, or undo that (POLICY ``undo``)."""

from __future__ import annotations

import sys
from pathlib import Path

from nbcellar.assets.restoring.plan import Policy
from nbcellar.assets.restoring.restorer import execute, plan
from nbcellar.assets.restoring.undo import undo
from nbcellar.errors import NbcellarError
from nbcellar.store import Cellar


def main(folder: str, target: str, policy: str) -> None:
    cellar = Cellar.open(Path(folder))
    if policy == "undo":
        undo(cellar)
    else:
        asset = cellar.find("data").asset
        assert asset
        execute(cellar, plan(cellar, asset, Path(target), policy=Policy(policy)))
    cellar.close()
    print("done")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except NbcellarError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
