"""Writing assets into a zip file that people can open and an import can prove."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbcellar.errors import ConflictError
from nbcellar.model import Digest, Entry, Kind, Run
from nbcellar.store.catalogue.documents import dump
from nbcellar.store.objects.failures import file_errors
from nbcellar.store.objects.local import sync_file, sync_folder
from nbcellar.store.objects.ulid import new_ulid
from nbcellar.store.packs.content import Content
from nbcellar.store.packs.manifests import Manifest
from nbcellar.store.packs.pack import CHUNK_BYTES
from nbcellar.store.transfer.bundle import LIST, Bundled, bundle_to_json, member_of

NO_FILE = "No file was made."


def export_runs(content: Content, runs: Iterable[Run], path: Path, *, overwrite: bool = False) -> int:
    """Write runs with their files; every byte is verified on its way.

    Args:
        overwrite: Put it in place of a file that is there.

    Returns:
        The size of the file in bytes.

    Raises:
        ConflictError: There is a file already.
        CorruptDataError: Something is damaged; no file was made.
        StorageError: It could not be written; no file was made.
    """
    if path.exists() and not overwrite:
        raise ConflictError(f"{path} is there already.", saved="It was not changed.", hint="Name another file.")
    temporary = path.with_name(f".{path.name}.{new_ulid()}")
    with file_errors("write", str(path), NO_FILE):
        try:
            with zipfile.ZipFile(temporary, "x", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                _fill(archive, content, list(runs))
            sync_file(temporary)
            temporary.rename(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.absolute().parent)
        return path.stat().st_size


def _fill(archive: zipfile.ZipFile, content: Content, runs: list[Run]) -> None:
    bundled = []
    written: dict[Digest, str] = {}
    for place, run in enumerate(runs):
        prefix = "files/" if len(runs) == 1 else f"{place + 1}-{run.ref}/"
        entries = list(Manifest(run.asset, content.read)) if run.asset else []
        members = [_write(archive, content, entry, prefix, written) for entry in entries]
        bundled.append(Bundled(run, entries, members))
    archive.writestr(LIST, dump(bundle_to_json(bundled)))


def _write(archive: zipfile.ZipFile, content: Content, entry: Entry, prefix: str, written: dict[Digest, str]) -> str:
    """Write one entry, unless its content is there; the member that holds it."""
    if entry.kind is Kind.FOLDER:
        return ""
    own = member_of(prefix, entry.name) if entry.kind is Kind.FILE else None
    if own is None and entry.digest in written:
        return written[entry.digest]
    member = own or f"blobs/{entry.digest.hex()}"
    header = zipfile.ZipInfo(member, _moment(entry.mtime_ns))
    header.compress_type = zipfile.ZIP_DEFLATED
    header.external_attr = (0o100755 if entry.executable else 0o100644) << 16
    header.file_size = entry.size_bytes  # lets the writer choose the large form beforehand
    with archive.open(header, "w", force_zip64=entry.size_bytes > 2**31) as target:
        for part in _parts(content, entry):
            target.write(part)
    written.setdefault(entry.digest, member)
    return member


def _parts(content: Content, entry: Entry) -> Iterator[bytes]:
    if not entry.chunks:
        yield content.read(entry.digest)
    for number in range(len(entry.chunks)):
        yield content.read_file(entry, number * CHUNK_BYTES, CHUNK_BYTES)


def _moment(mtime_ns: int) -> tuple[int, int, int, int, int, int]:
    """A time that a zip can hold: from 1980 to 2107, in UTC."""
    seconds = min(max(mtime_ns // 10**9, 315_532_800), 4_354_819_198)
    moment = time.gmtime(seconds)
    return moment[0], moment[1], moment[2], moment[3], moment[4], moment[5]
