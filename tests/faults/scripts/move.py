"""Write a large file in a folder of the cellar of FOLDER, give the folder up, and save it as ``moved``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nbcellar.assets.saving.archiver import Tree, archive
from nbcellar.assets.scanning.ignore import IgnoreRules
from nbcellar.assets.scanning.scanner import scan
from nbcellar.model import RunKind
from nbcellar.store import CHUNK_BYTES, Cellar


def main(folder: str) -> None:
    cellar = Cellar.open(Path(folder))
    run = cellar.open_run(RunKind.TASK, "moved")
    work = cellar.folder / "work" / "moved-1"
    work.mkdir()
    fd = os.open(work / "large", os.O_WRONLY | os.O_CREAT)
    os.write(fd, os.urandom(CHUNK_BYTES + 4096))
    os.close(fd)
    archive(cellar, run, [Tree(scan(work, IgnoreRules.load(work)))], movable=True)
    assert (work / "large").is_symlink()
    cellar.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
