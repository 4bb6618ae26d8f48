"""Which running task writes which file, so that two notebooks in one folder do not take each other's.

Each task lists what it opens for writing in ``.cellar/work/claims/<run id>``. A list outlives its task while others
run, since they began before it ended.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from nbcellar.store.objects.processes import start_of

_DONE = ".done"


@dataclass(slots=True)
class Claim:
    """The list of one task; close it when the task has ended.

    Attributes:
        began_ns: When the task began, by the clock of the project's file system: what is written later is not older.
    """

    folder: Path
    run_id: str
    began_ns: int
    _fd: int = field(default=-1)

    @classmethod
    def open(cls, work: Path, run_id: str) -> Claim:
        """Begin a list in ``work/claims``."""
        folder = work / "claims"
        folder.mkdir(parents=True, exist_ok=True)
        fd = os.open(folder / run_id, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        os.write(fd, f"{os.getpid()} {start_of(os.getpid())}\n".encode())
        return cls(folder, run_id, os.fstat(fd).st_ctime_ns, fd)

    def add(self, path: str) -> None:
        """This task is about to write the file."""
        if self._fd >= 0:
            os.write(self._fd, os.fsencode(path).replace(b"\n", b"\0") + b"\n")

    def others(self) -> tuple[bool, set[str]]:
        """Whether another task ran meanwhile, and every path that others claimed."""
        claimed: set[str] = set()
        ran = False
        for path in self._lists():
            ran = True
            with contextlib.suppress(FileNotFoundError):
                claimed |= {os.fsdecode(line.replace(b"\0", b"\n")) for line in path.read_bytes().split(b"\n")[1:-1]}
        return ran, claimed

    def close(self) -> None:
        """End the list, and remove all that no running task needs."""
        if self._fd < 0:
            return
        os.close(self._fd)
        self._fd = -1
        own = self.folder / self.run_id
        if any(not path.name.endswith(_DONE) for path in self._lists()):
            with contextlib.suppress(FileNotFoundError):
                own.rename(own.with_name(own.name + _DONE))
            return
        for path in [own, *self._lists()]:
            path.unlink(missing_ok=True)

    def _lists(self) -> Iterator[Path]:
        """The lists of other tasks; those of dead processes are removed."""
        for name in os.listdir(self.folder):
            path = self.folder / name
            if name == self.run_id:
                continue
            if name.endswith(_DONE) or _alive(path):
                yield path
            else:
                path.unlink(missing_ok=True)


def _alive(path: Path) -> bool:
    try:
        pid, _, started = path.read_text(errors="surrogateescape").partition("\n")[0].partition(" ")
    except FileNotFoundError:
        return False
    return not pid.isdigit() or start_of(int(pid)) == started
