"""What one writer is about to publish: its packs, reserved before they are written, and the blobs it relies on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from threading import RLock

from nbcellar.errors import ConflictError, NbcellarError
from nbcellar.model import Digest
from nbcellar.store.catalogue.connections import Catalogue
from nbcellar.store.catalogue.locations import known_digests
from nbcellar.store.journal.events import key_of as event_key_of
from nbcellar.store.journal.holder import Holder
from nbcellar.store.objects.failures import storage_errors
from nbcellar.store.objects.local import LocalObjects
from nbcellar.store.objects.protocol import Buffer, Objects, ObjectWriter
from nbcellar.store.packs.pack import EMPTY, FOLDER, Pack, index_key_of, key_of, rows_of, write_index
from nbcellar.store.packs.packbuilder import PackBuilder, Remains, gather


class Stage:
    """Packs in the making. Unpublished when the block ends: its rows go, then its packs.

    Args:
        catalogue: Where its rows are reserved.
        objects: Where its packs are written.

    Attributes:
        holder: What it has reserved in the catalogue.
        packs: What was written so far.
        new_bytes: Bytes really written into packs.
        seen: Digests that this stage stores, or found stored.
        assets: Those whose manifests it has written, so that it relies on all that they need.
        recognised: Whether the asset to be published is taken from memory, as whole as it was when the stage began.
        most_pack_bytes: Packs of large files should not be larger; None for no limit.
    """

    def __init__(self, catalogue: Catalogue, objects: Objects) -> None:
        self.holder = Holder(catalogue)
        self.packs: list[Pack] = []
        self.new_bytes = 0
        self.seen: set[Digest] = set()
        self.relied: set[Digest] = set()
        self.published = False
        self.assets: set[Digest] = set()
        self.recognised = False
        self._catalogue = catalogue
        self._objects = objects
        self.most_pack_bytes = objects.largest_bytes
        self._unchecked: set[Digest] = set()
        self._remains: list[Remains] = []
        self._own: PackBuilder | None = None
        self._own_lock = RLock()  # held while a pack is waited for, whose end needs the other one
        self._lock = RLock()

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *rest: object) -> None:
        try:
            self.give_up()
        except NbcellarError as trouble:
            if error is None:
                raise
            error.add_note(f"What was staged is left for `nbcellar gc`: {trouble}")
        self.seen.clear()  # of a million blobs it takes 50 MB, and the stage may be named for longer

    def builder(self) -> PackBuilder:
        """A new builder, for one thread."""
        return PackBuilder(self)

    def put(self, data: bytes) -> Digest:
        """Store one small blob; from any thread.

        Raises:
            StoreFull, StorageError: A full pack could not be written.
        """
        with self._own_lock:
            if self._own is None:
                self._own = PackBuilder(self)
            return self._own.put(data)

    def put_large(self, fd: int, size_bytes: int) -> tuple[Digest, tuple[Digest, ...]]:
        """Store a large file in chunks of 16 MiB: the digest of the whole, and those of the chunks.

        Raises:
            SourceError: The file is shorter than that, or could not be read.
            StoreFull, StorageError: A pack could not be written.
        """
        from nbcellar.store.packs.large import put_large  # most saves have no large file

        return put_large(self, fd, size_bytes)

    def rely(self, digests: Iterable[Digest]) -> None:
        """Say that what will be published needs these blobs, whoever stored them."""
        foreign = [digest for digest in digests if digest not in self.seen and digest != EMPTY]
        with self._lock:
            self.relied.update(foreign)
            self._unchecked.update(foreign)

    def drop_known(self, digests: Collection[Digest]) -> set[Digest]:
        """Those that the catalogue has already; the stage relies on them from now on."""
        self.begin()
        with self._catalogue.reading() as connection:
            known = known_digests(connection, digests)
        with self._lock:
            self.relied |= known
        return known

    def begin(self) -> int:
        """How often blobs have lost their rows so far; where that changes, publication looks at each once more."""
        return self.holder.begin()

    def leave(self, remains: Remains) -> None:
        """Take what a builder has left when it closes."""
        with self._lock:
            self._remains.append(remains)

    def write_pack(self, parts: Sequence[Buffer], blobs: Sequence[tuple[Digest, int, int]]) -> None:
        """Write one pack with its index, under a name whose row is there already."""
        self.prepare_pack(parts, blobs)()

    def prepare_pack(self, parts: Sequence[Buffer], blobs: Sequence[tuple[Digest, int, int]]) -> Callable[[], None]:
        """Begin a pack of these parts; what is given back writes and finishes it, from any thread."""
        writer = self.begin_pack()

        def write() -> None:
            try:
                with storage_errors("write to", self._objects.place):
                    writer.object.write(parts)
                self.finish_pack(writer, blobs)
            except BaseException:
                writer.object.discard()
                raise

        return write

    def begin_pack(self) -> PackWriter:
        """A pack that takes its bytes piece by piece."""
        name = self.holder.next_pack()
        with storage_errors("write to", self._objects.place):
            return PackWriter(name, self._objects.create(key_of(name)))

    def write_into(self, writer: PackWriter, offset: int, part: Buffer) -> None:
        """Put a part of a pack at its place."""
        with storage_errors("write to", self._objects.place):
            writer.object.write_at(offset, part)

    def finish_pack(self, writer: PackWriter, blobs: Sequence[tuple[Digest, int, int]]) -> None:
        """Make the pack durable, then its index."""
        size_bytes = sum(length for _, _, length in blobs)
        pack = Pack(writer.name, size_bytes, rows_of(blobs))
        with storage_errors("write to", self._objects.place):
            writer.object.finish()
            write_index(self._objects, pack)
        with self._lock:
            self.packs.append(pack)
            self.new_bytes += size_bytes

    def adopt(self, link: Callable[[Path], None], blobs: Sequence[tuple[Digest, int, int]]) -> Path | None:
        """Take a file as a pack as it is, without copying a byte.

        Args:
            link: Gives the file, durable and read-only, the pack's name; its errors pass, and nothing was taken.
            blobs: Everything in the file, back to back, none of it stored yet.

        Returns:
            The pack's path; None where packs are no local files.

        Raises:
            StoreFull, StorageError: The index could not be written.
        """
        if not isinstance(self._objects, LocalObjects):
            return None
        name = self.holder.next_pack()  # never used again, also where the link fails
        path = self._objects.root / key_of(name)
        link(path)
        pack = Pack(name, sum(length for _, _, length in blobs), rows_of(blobs))
        with storage_errors("write to", self._objects.place):
            write_index(self._objects, pack)
        with self._lock:
            self.packs.append(pack)
            self.seen.update(digest for digest, _, _ in blobs)
            self.new_bytes += pack.size_bytes
        return path

    def seal(self) -> set[Digest]:
        """Write what is left, make all names durable; blobs it relies on that nobody has are returned."""
        with self._own_lock:
            if self._own is not None:
                self._own.close()
                self._own = None
        with self._lock:
            remains, self._remains = self._remains, []
        self._drop_known_remains(remains)
        packs = list(gather(remains))
        if packs:
            self.holder.reserve_packs(len(packs))
        for parts, blobs in packs:
            self.write_pack(parts, blobs)
        if self.packs:
            with storage_errors("write to", self._objects.place):
                self._objects.settle(FOLDER)
        return self._missing()

    def forget(self, missing: Collection[Digest]) -> None:
        """Store these once more when they come again."""
        with self._lock:
            self.seen.difference_update(missing)
            self.relied.difference_update(missing)

    def drop_packs(self, lost: Collection[str]) -> set[Digest]:
        """Give up own packs whose rows somebody collected: these blobs have to be stored once more."""
        with self._lock:
            gone = [pack for pack in self.packs if pack.name in lost]
            self.packs = [pack for pack in self.packs if pack.name not in lost]
        return {digest for pack in gone for digest, _, _ in pack.blobs()}

    def give_up(self) -> None:
        """Drop the rows, then the objects; nothing happens after publication.

        Raises:
            StorageError: Something is left for the collector.
        """
        if self._own is not None:
            self._own.abandon()
        if self.published or not (self.holder.reserved or self.packs):
            return
        garbage = self.holder.give_back()  # what is live by now, by a commit whose answer was lost, stays
        ticket = self.holder.ticket
        with storage_errors("tidy", self._objects.place):
            if ticket and self.holder.event_written:  # first, or a new catalogue would show what has no bytes
                self._objects.delete(event_key_of(ticket.event))
            for name in garbage:
                self._objects.delete(key_of(name))
                self._objects.delete(index_key_of(name))
        self.packs = []
        self.holder.forget()

    def _drop_known_remains(self, remains: list[Remains]) -> None:
        digests = [digest for rest in remains for digest, _, _ in rest.blobs]
        if not digests:
            return
        known = self.drop_known(digests)
        if known:
            for rest in remains:
                rest.blobs = [blob for blob in rest.blobs if blob[0] not in known]

    def _missing(self) -> set[Digest]:
        with self._lock:
            unchecked, self._unchecked = self._unchecked - self.seen, set()
        return unchecked - self.drop_known(unchecked) if unchecked else set()


class Move(Stage):
    """A stage for blobs that have a row already and get a better place."""

    def drop_known(self, digests: Collection[Digest]) -> set[Digest]:
        """None: that they are known is why they are here."""
        return set()


class PackWriter:
    """A pack that is being written: its reserved name and the object in the making."""

    __slots__ = ("name", "object")

    def __init__(self, name: str, writer: ObjectWriter) -> None:
        self.name = name
        self.object = writer


def again_or_refuse(missing: Collection[Digest]) -> ConflictError:
    """The error where blobs have vanished and nobody can store them again."""
    return ConflictError(
        f"{len(missing)} blobs that this asset needs were collected meanwhile.",
        saved="Nothing was published; your files are untouched.",
        hint="Save once more.",
    )
