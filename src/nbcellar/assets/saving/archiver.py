"""Saves files as an asset: looks up what the stat cache knows, reads the rest into packs, and publishes."""

from __future__ import annotations

import contextlib
import stat
import time
from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence

from nbcellar.assets.progress import Listener, Step
from nbcellar.assets.saving.crew import read_all
from nbcellar.assets.saving.reader import Reading
from nbcellar.assets.scanning.columns import Skipped, SkipReason, printable
from nbcellar.assets.scanning.sources import STORED, Collected, Source, Tree, collect
from nbcellar.assets.scanning.statcache import Made, Recalled, StatCache
from nbcellar.errors import NOTHING_SAVED, NotFoundError, SourceError, StorageError
from nbcellar.lightclasses import dataclass, replace
from nbcellar.model import AssetSummary, Digest, Kind, Run, RunStatus
from nbcellar.store import Cellar
from nbcellar.store.packs.blocks import ENTRIES, Block, flags_of
from nbcellar.store.packs.manifestwriting import write_blocks
from nbcellar.store.packs.pack import EMPTY
from nbcellar.store.packs.stage import Stage

__all__ = ["Saved", "Source", "Step", "Tree", "archive"]

_NAMED = 3  # so many files are named in an error


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save did.

    Attributes:
        new_bytes: Bytes that were not stored before.
        skipped: What is not in it, and why.
        unchanged: Whether every digest was known, and no file was read.
    """

    summary: AssetSummary
    new_bytes: int
    skipped: tuple[Skipped, ...]
    seconds: float
    unchanged: bool


def archive(
    cellar: Cellar,
    run: Run,
    sources: Iterable[Source | Tree],
    *,
    skip_unreadable: bool = False,
    movable: bool = False,
    progress: Listener | None = None,
) -> tuple[Run, Saved]:
    """Store the sources as the asset of an open run, and publish the run.

    Args:
        run: A running one becomes a success; any other status stays, with its asset.
        sources: Of two with one name the later wins.
        skip_unreadable: Leave out what cannot be read, instead of refusing.
        movable: The files' folder is given up after this: large files are moved into the store where that is safe, and
            read-only links to them stay in their places.
        progress: Told how far it is, from any thread, once for every 64 files.

    Raises:
        SourceError: A file cannot be read, kept changing, or is larger than ``max_file_bytes``.
        UsageError: The names do not fit together.
        StorageError, StoreFull: The store could not be written.
    """
    started = time.perf_counter()
    collected = collect(sources)
    with cellar.stage() as stage:
        save = _Save(cellar, stage, Reading(collected, stage, movable), skip_unreadable)
        with contextlib.closing(save):
            save.read(progress)
            summary = save.summarise()
            run = cellar.publish(_closed(run, summary), stage, save.store_again)
            save.leave_links()
    save.remember(summary)
    skipped = (*collected.skipped, *save.reading.failed)
    seconds = time.perf_counter() - started
    return run, Saved(summary, stage.new_bytes, skipped, seconds, not save.was_read)


def _closed(run: Run, summary: AssetSummary) -> Run:
    status = RunStatus.SUCCEEDED if run.status is RunStatus.RUNNING else run.status
    return replace(run, asset=summary, status=status, ended_ns=run.ended_ns or time.time_ns())


class _Save:
    """One save under way: what the cache knew, what was read, and how to store some of it once more."""

    def __init__(self, cellar: Cellar, stage: Stage, reading: Reading, skip_unreadable: bool) -> None:
        self.reading = reading
        self.was_read = 0
        self._cellar = cellar
        self._collected = reading.collected
        self._stage = stage
        self._skip_unreadable = skip_unreadable
        folder = cellar.folder / "cache"
        self._caches = [
            StatCache(folder, tree.scan.root, "tree" if tree.scan.thorough else "files")
            for tree in self._collected.trees
        ]
        self._recalled: list[Recalled] = []
        self._known = self._recognised()

    def leave_links(self) -> None:
        """It is published: large files that became packs leave a link in their place.

        Raises:
            StorageError: A program waits to write to one of them, and there is no room to part the two.
        """
        troubles = []
        while self.reading.adopted:
            index, adopted = self.reading.adopted.popitem()
            with contextlib.closing(adopted):
                try:
                    adopted.leave_link()
                except OSError as error:
                    troubles.append((self._collected.names[index], error))
        for name, trouble in troubles:
            raise StorageError(
                f"{printable(name)!r} is stored, but a program that writes to it could change it: {trouble.strerror}.",
                saved="The asset is published.",
                hint="Stop that program, make room, and run `nbcellar check --read-data`.",
            ) from trouble

    def close(self) -> None:
        """Give files back that became packs of a save which was not published."""
        for adopted in self.reading.adopted.values():
            with contextlib.closing(adopted):
                adopted.take_back()
        self.reading.adopted.clear()

    def read(self, progress: Listener | None) -> None:
        """Learn every digest: from entries, from the cache, from the files."""
        _refuse_large(self._collected, self.reading.sizes, self._cellar.settings.max_file_bytes)
        if self._known is not None:
            self._refuse_failed()
            return
        self._recall()
        missing = array("l", (index for index, digest in enumerate(self.reading.digests) if digest is None))
        self.was_read = len(missing)
        read_all(self.reading, missing, progress, self._cellar.settings.workers)
        self._refuse_failed()

    def summarise(self) -> AssetSummary:
        """The asset as the cache knows it, where no row changed; publication asks whether it still exists."""
        return self._known or self._write_manifest()

    def _recognised(self) -> AssetSummary | None:
        """The asset that the whole folder is, where not a row changed since it was saved: one comparison of arrays."""
        if not self._collected.whole:
            return None
        tree = self._collected.trees[0]
        made = self._caches[0].made(tree.scan)
        if made is None or (made.store, made.prefix) != (self._cellar.uuid, tree.prefix):
            return None
        if made.collections != self._stage.begin():
            return None
        self._stage.recognised = True
        return made.summary

    def _write_manifest(self) -> AssetSummary:
        return write_blocks(self._stage, self._blocks())  # the stage relies on every blob of it from here on

    def store_again(self, missing: Collection[Digest]) -> None:
        """Put blobs that lost their rows into the stage once more.

        Raises:
            SourceError: Their files are not what they were.
            NotFoundError: They are not from files.
        """
        if self._known is not None:
            self._known = None
            self._stage.recognised = False
            self._recall()
        lost = [index for index in range(len(self._collected.names)) if self._needs(index, missing)]
        before = {index: self.reading.digests[index] for index in lost}
        if any(self._collected.tree_of[index] == STORED for index in lost):
            raise NotFoundError(
                "Files of the asset that this one is made of were removed meanwhile.", saved=NOTHING_SAVED
            )
        for index in lost:  # packs of this save went too; their files are copied this time
            if (adopted := self.reading.adopted.pop(index, None)) is not None:
                adopted.take_back()
                adopted.close()
        self.reading.movable = False
        read_all(self.reading, lost)
        self._refuse_failed()
        for index in lost:
            if self.reading.digests[index] != before[index]:
                raise self._refusal([Skipped(self._collected.names[index], SkipReason.UNREADABLE, "it changed")])
        self._write_manifest()

    def remember(self, summary: AssetSummary) -> None:
        """Keep the digests for the next time; the save stands without, so a cache that cannot be written is none."""
        if self._known is not None:  # it is as the cache knows it
            return
        with contextlib.suppress(OSError):
            for number, cache in enumerate(self._caches):
                tree = self._collected.trees[number]
                made = None
                if self._collected.whole:
                    made = Made(self._cellar.uuid, self._stage.begin(), tree.prefix, summary)
                cache.remember(tree.scan, self._learnt(number), made)

    def _recall(self) -> None:
        trees = self._collected.trees
        self._recalled = [cache.recall(tree.scan) for cache, tree in zip(self._caches, trees, strict=True)]
        digests, chunks = self.reading.digests, self.reading.chunks
        if self._collected.whole:
            digests[:] = self._recalled[0].digests
            chunks.update(self._recalled[0].chunks)
            return
        for index, number, row in self._collected.places():
            if number == STORED:
                entry = self._collected.stored[row]
                digests[index] = entry.digest
                if entry.chunks:
                    chunks[index] = entry.chunks
                continue
            digests[index] = self._recalled[number].digests[row]
            if row in self._recalled[number].chunks:
                chunks[index] = self._recalled[number].chunks[row]

    def _learnt(self, number: int) -> Recalled:
        known = self._recalled[number]
        for index, owner, row in self._collected.places():
            if owner == number:
                known.digests[row] = None if index in self.reading.distrusted else self.reading.digests[index]
                if index in self.reading.chunks:
                    known.chunks[row] = self.reading.chunks[index]
        return known

    def _needs(self, index: int, blobs: Collection[Digest]) -> bool:
        chunks = self.reading.chunks.get(index)
        return any(chunk in blobs for chunk in chunks) if chunks else self.reading.digests[index] in blobs

    def _refuse_failed(self) -> None:
        failed = [skip for skip in self.reading.failed if skip.reason is SkipReason.UNREADABLE]
        failed += [skip for skip in self._collected.skipped if skip.reason is SkipReason.UNREADABLE]
        if failed and not self._skip_unreadable:
            raise self._refusal(failed)

    def _refusal(self, failed: Sequence[Skipped]) -> SourceError:
        named = ", ".join(str(skip) for skip in failed[:_NAMED]) + (", …" if len(failed) > _NAMED else "")
        files = "1 file" if len(failed) == 1 else f"{len(failed)} files"
        return SourceError(
            f"{files} could not be saved: {named}.",
            saved=NOTHING_SAVED,
            hint="Save again when nobody writes to them and they can be read, or leave them out: --skip-unreadable.",
        )

    def _blocks(self) -> Iterator[Block]:
        reading, names = self.reading, self._collected.names
        kept: Sequence[int] = range(len(names))
        if None in reading.digests:
            kept = [index for index in kept if reading.digests[index] is not None]
        flags = {mode: _flags(mode) for mode in set(reading.modes)}
        for start in range(0, len(kept), ENTRIES):
            part = kept[start : start + ENTRIES]
            yield Block(
                names=[names[index] for index in part],
                flags=bytes([flags[reading.modes[index]] for index in part]),
                sizes=array("q", [reading.sizes[index] for index in part]),
                mtimes=array("q", [reading.mtimes[index] for index in part]),
                digests=b"".join([reading.digests[index] or EMPTY for index in part]),
                chunks={
                    row: b"".join(reading.chunks[index]) for row, index in enumerate(part) if index in reading.chunks
                },
            )


def _flags(mode: int) -> int:
    if stat.S_ISLNK(mode):
        return flags_of(Kind.LINK, False)
    if stat.S_ISDIR(mode):
        return flags_of(Kind.FOLDER, False)
    return flags_of(Kind.FILE, bool(mode & stat.S_IXUSR))


def _refuse_large(collected: Collected, sizes: array[int], most_bytes: int) -> None:
    if not most_bytes or max(sizes, default=0) <= most_bytes:
        return
    name = printable(collected.names[max(range(len(sizes)), key=sizes.__getitem__)])
    raise SourceError(
        f"{name!r} has {max(sizes)} bytes, more than max_file_bytes allows ({most_bytes}).",
        saved=NOTHING_SAVED,
        hint="Leave it out with a line in .cellarignore, or raise the setting.",
    )
