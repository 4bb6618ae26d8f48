"""What a git repository says of itself, read from its files: no process is started, so that a save stays fast.

Formats: gitrepository-layout(5), gitformat-index(5), gitformat-pack(5).
"""

from __future__ import annotations

import os
import stat
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from nbcellar.lightclasses import dataclass

MOST_ENTRIES = 3000
"""A larger index is not compared with the work tree: that would cost more than saving does."""
MOST_HASHED_BYTES = 8 * 2**20
COMMIT_TYPE = 1


@dataclass(frozen=True, slots=True)
class GitState:
    """Where a work tree stands.

    Attributes:
        commit: Full hex name; empty before the first commit.
        branch: Empty on a detached head.
        dirty: Whether a tracked file differs from the commit; None where finding out would be slow or the format is one
            that we do not read. Untracked files do not count.
    """

    commit: str
    branch: str
    dirty: bool | None


def git_state(start: Path) -> GitState | None:
    """The state of the work tree around ``start``; None outside of one."""
    for folder in (start, *start.parents):
        marker = folder / ".git"
        if marker.is_dir():
            return _state(folder, marker)
        if marker.is_file():
            target = marker.read_text(encoding="utf-8", errors="surrogateescape").removeprefix("gitdir:").strip()
            return _state(folder, folder / target)
    return None


def _state(tree: Path, git: Path) -> GitState | None:
    head = _text(git / "HEAD")
    if not head:
        return None
    common = git / _text(git / "commondir") if (git / "commondir").is_file() else git
    if not head.startswith("ref: "):
        return GitState(head, "", _dirty(tree, git, common, head))
    name = head.removeprefix("ref: ")
    commit = _text(git / name) or _text(common / name) or _packed(common, name)
    return GitState(commit, name.removeprefix("refs/heads/"), _dirty(tree, git, common, commit))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape").strip()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return ""


def _packed(common: Path, name: str) -> str:
    for line in _text(common / "packed-refs").splitlines():
        if line.endswith(f" {name}"):
            return line.split(" ", 1)[0]
    return ""


@dataclass(frozen=True, slots=True)
class _Tracked:
    path: bytes
    mtime_ns: int
    size_bytes: int
    mode: int
    digest: bytes
    in_tree: bool  # not skip-worktree, not assumed unchanged


def _dirty(tree: Path, git: Path, common: Path, commit: str) -> bool | None:
    try:
        index = (git / "index").read_bytes()
    except FileNotFoundError:
        return False if commit else None
    try:
        magic, version, count = struct.unpack_from(">4sLL", index)
        if magic != b"DIRC" or version not in (2, 3) or count > MOST_ENTRIES or len(commit) != 40:
            return None
        entries, end = _entries(index, count)
    except (struct.error, ValueError):
        return None
    changed = _any_changed(tree, entries)
    if changed is not False:
        return changed
    staged = _index_tree(index, end)
    if staged is None:
        return True  # git forgets the tree of an index as soon as something is staged
    head = _commit_tree(common, commit)
    return None if head is None else head != staged


def _entries(index: bytes, count: int) -> tuple[list[_Tracked], int]:
    found, at = [], 12
    for _ in range(count):
        m_s, m_ns, _dev, _ino, mode, _uid, _gid, size, digest, flags = struct.unpack_from(
            ">LLLLLLLL20sH", index, at + 8
        )
        start = at + 62
        hidden = bool(flags & 0x8000)
        if flags & 0x4000:
            hidden = hidden or bool(struct.unpack_from(">H", index, start)[0] & 0x4000)
            start += 2
        end = index.index(b"\0", start)
        found.append(_Tracked(index[start:end], m_s * 10**9 + m_ns, size, mode, digest, not hidden))
        at += (end - at + 8) & ~7
    return found, at


def _any_changed(tree: Path, entries: list[_Tracked]) -> bool | None:
    root = os.fsencode(tree) + b"/"
    left = MOST_HASHED_BYTES
    for entry in entries:
        if not entry.in_tree or entry.mode == 0o160000:  # a submodule has a state of its own
            continue
        try:
            now = os.lstat(root + entry.path)
        except (FileNotFoundError, NotADirectoryError):
            return True
        if now.st_mtime_ns == entry.mtime_ns and now.st_size & 0xFFFFFFFF == entry.size_bytes:
            continue
        if stat.S_IFMT(now.st_mode) != stat.S_IFMT(entry.mode):
            return True
        left -= now.st_size
        if left < 0:
            return None
        if _blob_name(root + entry.path, now) != entry.digest:
            return True
    return False


def _blob_name(path: bytes, status: os.stat_result) -> bytes:
    if stat.S_ISLNK(status.st_mode):
        content = os.readlink(path)  # noqa: PTH115  names are bytes
    else:
        with open(path, "rb") as file:
            content = file.read()
    import hashlib  # here, since it loads OpenSSL, and clean trees need none

    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).digest()


def _index_tree(index: bytes, at: int) -> str | None:
    """The tree that the whole index stands for, from its TREE extension; None where git keeps none."""
    while at + 8 <= len(index) - 20:
        signature, size = struct.unpack_from(">4sL", index, at)
        if signature == b"TREE":
            body = index[at + 8 : at + 8 + size]
            line, _, rest = body.partition(b"\0")[2].partition(b"\n")
            count = int(line.split(b" ")[0])
            return rest[:20].hex() if line and count >= 0 else None
        at += 8 + size
    return None


def _commit_tree(common: Path, commit: str) -> str | None:
    loose = common / "objects" / commit[:2] / commit[2:]
    try:
        body = zlib.decompress(loose.read_bytes()).partition(b"\0")[2]
    except FileNotFoundError:
        body = next(_packed_commits(common, bytes.fromhex(commit)), b"")
    return body[5:45].decode() if body.startswith(b"tree ") else None


def _packed_commits(common: Path, name: bytes) -> Iterator[bytes]:
    for path in (common / "objects" / "pack").glob("*.idx"):
        offset = _pack_offset(path, name)
        if offset is not None:
            with path.with_suffix(".pack").open("rb") as pack:
                pack.seek(offset)
                head = pack.read(64 * 1024)
            if (head[0] >> 4) & 7 == COMMIT_TYPE:
                start = next(at for at, byte in enumerate(head) if not byte & 0x80) + 1
                yield zlib.decompressobj().decompress(head[start:], 64)


def _pack_offset(path: Path, name: bytes) -> int | None:
    with path.open("rb") as file:
        fanout = file.read(8 + 1024)
        if fanout[:8] != b"\xfftOc\0\0\0\2":
            return None
        low = struct.unpack_from(">L", fanout, 8 + 4 * (name[0] - 1))[0] if name[0] else 0
        high, total = (
            struct.unpack_from(">L", fanout, 8 + 4 * name[0])[0],
            struct.unpack_from(">L", fanout, 8 + 1020)[0],
        )
        file.seek(1032 + 20 * low)
        names = file.read(20 * (high - low))
        at = names.find(name)
        while at >= 0 and at % 20:
            at = names.find(name, at + 1)
        if at < 0:
            return None
        file.seek(1032 + 24 * total + 4 * (low + at // 20))
        offset: int = struct.unpack(">L", file.read(4))[0]
    return None if offset & 0x80000000 else offset  # a pack beyond 2 GiB: not worth its table
