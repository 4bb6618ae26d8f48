"""Names, links, entries and targets that could do harm are refused before the first byte."""

import os
from contextlib import AbstractContextManager
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from nbcellar.assets.restoring.restorer import Policy, execute, plan
from nbcellar.assets.scanning.names import name_fault, names_fault
from nbcellar.errors import ConflictError, StorageError, UnsafeError, UsageError
from nbcellar.model import Digest, Entry, Kind
from nbcellar.settings import Settings
from nbcellar.store import CHUNK_BYTES, Cellar
from nbcellar.store.objects.address import complete
from tests.assets.restoring import listing, restore, saved
from tests.assets.saving import save

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


def test_all_names_together_are_judged_as_each_alone() -> None:
    """Among good ones, at each place: they are looked at in one pass, where neighbours could hide or make a fault."""
    for length in range(5):
        for name in map(bytes, product(b"a./\0", repeat=length)):
            for at in range(3):
                entries = [entry_of(b"b"), entry_of(b"c/.d")]
                entries.insert(at, entry_of(name))
                assert bool(names_fault(entries)) == bool(name_fault(name)), name


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
