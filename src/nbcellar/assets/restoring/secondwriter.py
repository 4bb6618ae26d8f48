"""A second process that makes some of a restore's small files, while a processor is idle."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence

from nbcellar.assets.restoring.newfile import Placement, mode_of
from nbcellar.assets.restoring.writeservice import DONE, Part, job_of
from nbcellar.assets.scanning.folders import Folders
from nbcellar.assets.workers.outstanding import Outstanding
from nbcellar.assets.workers.worker import start
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.model import Digest
from nbcellar.store import Cellar

if TYPE_CHECKING:
    from nbcellar.store.catalogue.locations import Location

_AT_ONCE = 4


class SecondWriter:
    """Makes files of whole spans in a process of its own, a few spans at a time. Close it.

    Args:
        folders: The root. Everything below it that is asked for is a temporary name, and may be removed and made again.
        wanted: What becomes of each blob.
    """

    def __init__(self, cellar: Cellar, folders: Folders, wanted: Mapping[Digest, Sequence[Placement]]) -> None:
        self._cellar = cellar
        self._folders = folders
        self._wanted = wanted
        self._jobs: Outstanding[list[Location]] | None = None

    def start(self) -> bool:
        """Whether it could be started."""
        worker = start("nbcellar.assets.restoring.writeservice", [self._folders.root])
        if worker is not None:
            self._jobs = Outstanding(worker, _AT_ONCE)
        return worker is not None

    @property
    def wants_more(self) -> bool:
        """Whether it can be given another span."""
        return self._jobs is not None and self._jobs.wants_more

    def takes(self, span: list[Location]) -> bool:
        """Let it make the files of this span; False where some of them are not its business."""
        pack = self._cellar.pack_path(span)
        parts = self._parts(span)
        if pack is None or parts is None or self._jobs is None:
            return False
        for folder in {name.rpartition(b"/")[0] for _, _, _, files in parts for name, _, _ in files}:
            try:
                self._folders.make(folder)
            except OSError:  # whoever writes it here says so
                return False
        self._jobs.give(job_of(os.fsencode(pack), parts), span)
        return True

    def finished(self, wait: bool) -> Iterator[tuple[list[Location], bool]]:
        """Spans that it is done with, and whether their files are made; what a failed one has left is removed.

        Args:
            wait: Whether to wait until nothing is left.
        """
        for span, answer in self._jobs.answered(wait) if self._jobs else ():
            if answer != DONE:
                self._remove(span)
            yield span, answer == DONE

    def close(self) -> None:
        """End it, whatever it does."""
        if self._jobs is not None:
            self._jobs.close()

    def _parts(self, span: list[Location]) -> list[Part] | None:
        """None where a file must be durable at once, or is not what its manifest says."""
        parts: list[Part] = []
        for place in span:
            files = self._wanted[place.digest]
            if any(file.durable or file.entry.size_bytes != place.length for file in files):
                return None
            made = [(file.name, mode_of(file.entry), file.entry.mtime_ns) for file in files]
            parts.append((place.digest, place.offset, place.length, made))
        return parts

    def _remove(self, span: list[Location]) -> None:
        for place in span:
            for placement in self._wanted[place.digest]:
                folder, _, base = placement.name.rpartition(b"/")
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(base, dir_fd=self._folders.open(folder))
