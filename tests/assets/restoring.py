"""Restoring in one call, for the tests of this room."""

import os
from collections.abc import Iterable
from pathlib import Path

from nbcellar.assets.restoring.restorer import Plan, Policy, execute, plan
from nbcellar.model import AssetSummary, Entry
from nbcellar.store import Cellar
from tests.assets.saving import save


def listing(folder: Path) -> dict[str, str]:
    """Every name below a folder with what it is and holds; temporary names would be seen."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            what = f"-> {os.readlink(path)}"
        elif path.is_dir():
            what = "/"
        else:
            what = ("x" if path.stat().st_mode & 0o100 else "") + path.read_bytes().hex()
        found[os.fsencode(path.relative_to(folder)).decode("utf-8", "backslashreplace")] = what
    return found


def saved(cellar: Cellar, tree: Path, **files: str) -> AssetSummary:
    for name, text in files.items():
        path = tree / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return save(cellar, tree)[1].summary


def restore(cellar: Cellar, what: AssetSummary | Iterable[Entry], target: Path, policy: Policy = Policy.SAFE) -> Plan:
    done = plan(cellar, what, target, policy=policy)
    execute(cellar, done)
    return done
