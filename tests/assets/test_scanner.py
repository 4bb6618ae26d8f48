import os
import socket
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from nbcellar.assets.scanning.ignore import IgnoreRules
from nbcellar.assets.scanning.scanner import Scan, SkipReason, gone, printable, scan, scan_files, written
from nbcellar.errors import NotFoundError, UsageError


def look(root: Path, *extra: str, limit: int | None = None) -> Scan:
    return scan(root, IgnoreRules.load(root, extra), limit=limit)


def fill(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_rows_are_sorted_by_name_bytes_and_carry_stats(tmp_path: Path) -> None:
    for name in ("a/z", "a.txt", "a-b", "B", "a/é"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    found = look(tmp_path)
    assert found.names == sorted(n.encode() for n in ("a/z", "a.txt", "a-b", "B", "a/é"))
    for row, name in enumerate(found.names):
        seen = os.lstat(os.fsencode(tmp_path) + b"/" + name)
        assert (found.sizes[row], found.mtimes[row]) == (seen.st_size, seen.st_mtime_ns)
        assert (found.inodes[row], found.ctimes[row]) == (seen.st_ino, seen.st_ctime_ns)
        assert found.modes[row] == seen.st_mode


def test_rows_are_sorted_however_folders_and_files_mix(tmp_path: Path) -> None:
    names = ["a/x", "a/y/z", "a.b/x", "a", "a-b", "a0", "b/b/b/b", "b/b.b", "b/b-/x", "b/b0", "c/é/x", "c/\udce9", "zz"]
    wanted = sorted(os.fsencode(name) for name in names if name != "a")
    for name in names[:3] + names[4:]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, errors="surrogateescape")
    for empty in ("a.", "b/a", "d/e/f"):
        (tmp_path / empty).mkdir(parents=True)
    found = look(tmp_path)
    assert found.names == sorted([*wanted, b"a.", b"b/a", b"d/e/f"])
    for row, name in enumerate(found.names):
        assert found.inodes[row] == os.lstat(os.fsencode(tmp_path) + b"/" + name).st_ino


def test_names_that_are_not_utf_8_and_odd_ones_are_rows(tmp_path: Path) -> None:
    odd = [b"caf\xe9.txt", b"new\nline", b"-rf", b"\x1b[31mred", b"a\\b", b"n" * 255, "‮".encode(), b" "]
    for name in odd:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(name)
    assert look(tmp_path).names == sorted(odd)
    assert printable(b"caf\xe9\n\x1b[31m.txt") == "caf\\xe9\\n\\x1b[31m.txt"
    assert printable("‮x".encode()) == "\\u202ex"


def test_pipes_sockets_and_devices_are_listed_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # opening it for reading would wait for ever
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "sock"))
        os.mknod(tmp_path / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        (tmp_path / "file").write_text("x")
        found = look(tmp_path)
    assert found.names == [b"file"]
    assert {skip.name: skip.detail for skip in found.skipped} == {
        b"pipe": "a named pipe",
        b"sock": "a socket",
        b"null": "a character device",
    }
    assert {skip.reason for skip in found.skipped} == {SkipReason.SPECIAL}


def test_links_are_rows_and_not_followed_and_loops_end(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "loop").symlink_to("..")
    (tmp_path / "out").symlink_to("/etc")
    (tmp_path / "dangling").symlink_to("nowhere")
    assert look(tmp_path).names == [b"dangling", b"in/loop", b"out"]


def test_empty_folders_are_rows_and_full_ones_are_not(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "f").write_text("")
    assert look(tmp_path).names == [b"a/b", b"c/f"]


def test_a_tree_deeper_than_the_longest_path_is_seen_whole(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    depth = 700
    for _ in range(depth):
        os.mkdir("folder-x", dir_fd=here)
        below = os.open("folder-x", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("leaf", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    (tmp_path / "folder-x" / "second").write_text("")
    found = look(tmp_path)
    assert found.names == [b"folder-x/" * depth + b"leaf", b"folder-x/second"]
    assert len(found.names[0]) > os.pathconf(tmp_path, "PC_PATH_MAX")


def test_a_folder_that_cannot_be_read_is_named_and_the_rest_is_seen(
    open_folder: Path, as_nobody: AbstractContextManager[None]
) -> None:
    fill(open_folder, open__file="x", shut__file="x")
    (open_folder / "shut").chmod(0)
    with as_nobody:
        found = scan(open_folder, IgnoreRules())
    assert found.names == [b"open/file"]
    assert [(skip.name, skip.reason, skip.detail) for skip in found.skipped] == [
        (b"shut", SkipReason.UNREADABLE, "Permission denied")
    ]


def test_the_store_is_never_part_of_a_scan(tmp_path: Path) -> None:
    fill(tmp_path, **{".cellar__packs__p": "x", "file": "x"})
    fill(tmp_path, **{"elsewhere__packs__p": "", "elsewhere__journal__j": "", "elsewhere__format.json": "{}"})
    found = look(tmp_path, "!.cellar")
    assert found.names == [b"file"]
    assert [(skip.name, skip.reason) for skip in found.skipped] == [(b"elsewhere", SkipReason.STORE)]
    with pytest.raises(UsageError, match="is a store"):
        look(tmp_path / "elsewhere")


def test_above_the_limit_a_scan_ends_without_rows(tmp_path: Path) -> None:
    fill(tmp_path, **{f"f{i}": "" for i in range(5)})
    assert len(look(tmp_path, limit=5)) == 5
    found = look(tmp_path, limit=4)
    assert not found.complete
    assert len(found) == 0


def test_what_is_no_folder_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotFoundError, match="There is no folder"):
        look(tmp_path / "missing")
    with pytest.raises(NotFoundError, match="is not a folder"):
        scan(tmp_path / "file", IgnoreRules())


def test_written_and_gone_tell_two_scans_apart(tmp_path: Path) -> None:
    fill(tmp_path, same="1", changed="1", removed="1", emptied__file="1", filled__x="1")
    (tmp_path / "full").mkdir()
    before = look(tmp_path)
    (tmp_path / "changed").write_text("22")
    (tmp_path / "removed").unlink()
    (tmp_path / "emptied" / "file").unlink()
    fill(tmp_path, new="1", full__file="1")
    (tmp_path / "bare").mkdir()
    after = look(tmp_path)
    assert written(before, after) == [b"bare", b"changed", b"full/file", b"new"]
    assert gone(before, after) == [b"emptied/file", b"removed"]
    assert (written(after, after), gone(after, after)) == ([], [])


def test_single_files_are_looked_at_without_rules(tmp_path: Path) -> None:
    fill(tmp_path, **{"sub__.env": "x", "other": "x"})
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("sub")
    found = scan_files(tmp_path, [b"sub/.env", b"pipe", b"missing", b"link/.env", b"link"])
    assert found.names == [b"link", b"sub/.env"]
    assert [(skip.name, skip.reason) for skip in found.skipped] == [
        (b"link/.env", SkipReason.UNREADABLE),
        (b"missing", SkipReason.VANISHED),
        (b"pipe", SkipReason.SPECIAL),
    ]


def test_another_file_system_is_not_entered(tmp_path: Path, mount: Callable[..., Path]) -> None:
    (mount(tmp_path / "mounted") / "file").write_text("x")
    found = look(tmp_path)
    assert found.names == []
    assert [(skip.name, skip.reason) for skip in found.skipped] == [(b"mounted", SkipReason.MOUNT)]


def rewritten(path: Path) -> None:
    """Other bytes of the same length, with the same time; only the change time tells."""
    before = path.stat()
    while path.stat().st_ctime_ns == before.st_ctime_ns:  # until the kernel's clock has ticked
        path.write_text("two")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(path: Path) -> None:
    path.rename(path.with_name("aside"))
    path.write_text("one")


@pytest.mark.parametrize(
    "change", [rewritten, replaced, lambda path: path.chmod(0o600), lambda path: path.write_text("longer")]
)
def test_a_row_is_not_what_it_was_once_anything_changed(tmp_path: Path, change: Callable[[Path], object]) -> None:
    path = tmp_path / "a"
    path.write_text("one")
    found = scan(tmp_path, IgnoreRules())
    assert found.is_still(found.row(b"a"), path.stat())
    change(path)
    assert not found.is_still(found.row(b"a"), path.stat())
