"""Whether a target's file system can hold the names of a restore: tried out before it begins."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from nbcellar.assets.scanning.columns import printable
from nbcellar.assets.scanning.ignore import TEMPORARY_PREFIX
from nbcellar.errors import StorageError
from nbcellar.model import Entry, Kind
from nbcellar.store.objects.ulid import new_ulid

_SPECIAL = b'\\:*?"<>|'
_CONTROL = bytes(range(1, 32)) + b"\x7f"
_LONG = 128  # bytes of a segment: some file systems hold fewer characters than others

_NAMED = 3
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT}


def refuse_unholdable(target: Path, entries: Sequence[Entry]) -> None:
    """Refuse a target that cannot hold what a restore would write there.

    Where names are odd, are alike but for case or Unicode form, or are links, it is tried out in a folder with a
    temporary name in the nearest folder that exists, which is gone when this returns.

    Raises:
        StorageError: The names that it cannot hold.
    """
    names = [entry.name for entry in entries]
    odd = _odd_segments(names)
    alike = _alike(names)
    link = next((entry.name for entry in entries if entry.kind is Kind.LINK), None)
    if not odd and not alike and link is None:
        return
    import shutil  # it loads the compressors, which few restores need

    while not target.is_dir():
        target = target.parent
    probe = target / os.fsdecode(TEMPORARY_PREFIX + b"probe-" + new_ulid().encode())
    try:
        probe.mkdir()
    except OSError as error:
        if error.errno in _READ_ONLY:
            return  # the restore itself will say so
        raise
    try:
        _refuse_names(target, probe, odd)
        _refuse_alike(target, probe, alike)
        if link is not None:
            _refuse_link(target, probe, link)
    finally:
        shutil.rmtree(probe)


def holds_executable_bits(folder: Path) -> bool:
    """Whether files of a folder can be executable and can be not: tried out, where anything can be written."""
    probe = folder / os.fsdecode(TEMPORARY_PREFIX + b"probe-" + new_ulid().encode())
    try:
        fd = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError:
        return True
    try:
        without = os.fstat(fd).st_mode & stat.S_IXUSR
        with contextlib.suppress(OSError):
            os.fchmod(fd, 0o700)
        return not without and bool(os.fstat(fd).st_mode & stat.S_IXUSR)
    finally:
        os.close(fd)
        probe.unlink()


def _odd_segments(names: Sequence[bytes]) -> dict[bytes, bytes]:
    """For each kind of oddness one segment that has it, with the name it is from; of long ones the longest."""
    found: dict[bytes, bytes] = {}
    segments: dict[bytes, bytes] = {}
    if not _is_odd(b"/".join(names)):  # nearly always: one look at all of them
        return found
    for name in names:
        if _is_odd(name):
            for segment in name.split(b"/"):
                for kind in _kinds(segment):
                    if kind not in found or (kind == b"long" and len(segment) > len(found[kind])):
                        found[kind] = segment
                        segments[kind] = name
    return {found[kind]: segments[kind] for kind in found}


def _is_odd(names: bytes) -> bool:
    """Whether one of these, with ``/`` between them, has what some file systems cannot hold."""
    ended = names + b"/"
    return (
        not names.isascii()
        or len(names.translate(None, _SPECIAL + _CONTROL)) < len(names)
        or b"./" in ended
        or b" /" in ended
        or max(map(len, names.split(b"/"))) >= _LONG
    )


def _kinds(segment: bytes) -> Iterable[bytes]:
    try:
        segment.decode()
    except UnicodeDecodeError:
        yield b"not utf-8"
    if len(segment) >= _LONG:
        yield b"long"
    if segment.endswith((b".", b" ")):
        yield b"ending"
    for char in set(segment) & set(_SPECIAL):
        yield bytes([char])
    if set(segment) & set(_CONTROL):
        yield b"control"


def _alike(names: Sequence[bytes]) -> list[tuple[bytes, bytes]]:
    """Pairs of names or folders that a file system could take for the same one."""
    joined = b"\0".join(names)
    if joined.isascii() and joined.lower() == joined:
        return []
    paths = set(names)
    for name in names:
        parent = name.rpartition(b"/")[0]
        while parent and parent not in paths:
            paths.add(parent)
            parent = parent.rpartition(b"/")[0]
    seen: dict[str, bytes] = {}
    pairs = []
    for path in sorted(paths):
        folded = _folded(path)
        if folded in seen:
            pairs.append((seen[folded], path))
        seen.setdefault(folded, path)
    return pairs


def _folded(name: bytes) -> str:
    if name.isascii():
        return name.decode().lower()
    text = name.decode("utf-8", "surrogateescape").casefold()
    return unicodedata.normalize("NFC", text).casefold()


def _refuse_names(target: Path, probe: Path, odd: dict[bytes, bytes]) -> None:
    bad = []
    for segment, name in odd.items():
        path = os.fsencode(probe) + b"/" + segment
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            kept = segment in os.listdir(os.fsencode(probe))
        except FileExistsError:
            kept = True  # two of them are alike, which is told below
        except OSError:
            kept = False
        if not kept:
            bad.append(printable(name))
    if bad:
        raise _refusal(target, "names such as", bad)


def _refuse_alike(target: Path, probe: Path, alike: Sequence[tuple[bytes, bytes]]) -> None:
    bad = []
    for number, (one, two) in enumerate(alike):
        segments = next(pair for pair in zip(one.split(b"/"), two.split(b"/"), strict=False) if pair[0] != pair[1])
        folder = probe / f"pair-{number}"
        folder.mkdir()
        (folder / os.fsdecode(segments[0])).touch()
        if os.path.lexists(folder / os.fsdecode(segments[1])):
            bad.append(f"{printable(one)} and {printable(two)}")
        if len(bad) > _NAMED:
            break
    if bad:
        raise _refusal(target, "side by side", bad)


def _refuse_link(target: Path, probe: Path, link: bytes) -> None:
    try:
        (probe / "link").symlink_to("target")
    except OSError as error:
        raise _refusal(target, "links such as", [printable(link)]) from error


def _refusal(target: Path, what: str, names: Sequence[str]) -> StorageError:
    named = ", ".join(repr(name) for name in names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
    return StorageError(
        f"The file system of {target} cannot hold {what} {named}.",
        saved="Nothing was restored; the target is as it was.",
        hint="Restore to another disk, or leave them out with --match.",
    )
