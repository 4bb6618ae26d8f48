"""Descriptors of the folders below one root, opened segment by segment, so that no link is ever followed."""

from __future__ import annotations

import os  # and nothing else: a process that reads for us is over before it would have loaded more

from nbcellar.lighttypes import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_AT_ONCE = 64


class Folders:
    """Opens folders by name relative to a root, and keeps the most recently used open.

    A name is bytes with ``/`` between segments; ``b""`` is the root. Depth is not limited by ``PATH_MAX``, and a link
    where a folder is expected is an ``OSError`` (``ELOOP`` or ``ENOTDIR``). One thread at a time; close it when done.

    Args:
        root: The root, or a descriptor of it; links in the path to it are followed.
    """

    def __init__(self, root: Path | bytes | int) -> None:
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        self.root = os.open(b".", flags, dir_fd=root) if isinstance(root, int) else os.open(root, flags)
        self._open: dict[bytes, int] = {}  # the most recently used last

    def twin(self) -> Folders:
        """Another one with the same root, for another thread."""
        return Folders(self.root)

    def __enter__(self) -> Folders:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every descriptor."""
        for fd in self._open.values():
            os.close(fd)
        self._open.clear()
        if self.root >= 0:
            os.close(self.root)
            self.root = -1

    def open(self, name: bytes) -> int:
        """The folder's descriptor, which stays ours: valid until the next call.

        Raises:
            OSError: It is no folder, cannot be entered, or is a link.
        """
        if not name:
            return self.root
        fd = self._recent(name)
        if fd is not None:
            return fd
        known, fd = self._nearest(name)
        rest = name[len(known) + 1 :] if known else name
        for segment in rest.split(b"/"):
            fd = os.open(segment, FOLDER_FLAGS, dir_fd=fd)
            known = known + b"/" + segment if known else segment
            self._keep(known, fd)
        return fd

    def holds(self, name: bytes) -> bool:
        """Whether there is such a folder, and it is no link."""
        try:
            self.open(name)
        except OSError:
            return False
        return True

    def forget(self, name: bytes) -> None:
        """Close the descriptors of this folder and of what is below it, because it moved or went."""
        for kept in [kept for kept in self._open if kept == name or kept.startswith(name + b"/")]:
            os.close(self._open.pop(kept))

    def make(self, name: bytes) -> int:
        """As ``open``, and what is missing on the way is made."""
        try:  # spelt out: this is asked for every file that is written
            return self.open(name)
        except FileNotFoundError:
            pass
        parent, _, last = name.rpartition(b"/")
        folder = self.make(parent)
        try:  # noqa: SIM105 - see above
            os.mkdir(last, dir_fd=folder)
        except FileExistsError:
            pass
        return self.open(name)

    def _nearest(self, name: bytes) -> tuple[bytes, int]:
        parent = name.rpartition(b"/")[0]
        while parent:
            fd = self._recent(parent)
            if fd is not None:
                return parent, fd
            parent = parent.rpartition(b"/")[0]
        return b"", self.root

    def _recent(self, name: bytes) -> int | None:
        fd = self._open.pop(name, None)
        if fd is not None:
            self._open[name] = fd
        return fd

    def _keep(self, name: bytes, fd: int) -> None:
        self._open[name] = fd
        if len(self._open) > _OPEN_AT_ONCE:
            os.close(self._open.pop(next(iter(self._open))))
