"""The order of writes, call by call: what is acknowledged was made durable first, whatever a file system would forgive.

A power cut shows what one file system loses. Here the calls themselves are held against the rules: no name is given to
bytes that are not synced, nothing is published before its names are synced, and rows go before objects.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import Counted

from .harness import Faults
from .test_restore_kill import MINE, template, with_key

__all__ = ["template"]

pytestmark = pytest.mark.slow

_WRITES = {"write", "writev", "pwrite", "pwrite64", "pwritev", "sendfile", "copy_file_range"}
_WAL = "catalogue.db-wal"


@dataclass
class Disk:
    """What a disk that loses everything which was not synced would still owe.

    Attributes:
        dirty: Files with bytes that are not synced.
        names: Names that are not synced, by folder.
        synced: Files that were synced at all.
        made: Folders.
        event: Whether an event has its name, so that what follows publishes it.
    """

    dirty: set[str] = field(default_factory=set)
    names: dict[str, set[str]] = field(default_factory=dict)
    synced: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)
    event: bool = False

    def take(self, call: str, path: str, to: str) -> Iterator[str]:
        """One call; what is wrong about it."""
        match call:
            case _ if call in _WRITES:
                self.dirty.add(path)
            case "fsync" | "fdatasync":
                if path.endswith(_WAL) and self.event:
                    yield from self.owed()
                    self.event = False
                self.dirty.discard(path)
                self.synced.add(path)
                self.names.pop(path, None)
            case "mkdir" | "mkdirat" if path not in self.made:  # asked for again it is there already
                self.made.add(path)
                self.names.setdefault(_above(path), set()).add(path)
            case "rename" | "renameat" | "link" | "linkat":
                yield from self.give_name(path, to)
            case "unlink" | "unlinkat":
                if "/packs/" in path and any(name.endswith(_WAL) for name in self.dirty):
                    yield f"{path} went before its rows"
                self.names.get(_above(path), set()).discard(path)

    def give_name(self, path: str, to: str) -> Iterator[str]:
        # new files of a restore may be lost, and a cache has a checksum
        ours = "/.cellar/" in to and "/.cellar/cache/" not in to
        if path in self.dirty and (ours or MINE.get(_base(to))):
            yield f"{to} got its name before its bytes were synced"
        if "/packs/" in to and path not in self.synced:
            yield f"{to} was never synced"
        if "/journal/" in to:
            yield from self.owed()
            self.event = True
        if "/target/" in path:
            yield from self.owed("/record.json", "/record.signature")
        self.names.setdefault(_above(to), set()).add(to)
        self.names.get(_above(path), set()).discard(path)

    def owed(self, *among: str) -> Iterator[str]:
        """Names that something relies on from here on and that are not synced."""
        parts = among or ("/.cellar/packs", "/.cellar/journal", "/format.json")
        for path in sorted(path for paths in self.names.values() for path in paths):
            if any(part in path for part in parts) or (path.endswith("/.cellar") and not among):
                yield f"{path} is relied on before its name was synced"


def _above(path: str) -> str:
    return path.rpartition("/")[0]


def _base(path: str) -> str:
    return path.rpartition("/")[2]


def wrong(log: Path, disk: Disk | None = None) -> list[str]:
    """Everything that breaks a rule in a log of calls."""
    disk = disk or Disk()
    found = []
    for line in log.read_text().splitlines():
        call, path, to = (*line.split("\t"), "")[:3]
        found += disk.take(call, path.removesuffix("/"), to.removesuffix("/"))
    return found


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "calls"


def test_every_kind_of_write_keeps_the_order(faults: Faults, tmp_path: Path, log: Path, counted: Counted) -> None:
    """The first save of all, another one, a large file that moves, a collection, repairs."""
    project = tmp_path / "project"
    project.mkdir()
    pack = project / ".cellar" / "packs"
    disk = Disk()
    for script in ("save data first", "save data second", "move", "collect data", "save data third", "mend", "repair"):
        name, *rest = script.split()
        if name == "mend":
            hurt = max((path for path in pack.iterdir() if not path.suffix), key=lambda path: path.stat().st_mtime_ns)
            data = bytearray(hurt.read_bytes())
            data[0] ^= 1
            hurt.chmod(0o600)
            hurt.write_bytes(data)
        ended = faults.run(name, str(project), *rest, KILLAT="0", KILLLOG=str(log))
        assert ended.code == 0, ended.err
        assert wrong(log, disk) == [], script
        counted(f"calls of `{script}` in order", len(log.read_text().splitlines()))
        log.unlink()


@pytest.mark.parametrize("policy", ["replace", "backup"])
def test_a_restore_keeps_what_it_replaces_before_it_replaces_it(
    faults: Faults, template: Path, tmp_path: Path, log: Path, policy: str
) -> None:
    project = with_key(faults, template, tmp_path)
    for what in (policy, "undo"):
        target = str(project / "target")
        ended = faults.run("restore", str(project), target, what, KILLAT="0", KILLLOG=str(log))
        assert ended.code == 0, ended.err
        assert wrong(log) == [], what
        log.unlink()


def test_the_rules_notice_what_breaks_them(log: Path) -> None:
    store = "/p/.cellar"
    good = [
        f"writev\t{store}/tmp/1",
        f"fsync\t{store}/tmp/1",
        f"rename\t{store}/tmp/1\t{store}/packs/A",
        f"fsync\t{store}/packs",
        f"writev\t{store}/tmp/2",
        f"fsync\t{store}/tmp/2",
        f"rename\t{store}/tmp/2\t{store}/journal/B.json",
        f"fsync\t{store}/journal",
        f"pwrite64\t{store}/{_WAL}",
        f"fdatasync\t{store}/{_WAL}",
        f"unlink\t{store}/packs/A",
    ]
    log.write_text("\n".join(good))
    assert wrong(log) == []
    for place in (1, 3, 5, 7, 9):
        log.write_text("\n".join(good[:place] + good[place + 1 :]))
        assert wrong(log), good[place]
    log.write_text("\n".join([*good[:9], good[10], good[9]]))
    assert wrong(log) == [f"{store}/packs/A went before its rows"]
