"""An encoded value in a file of its own: read part by part into where it belongs, and held against digests."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from nbcellar.tasks.codecs.blobs import Memory, OpenFile
from nbcellar.tasks.codecs.container import digests_of
from nbcellar.tasks.codecs.encoding import decode_source

_AT_ONCE_BYTES = 2**20  # a smaller file is read at once, however many parts it has


@dataclass(frozen=True, slots=True)
class StoredValue:
    """A file that holds one encoded value.

    Attributes:
        digests: Of its head and of each blob.
    """

    path: Path
    digests: tuple[bytes, ...]

    @classmethod
    def write(cls, path: Path, data: bytes) -> StoredValue:
        """Write encoded bytes down.

        Raises:
            OSError: They could not be written.
        """
        path.write_bytes(data)
        return cls(path, digests_of(data))

    def value(self) -> object:
        """Read and decode it.

        Raises:
            CorruptDataError: It is not what was written.
            UnsafeError, EncodingError, FormatTooNewError: As for `decode`.
            OSError: It cannot be read.
        """
        fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size_bytes = os.fstat(fd).st_size
            file = OpenFile(fd, size_bytes)
            at_once = size_bytes < _AT_ONCE_BYTES
            return decode_source(Memory(file.take(0, size_bytes)) if at_once else file, self.digests)
        finally:
            os.close(fd)
