"""Files of a version as bytes to be saved elsewhere: one file as it is, several as a zip file."""

from __future__ import annotations

import io
import os
import time
import zipfile
from collections.abc import Iterator

from nbcellar.assets.display import size_text
from nbcellar.errors import NotFoundError, UsageError
from nbcellar.frontends.browsing.keys import name_of
from nbcellar.frontends.browsing.listing import Listing, asset_of, shown_name
from nbcellar.frontends.browsing.outcomes import Packed
from nbcellar.frontends.browsing.question import Question
from nbcellar.model import Entry, Kind, Run
from nbcellar.store import CHUNK_BYTES, Cellar

MOST_BYTES = 200_000_000
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # what a zip file can say


class Packing:
    """Packs files of one cellar."""

    def __init__(self, cellar: Cellar, listing: Listing) -> None:
        self._cellar = cellar
        self._listing = listing

    def pack(self, question: Question) -> Packed:
        """All of a version, a folder or a file of it, in memory.

        Raises:
            UsageError: It is too large for that.
            NotFoundError: There is no such run or file.
        """
        run = self._cellar.run(question.text("run"))
        name = name_of(question.text("key"))
        entries = self.entries(run, name)
        total = sum(entry.size_bytes for entry in entries)
        if total > MOST_BYTES:
            raise UsageError(
                f"{size_text(total)} are too much to be downloaded through the kernel; the limit is "
                f"{size_text(MOST_BYTES)}.",
                hint="Restore them into a folder, or download from JupyterLab's Cellar panel.",
            )
        if len(entries) == 1 and entries[0].name == name:
            return Packed(shown_name(name.rpartition(b"/")[2]), self._cellar.read_file(entries[0]))
        return Packed(zip_name(run, name), b"".join(zip_pieces(self._cellar, entries)))

    def entries(self, run: Run, name: bytes) -> list[Entry]:
        """Everything of a version, or what lies at or below a name.

        Raises:
            NotFoundError: Nothing does.
        """
        folder = name + b"/"
        manifest = self._listing.manifest(asset_of(run))
        found = [one for one in manifest if not name or one.name == name or one.name.startswith(folder)]
        if not found:
            raise NotFoundError(f"{run.ref} holds no {shown_name(name)!r}.")
        return found


def zip_name(run: Run, name: bytes) -> str:
    """``train-4.zip``, ``train-4-plots.zip``."""
    parts = [run.name, str(run.number), *([shown_name(name).replace("/", "-")] if name else [])]
    return f"{'-'.join(parts)}.zip"


def zip_pieces(cellar: Cellar, entries: list[Entry]) -> Iterator[bytes]:
    """A zip file, piece by piece as it is made: links as links, empty folders as folders, modes kept."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for entry in entries:
            yield from _member(archive, cellar, entry, pipe)
    yield pipe.take()


def _member(archive: zipfile.ZipFile, cellar: Cellar, entry: Entry, pipe: _Pipe) -> Iterator[bytes]:
    member = _head(entry)
    if entry.kind is not Kind.FILE:
        archive.writestr(member, cellar.read_file(entry) if entry.kind is Kind.LINK else b"")
        return
    with archive.open(member, "w", force_zip64=entry.size_bytes >= 2**31) as out:
        for start in range(0, entry.size_bytes, CHUNK_BYTES):
            out.write(cellar.read_file(entry, start, min(CHUNK_BYTES, entry.size_bytes - start)))
            yield pipe.take()


def _head(entry: Entry) -> zipfile.ZipInfo:
    when = time.gmtime(max(0, entry.mtime_ns) // 10**9)[:6]
    name = os.fsdecode(entry.name).encode(errors="backslashreplace").decode()
    match entry.kind:
        case Kind.FOLDER:
            name, mode = f"{name}/", 0o40755
        case Kind.LINK:
            mode = 0o120777
        case Kind.FILE:
            mode = 0o100755 if entry.executable else 0o100644
    member = zipfile.ZipInfo(name, max(_EARLIEST, when))
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = mode << 16
    return member


class _Pipe(io.BytesIO):
    """What is written waits here until it is taken; nobody can go back in it."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise io.UnsupportedOperation("tell")  # by this zipfile knows

    def take(self) -> bytes:
        taken = self.getvalue()
        self.truncate(0)
        self.seek(0)
        return taken
