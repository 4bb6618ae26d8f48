"""What is stored, by its digests: blobs, files and manifests, and which assets hold a content."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from nbcellar.model import AssetSummary, Digest, Entry, Run
from nbcellar.store.catalogue.locations import Location, known_digests
from nbcellar.store.objects.local import LocalObjects
from nbcellar.store.packs.manifests import Manifest
from nbcellar.store.packs.pack import EMPTY, key_of
from nbcellar.store.publishing.opened import Opened


class Contents(Opened):
    """The part of a cellar that reads what is stored."""

    def read(self, digest: Digest, offset: int = 0, length: int | None = None) -> bytes:
        """One blob, or a part of it; verified.

        Raises:
            CorruptDataError: It is damaged or not there.
            StorageError: It could not be read.
        """
        return self._content().read(digest, offset, length)

    def read_many(self, digests: Iterable[Digest]) -> Iterator[tuple[Digest, bytes]]:
        """Each distinct blob once, in pack order; verified.

        Raises:
            CorruptDataError: One is damaged or not there.
            StorageError: One could not be read.
        """
        return self._content().read_many(digests)

    def spans(self, digests: Iterable[Digest], most_blobs: int, most_bytes: int) -> Iterator[list[list[Location]]]:
        """Where distinct blobs lie: neighbours that :meth:`read_span` reads at once, many such spans at a time.

        Raises:
            CorruptDataError: One is not there.
        """
        return self._content().spans(digests, most_blobs, most_bytes)

    def read_span(self, span: list[Location]) -> Iterator[tuple[Digest, bytes]]:
        """The blobs of one span; verified.

        Raises:
            CorruptDataError: One is damaged or not there.
            StorageError: They could not be read.
        """
        return self._content().read_span(span)

    def pack_path(self, span: list[Location]) -> Path | None:
        """The file in which a span lies; None where packs are no local files."""
        return self._objects.root / key_of(span[0].pack) if isinstance(self._objects, LocalObjects) else None

    def read_file(self, entry: Entry, offset: int = 0, length: int | None = None) -> bytes:
        """A file of an asset, or a part of it; verified.

        Raises:
            CorruptDataError: It is damaged or not there.
            StorageError: It could not be read.
        """
        return self._content().read_file(entry, offset, length)

    def open_file(self, entry: Entry) -> io.RawIOBase:
        """A file of an asset, seekable; every read raises as :meth:`read_file`."""
        return self._content().open_file(entry)

    def known(self, digests: Collection[Digest]) -> set[Digest]:
        """Those that are stored."""
        with self._reading().reading() as connection:
            return known_digests(connection, digests) | ({EMPTY} & set(digests))

    def manifest(self, asset: AssetSummary) -> Manifest:
        """The entries of an asset.

        Raises:
            CorruptDataError: It is damaged.
            StorageError: It could not be read.
        """
        content = self._content()
        return Manifest(asset, content.read, content.read_many)

    def find_content(self, digests: Collection[Digest], removed: bool = False) -> dict[Digest, list[tuple[Run, bytes]]]:
        """Which assets hold files with these contents: the runs that made them, newest first, and the entries' names.

        Args:
            digests: Of whole files.
            removed: Whether assets in the trash count too.
        """
        from nbcellar.store.publishing.lineage import find_content

        return find_content(self._reading(), digests, self._content().read, removed=removed)

    def each_holder(self, digests: Collection[Digest]) -> Iterator[tuple[Digest, Run, bytes]]:
        """As :meth:`find_content`, one by one and newest first."""
        from nbcellar.store.publishing.lineage import each_holder

        return each_holder(self._reading(), digests, self._content().read, removed=False)

    def perhaps_stored(self, sizes: Mapping[Digest, int]) -> set[Digest]:
        """Of digests of whole files, with their sizes, those that an asset may hold: one look into an index each."""
        from nbcellar.store.publishing.lineage import perhaps_stored

        with self._reading().reading() as connection:
            return perhaps_stored(connection, sizes)
