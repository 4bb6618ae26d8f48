"""What a task in a fresh folder does when its body has ended: large files go into the store without a copy."""

from __future__ import annotations

import sys
from pathlib import Path

from nbcellar.assets.saving.archiver import Tree, archive
from nbcellar.assets.scanning.ignore import IgnoreRules
from nbcellar.assets.scanning.scanner import scan
from nbcellar.model import RunKind
from nbcellar.store import current

if __name__ == "__main__":
    cellar = current()
    folder = Path(sys.argv[1]).absolute()
    run = cellar.open_run(RunKind.TASK, "data")
    archive(cellar, run, [Tree(scan(folder, IgnoreRules.load(folder)))], movable=True)
