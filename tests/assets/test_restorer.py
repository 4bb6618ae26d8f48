import json
import os
import stat
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from nbcellar.assets.archiver import Source
from nbcellar.assets.progress import Step
from nbcellar.assets.restorer import Plan, Policy, execute, plan
from nbcellar.assets.undo import undo
from nbcellar.errors import ConflictError, CorruptDataError, NotFoundError, StorageError, UnsafeError, UsageError
from nbcellar.model import AssetSummary, Digest, Entry, Kind
from nbcellar.settings import Settings
from nbcellar.store import CHUNK_BYTES, Cellar
from nbcellar.store.address import complete
from nbcellar.store.processes import this_process
from tests.assets.saving import save


def listing(folder: Path) -> dict[str, str]:
    """Every name below a folder with what it is and holds; temporary names would be seen."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            what = f"-> {os.readlink(path)}"
        elif path.is_dir():
            what = "/"
        else:
            what = ("x" if path.stat().st_mode & 0o100 else "") + path.read_bytes().hex()
        found[os.fsencode(path.relative_to(folder)).decode("utf-8", "backslashreplace")] = what
    return found


def saved(cellar: Cellar, tree: Path, **files: str) -> AssetSummary:
    for name, text in files.items():
        path = tree / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return save(cellar, tree)[1].summary


def restore(cellar: Cellar, what: AssetSummary | Iterable[Entry], target: Path, policy: Policy = Policy.SAFE) -> Plan:
    done = plan(cellar, what, target, policy=policy)
    execute(cellar, done)
    return done


def test_a_folder_comes_back_byte_for_byte_with_times_and_executable_bits(
    cellar: Cellar, tree: Path, tmp_path: Path
) -> None:
    (tree / "a/b/c").mkdir(parents=True)
    (tree / "a/b/f").write_bytes(os.urandom(1000))
    (tree / "a/link").symlink_to("b/f")
    (tree / "top").symlink_to("nowhere")
    (tree / "empty").write_bytes(b"")
    (tree / "run.sh").write_bytes(b"#!")
    (tree / "run.sh").chmod(0o4755)
    (tree / "caf\udce9\n").write_bytes(b"odd")
    (tree / "big").write_bytes(os.urandom(CHUNK_BYTES + 7))
    os.utime(tree / "big", ns=(5, 1_234_567_890_123_456_789))
    summary = save(cellar, tree)[1].summary
    target = tmp_path / "new/deep/target"
    restored = execute(cellar, plan(cellar, summary, target))
    assert listing(target) == listing(tree)
    assert (target / "big").stat().st_mtime_ns == 1_234_567_890_123_456_789
    assert stat.S_IMODE((target / "run.sh").stat().st_mode) == 0o755
    assert restored[b"a/b/f"] == target / "a/b/f"
    assert len(restored) == summary.entry_count
    assert set(restored) == {entry.name for entry in cellar.manifest(summary)}


def test_holes_stay_holes(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    with open(tree / "sparse", "wb") as file:
        file.truncate(40 * CHUNK_BYTES)
        file.seek(7 * CHUNK_BYTES + 5)
        file.write(b"data")
    summary = save(cellar, tree)[1].summary
    restore(cellar, summary, tmp_path / "out")
    seen = (tmp_path / "out/sparse").stat()
    assert (seen.st_size, seen.st_blocks * 512 <= 2 * CHUNK_BYTES) == (40 * CHUNK_BYTES, True)
    with open(tmp_path / "out/sparse", "rb") as file:
        file.seek(7 * CHUNK_BYTES)
        assert file.read(10) == b"\0\0\0\0\0data\0"


def test_a_second_restore_writes_nothing(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="1", b__c="2")
    target = tmp_path / "out"
    restore(cellar, summary, target)
    before = {path: (path.stat().st_ino, path.stat().st_ctime_ns) for path in target.rglob("*")}
    again = restore(cellar, summary, target)
    assert (again.create, again.same) == ((), (b"a", b"b/c"))
    assert {path: (path.stat().st_ino, path.stat().st_ctime_ns) for path in target.rglob("*")} == before


def test_the_umask_holds(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="1", b__c="2")
    (tree / "a").chmod(0o777)
    summary = save(cellar, tree)[1].summary
    old = os.umask(0o077)
    try:
        restore(cellar, summary, tmp_path / "out")
    finally:
        os.umask(old)
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "out").rglob("*")}
    assert modes == {"a": 0o700, "b": 0o700, "c": 0o600}


def test_only_what_is_asked_for_comes(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="1", b="2", c="3")
    done = plan(cellar, summary, tmp_path / "out", match=lambda name: name != b"b")
    assert list(execute(cellar, done)) == [b"a", b"c"]
    assert set(listing(tmp_path / "out")) == {"a", "c"}
    entries = [replace(cellar.manifest(summary)[b"b"], name=b"other/name")]
    restore(cellar, entries, tmp_path / "out")
    assert (tmp_path / "out/other/name").read_text() == "2"


def test_a_restore_of_nothing_makes_the_folder(cellar: Cellar, tmp_path: Path) -> None:
    restore(cellar, [], tmp_path / "x/y")
    assert listing(tmp_path / "x") == {"y": "/"}


def test_a_plan_says_what_it_would_do_and_does_nothing(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="1", b="2", c="3")
    target = tmp_path / "out"
    target.mkdir()
    (target / "a").write_text("1")
    (target / "b").write_text("mine")
    done = plan(cellar, summary, target, policy=Policy.KEEP)
    assert (done.create, done.same, done.keep, done.total_bytes) == ((b"c",), (b"a",), (b"b",), 1)
    assert done.describe().splitlines()[1:] == ["  create: 1 (c)", "  same: 1 (a)", "  keep: 1 (b)"]
    assert set(listing(target)) == {"a", "b"}


# Policies


def test_safe_replaces_what_is_stored_and_refuses_what_is_not(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    first = saved(cellar, tree, a="one", b="one", c="same")
    saved(cellar, tree, a="two", b="two")
    done = restore(cellar, first, tree)
    assert (done.replace, done.same) == ((b"a", b"b"), (b"c",))
    assert (tree / "a").read_text() == "one"
    (tree / "b").write_text("precious")
    before = listing(tree)
    second = cellar.find("w").asset
    assert second is not None
    refused = plan(cellar, second, tree)
    assert [item.entry.name for item in refused.conflicts] == [b"b"]
    with pytest.raises(ConflictError, match=r"1 file is in the way .*: b \(it differs and is in no asset\)") as error:
        execute(cellar, refused)
    assert "--overwrite keep, replace" in str(error.value)
    assert listing(tree) == before


def test_safe_does_not_count_what_is_in_the_trash(cellar: Cellar, tree: Path) -> None:
    first = saved(cellar, tree, a="one")
    saved(cellar, tree, a="two")
    cellar.remove(cellar.find("w"))
    with pytest.raises(ConflictError, match="is in no asset"):
        restore(cellar, first, tree)
    assert (tree / "a").read_text() == "two"


def test_a_lost_executable_bit_comes_back(cellar: Cellar, tree: Path) -> None:
    saved(cellar, tree, a="one")
    (tree / "a").chmod(0o755)
    summary = save(cellar, tree)[1].summary
    (tree / "a").chmod(0o644)
    assert restore(cellar, summary, tree).replace == (b"a",)
    assert listing(tree) == {"a": "x" + b"one".hex()}


def test_error_refuses_every_difference(cellar: Cellar, tree: Path) -> None:
    first = saved(cellar, tree, a="one")
    saved(cellar, tree, a="two")
    with pytest.raises(ConflictError, match="it differs"):
        restore(cellar, first, tree, Policy.ERROR)


def test_keep_leaves_what_differs(cellar: Cellar, tree: Path) -> None:
    first = saved(cellar, tree, a="one", b="one")
    (tree / "a").write_text("mine")
    (tree / "b").unlink()
    restore(cellar, first, tree, Policy.KEEP)
    assert ((tree / "a").read_text(), (tree / "b").read_text()) == ("mine", "one")


def test_replace_takes_the_place_and_undo_brings_it_back(cellar: Cellar, tree: Path) -> None:
    summary = saved(cellar, tree, a="one", sub__b="one")
    (tree / "a").write_text("mine")
    (tree / "a").chmod(0o755)
    (tree / "sub/b").unlink()
    (tree / "sub/b").symlink_to("../a")
    before = listing(tree)
    restore(cellar, summary, tree, Policy.REPLACE)
    assert ((tree / "a").read_text(), (tree / "sub/b").read_text()) == ("one", "one")
    assert not (tree / "sub/b").is_symlink()
    undone = undo(cellar)
    assert undone.put_back == (tree / "a", tree / "sub/b")
    assert listing(tree) == before


def test_replace_through_a_link_never_touches_what_it_points_to(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="one")
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tree / "a").unlink()
    (tree / "a").symlink_to(precious)
    restore(cellar, summary, tree, Policy.REPLACE)
    assert (precious.read_text(), (tree / "a").read_text()) == ("mine", "one")


def test_backup_gives_the_old_file_a_name_that_nothing_has(cellar: Cellar, tree: Path) -> None:
    summary = saved(cellar, tree, **{"t.csv": "one", ".rc": "one", "noend": "one"})
    for name in ("t.csv", ".rc", "noend"):
        (tree / name).write_text("mine")
    (tree / "t (before restore).csv").write_text("older")
    before = listing(tree)
    restore(cellar, summary, tree, Policy.BACKUP)
    mine, one, older = (text.encode().hex() for text in ("mine", "one", "older"))
    assert listing(tree) == {
        "t.csv": one,
        ".rc": one,
        "noend": one,
        "t (before restore).csv": older,
        "t (before restore 2).csv": mine,
        ".rc (before restore)": mine,
        "noend (before restore)": mine,
    }
    undo(cellar)
    assert listing(tree) == before


@pytest.mark.parametrize("policy", [Policy.SAFE, Policy.ERROR, Policy.REPLACE, Policy.BACKUP])
def test_files_and_folders_never_take_each_others_place(cellar: Cellar, tree: Path, policy: Policy) -> None:
    summary = saved(cellar, tree, a="one", b__c="one")
    (tree / "gap").mkdir()
    summary = save(cellar, tree)[1].summary
    (tree / "a").unlink()
    (tree / "a").mkdir()
    (tree / "b/c").unlink()
    (tree / "b").rmdir()
    (tree / "b").write_text("mine")
    (tree / "gap").rmdir()
    os.mkfifo(tree / "gap")
    before = {path.name: path.lstat() for path in tree.iterdir()}
    with pytest.raises(ConflictError, match="3 files are in the way"):
        restore(cellar, summary, tree, policy)
    assert {path.name: path.lstat() for path in tree.iterdir()} == before
    assert restore(cellar, summary, tree, Policy.KEEP).keep == (b"a", b"b/c", b"gap")


# All or nothing


def test_a_damaged_blob_changes_nothing(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="one", b="precious text", c__d="two")
    target = tmp_path / "out"
    target.mkdir()
    (target / "a").write_text("mine")
    before = listing(target)
    for pack in (cellar.folder / "packs").glob("*"):
        data = pack.read_bytes()
        pack.chmod(0o644)
        pack.write_bytes(data.replace(b"precious", b"PRECIOUS"))
    done = plan(cellar, summary, target, policy=Policy.REPLACE)
    with pytest.raises(CorruptDataError):
        execute(cellar, done)
    assert listing(target) == before
    with pytest.raises(NotFoundError, match="no restore to undo"):
        undo(cellar)


def test_chunks_that_are_not_the_file_are_refused(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tree / name).write_bytes(os.urandom(CHUNK_BYTES + 10))
    summary = save(cellar, tree)[1].summary
    one, two = cellar.manifest(summary)
    for liar in (replace(one, chunks=two.chunks), replace(one, chunks=(one.chunks[0], two.chunks[1]))):
        with pytest.raises(CorruptDataError, match="is not what its manifest says"):
            restore(cellar, [liar], tmp_path / "out")
    with pytest.raises(CorruptDataError, match="is not what its manifest says"):
        restore(cellar, [replace(one, chunks=(one.chunks[1], one.chunks[0]))], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_lying_size_is_refused(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    (entry,) = cellar.manifest(saved(cellar, tree, a="one"))
    for size in (2, 4):
        with pytest.raises(CorruptDataError):
            restore(cellar, [replace(entry, size_bytes=size)], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_full_target_is_as_it_was(cellar: Cellar, tree: Path, tmp_path: Path, mount: Callable[..., Path]) -> None:
    (tree / "sub").mkdir()
    for number in range(40):
        (tree / "sub" / str(number)).write_bytes(os.urandom(100_000))
    (tree / "a").write_text("one")
    summary = save(cellar, tree)[1].summary
    small = mount(tmp_path / "small", size="2m")
    (small / "a").write_text("mine")
    with pytest.raises(StorageError, match="No space left"):
        restore(cellar, summary, small, Policy.REPLACE)
    assert listing(small) == {"a": b"mine".hex()}
    restore(cellar, [cellar.manifest(summary)[b"a"]], small, Policy.REPLACE)
    assert (small / "a").read_text() == "one"
    undo(cellar)  # from another file system
    assert listing(small) == {"a": b"mine".hex()}


def test_an_interrupt_while_writing_changes_nothing(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, **{f"s__{i}": str(i) for i in range(200)}, top="1")
    target = tmp_path / "out"
    target.mkdir()

    def interrupt(step: Step) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(cellar, plan(cellar, summary, target), progress=interrupt)
    assert listing(target) == {}


def test_progress_ends_with_all(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, **{f"s__{i}": str(i) for i in range(100)})
    steps: list[Step] = []
    execute(cellar, plan(cellar, summary, tmp_path / "out"), progress=steps.append)
    assert (steps[-1].files, steps[-1].size_bytes) == (100, summary.size_bytes)


def test_a_target_that_changes_after_the_plan_is_left_alone(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="one", b="one", new__x="one")
    for meddle in ("change", "appear", "remove"):
        target = tmp_path / meddle
        target.mkdir()
        (target / "b").write_text("mine")
        done = plan(cellar, summary, target, policy=Policy.REPLACE)
        if meddle == "change":
            (target / "b").write_text("mine, edited")
        elif meddle == "appear":
            (target / "a").write_text("came meanwhile")
        else:
            (target / "b").unlink()
        before = listing(target)
        with pytest.raises(ConflictError, match="changed while the restore was under way"):
            execute(cellar, done)
        assert listing(target) == before


# What could do harm

LEGAL = [
    b"...",
    b"..a",
    b"a..",
    b"-rf",
    b"a b",
    b"a\\b",
    b"..\\x",
    b"C:x",
    b"con",
    b"~",
    b"*",
    b"\x01",
    b"\xff",
    b"a/...",
    b"n" * 255,
]


def hostile_names() -> list[bytes]:
    bad = [b"", b".", b"..", b"/", b"//", b"/etc/passwd", b"../x", b"a/..", b"a/../b", b"a//b", b"a/", b"./a", b"a/./b"]
    bad += [b"a\0b", b"\0", b"../" * 20 + b"etc/passwd", b"a/b/../../../x", b"/", b"x/" * 50 + b"..", b"..//", b"/.."]
    for inner in (b"..", b".", b"", b"a\0"):
        for depth in range(1, 10):
            bad += [b"d/" * depth + inner, b"d/" * depth + inner + b"/e", inner + b"/d" * depth + b"/.."]
    return bad


def entry_of(name: bytes, kind: Kind = Kind.FILE, digest: bytes = b"\0" * 32, size: int = 1) -> Entry:
    return Entry(name, kind, False, size, Digest(digest))


def test_hostile_names_are_refused_before_the_first_byte(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    good = list(cellar.manifest(saved(cellar, tree, **{"0good": "one"})))
    target = tmp_path / "a/b/target"
    target.mkdir(parents=True)
    before = listing(tmp_path / "a")
    for name in hostile_names():
        for kind in Kind:
            with pytest.raises(UnsafeError, match="cannot be restored safely") as error:
                plan(cellar, [*good, entry_of(name, kind)], target)
            assert "Nothing was restored" in str(error.value)
    assert listing(tmp_path / "a") == before


@pytest.mark.parametrize(
    "names",
    [
        [(b"a", Kind.FILE), (b"a", Kind.FILE)],
        [(b"a", Kind.FILE), (b"a/b", Kind.FILE)],
        [(b"a/b/c/d", Kind.FILE), (b"a/b", Kind.LINK)],
        [(b"a", Kind.LINK), (b"a/b", Kind.FOLDER)],
        [(b"a", Kind.FOLDER), (b"a/b", Kind.FILE)],
        [(b"a", Kind.FILE), (b"a", Kind.FOLDER)],
    ],
)
def test_entries_in_each_others_way_are_refused(
    cellar: Cellar, tmp_path: Path, names: list[tuple[bytes, Kind]]
) -> None:
    with pytest.raises(UnsafeError):
        plan(cellar, [entry_of(name, kind) for name, kind in names], tmp_path / "out")


@pytest.mark.parametrize(
    "entry",
    [
        entry_of(b"a", size=-1),
        entry_of(b"a", digest=b"short"),
        entry_of(b"a", size=2 * CHUNK_BYTES),
        entry_of(b"a", Kind.LINK, size=5000),
        entry_of(b"a", Kind.LINK, size=0),
        replace(entry_of(b"a", size=5), chunks=(Digest(b"\0" * 32),) * 2),
        replace(entry_of(b"a", Kind.LINK, size=5), chunks=(Digest(b"\0" * 32),)),
    ],
)
def test_entries_that_cannot_be_true_are_refused(cellar: Cellar, tmp_path: Path, entry: Entry) -> None:
    with pytest.raises(UnsafeError):
        plan(cellar, [entry], tmp_path / "out")


def test_odd_but_legal_names_come_back(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    for name in LEGAL:
        path = Path(os.fsdecode(os.fsencode(tree) + b"/x/" + name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name)
    summary = save(cellar, tree)[1].summary
    restore(cellar, summary, tmp_path / "out")
    assert listing(tmp_path / "out") == listing(tree)


def test_links_that_lead_out_are_left_out_and_listed(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    (tree / "d").mkdir()
    outside = {"abs": "/etc/passwd", "up": "..", "d/up2": "../../x", "d/back": "x/../..", "d/hop": "../d/../../y"}
    inside = {"ok": "d/x", "d/ok": "../ok", "d/self": ".", "d/top": "..", "dangling": "nothing here"}
    for name, to in {**outside, **inside}.items():
        (tree / name).symlink_to(to)
    summary = save(cellar, tree)[1].summary
    done = restore(cellar, summary, tmp_path / "out")
    assert {item.entry.name.decode() for item in done.unsafe} == set(outside)
    assert {name: os.readlink(tmp_path / "out" / name) for name in inside} == inside
    assert set(listing(tmp_path / "out")) == {*inside, "d"}


def test_a_link_planted_in_the_target_is_refused(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, sub__deep__x="one", y="one")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for planted in ("sub", "sub/deep"):
        target = tmp_path / planted.replace("/", "-")
        (target / planted).parent.mkdir(parents=True)
        (target / planted).symlink_to(elsewhere)
        with pytest.raises(UnsafeError, match="is a link, and 'sub/deep/x' would be written through it"):
            restore(cellar, summary, target, Policy.REPLACE)
    assert listing(elsewhere) == {}


def test_a_folder_swapped_for_a_link_after_the_plan_is_not_followed(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, sub__x="one")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    target = tmp_path / "out"
    (target / "sub").mkdir(parents=True)
    done = plan(cellar, summary, target)
    (target / "sub").rmdir()
    (target / "sub").symlink_to(elsewhere)
    with pytest.raises((ConflictError, StorageError)):
        execute(cellar, done)
    assert listing(elsewhere) == {}
    assert set(listing(target)) == {"sub"}


def test_the_store_is_no_target(cellar: Cellar, tree: Path) -> None:
    summary = saved(cellar, tree, a="1")
    for target in (cellar.folder, cellar.folder / "packs"):
        with pytest.raises(UnsafeError, match="inside the store"):
            plan(cellar, summary, target)


def test_a_file_is_no_target(cellar: Cellar, tree: Path) -> None:
    summary = saved(cellar, tree, a="1")
    with pytest.raises(UsageError, match="is not a folder"):
        plan(cellar, summary, tree / "a")
    with pytest.raises(UsageError, match="is not a folder"):
        plan(cellar, summary, tree / "a" / "b")


def test_a_target_without_permission_says_so(open_folder: Path, as_nobody: AbstractContextManager[None]) -> None:
    for name in ("store", "tree"):
        (open_folder / name).mkdir()
        (open_folder / name).chmod(0o777)
    shut = open_folder / "shut"
    shut.mkdir()
    (shut / "a").write_text("mine")
    with as_nobody:
        cellar = Cellar.open(open_folder, address=complete(str(open_folder / "store")), settings=Settings())
        summary = saved(cellar, open_folder / "tree", a="1", b="2")
        with pytest.raises(StorageError, match="Permission denied"):
            restore(cellar, summary, shut, Policy.REPLACE)
        with pytest.raises(StorageError, match="Permission denied"):
            restore(cellar, summary, shut / "new")
        cellar.close()
    assert listing(shut) == {"a": b"mine".hex()}


# Undo


def test_undo_removes_what_a_restore_made_and_leaves_what_came_since(
    cellar: Cellar, tree: Path, tmp_path: Path
) -> None:
    (tree / "empty/x").mkdir(parents=True)
    summary = saved(cellar, tree, a="1", d__e__f="2", d__g="3")
    target = tmp_path / "p/q"
    restore(cellar, summary, target)
    (target / "d/e/mine").write_text("mine")
    undone = undo(cellar)
    assert len(undone.removed) == 3
    assert listing(tmp_path / "p") == {"q": "/", "q/d": "/", "q/d/e": "/", "q/d/e/mine": b"mine".hex()}
    with pytest.raises(NotFoundError, match="no restore to undo"):
        undo(cellar)


def test_undo_after_safe_takes_the_bytes_from_the_store(cellar: Cellar, tree: Path) -> None:
    (tree / "big").write_bytes(os.urandom(CHUNK_BYTES + 1))
    (tree / "run").write_text("x")
    (tree / "run").chmod(0o755)
    (tree / "link").symlink_to("run")
    first = save(cellar, tree)[1].summary
    (tree / "big").write_bytes(os.urandom(CHUNK_BYTES + 2))
    (tree / "run").write_text("y")
    (tree / "link").unlink()
    (tree / "link").symlink_to("big")
    save(cellar, tree)
    before = listing(tree)
    assert restore(cellar, first, tree).replace == (b"big", b"link", b"run")
    cellar.remove(cellar.find("w@2"))  # the trash still has it
    undone = undo(cellar)
    assert len(undone.put_back) == 3
    assert listing(tree) == before


def test_undo_refuses_where_restored_files_were_edited(cellar: Cellar, tree: Path) -> None:
    summary = saved(cellar, tree, a="one", b="one")
    (tree / "a").write_text("mine")
    restore(cellar, summary, tree, Policy.REPLACE)
    (tree / "a").write_text("edited")
    with pytest.raises(ConflictError, match="1 restored files were changed since: a"):
        undo(cellar)
    assert (tree / "a").read_text() == "edited"
    (tree / "a").unlink()
    undo(cellar)
    assert (tree / "a").read_text() == "mine"


def test_several_restores_are_undone_newest_first(cellar: Cellar, tree: Path) -> None:
    states = [listing(tree)]
    versions = [saved(cellar, tree, a=text) for text in ("one", "two", "three")]
    (tree / "a").write_text("mine")
    states = [listing(tree)]
    for version in versions:
        restore(cellar, version, tree, Policy.REPLACE)
        states.append(listing(tree))
    for state in reversed(states[:-1]):
        undo(cellar)
        assert listing(tree) == state


def test_what_is_not_undoable_leaves_no_record_and_no_copy(cellar: Cellar, tree: Path) -> None:
    summary = saved(cellar, tree, a="one")
    (tree / "a").write_text("mine")
    execute(cellar, plan(cellar, summary, tree, policy=Policy.REPLACE), undoable=False)
    assert listing(tree) == {"a": b"one".hex()}
    with pytest.raises(NotFoundError, match="no restore to undo"):
        undo(cellar)
    assert not (cellar.folder / "rescue" / "undo").exists()


def test_undo_says_when_the_folder_is_gone(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="1")
    target = tmp_path / "out"
    target.mkdir()
    restore(cellar, summary, target)
    (target / "a").unlink()
    target.rmdir()
    with pytest.raises(NotFoundError, match="is gone"):
        undo(cellar)


def test_a_record_that_somebody_else_wrote_is_not_followed(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    """It says what to write where, so a store that came from elsewhere must not bring one."""
    summary = saved(cellar, tree, a="one")
    (tree / "a").write_text("mine")
    restore(cellar, summary, tree, Policy.REPLACE)
    (record,) = (cellar.folder / "rescue" / "undo").iterdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "home/a").write_text("one")
    body = json.loads((record / "record.json").read_text())
    (record / "record.json").write_text(json.dumps(body | {"base": str(tmp_path / "home")}))
    for signature in ("0" * 64, None):
        if signature is None:
            (record / "record.signature").unlink()
        else:
            (record / "record.signature").write_text(signature)
        with pytest.raises(UnsafeError, match="not written by you") as error:
            undo(cellar)
        assert "Nothing was undone" in str(error.value)
    assert (tmp_path / "home/a").read_text() == "one"
    assert sorted(path.name for path in record.iterdir()) == ["0", "record.json"]


def test_what_a_killed_restore_left_is_removed_and_a_hostile_note_removes_nothing_else(
    cellar: Cellar, tree: Path, tmp_path: Path
) -> None:
    summary = saved(cellar, tree, a="one")
    (tmp_path / "out/.nbcellar-tmp-x/deep").mkdir(parents=True)
    (tmp_path / "out/.nbcellar-tmp-y").write_text("left")
    (tmp_path / "out/mine").write_text("mine")
    (tmp_path / ".nbcellar-tmp-z").write_text("outside")
    notes = cellar.folder / "rescue" / "under-way"
    notes.mkdir(parents=True)
    gone = {"host": os.uname().nodename, "boot": "an earlier one", "pid": 1, "pid_started": "1"}
    names = [".nbcellar-tmp-x", ".nbcellar-tmp-y", "mine", "../.nbcellar-tmp-z", "", "/"]
    (notes / "1.json").write_text(json.dumps({"process": gone, "base": str(tmp_path / "out"), "names": names}))
    living = {"process": this_process(), "base": str(tmp_path), "names": [".nbcellar-tmp-z"]}
    (notes / "2.json").write_text(json.dumps(living))
    (notes / "3.json").write_text("[cut sho")
    (notes / "4.json").write_text("[]")
    for name in ("emptied", "kept", "young"):
        record = cellar.folder / "rescue" / "undo" / name
        record.mkdir(parents=True)
        (record / ("0" if name == "kept" else "record.signature")).write_text("x")
        if name != "young":
            os.utime(record, (1, 1))
    restore(cellar, summary, tmp_path / "target")
    assert listing(tmp_path / "out") == {"mine": b"mine".hex()}
    assert (tmp_path / ".nbcellar-tmp-z").read_text() == "outside"
    assert [path.name for path in notes.iterdir()] == ["2.json"]
    records = [path.name for path in (cellar.folder / "rescue" / "undo").iterdir()]
    assert sorted(name for name in records if name.isalpha()) == ["kept", "young"]


def test_stored_entries_and_sources_meet(cellar: Cellar, tree: Path, tmp_path: Path) -> None:
    summary = saved(cellar, tree, a="1")
    _, second = save(cellar, [Source(b"x/y", entry=cellar.manifest(summary)[b"a"])])
    restore(cellar, second.summary, tmp_path / "out")
    assert listing(tmp_path / "out") == {"x": "/", "x/y": b"1".hex()}
