"""Any tree that a file system can hold comes back as it was."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from nbcellar.assets.restoring.restorer import Plan, Policy, execute, plan
from nbcellar.assets.restoring.undo import undo
from nbcellar.assets.scanning.ignore import IgnoreRules
from nbcellar.assets.scanning.scanner import STORE_MARKS
from nbcellar.errors import ConflictError, UnsafeError
from nbcellar.model import AssetSummary
from nbcellar.settings import Settings
from nbcellar.store import Cellar, CheckLevel
from nbcellar.store.objects.address import complete
from tests.assets.saving import save
from tests.conftest import Counted

File = tuple[bytes, bool, int]
Link = bytes
Node: TypeAlias = "File | Link | dict[bytes, Node]"

RULES = IgnoreRules()


def usable(name: bytes) -> bool:
    odd = {b".", b".."} | STORE_MARKS
    return name not in odd and not RULES.ignores(name, True) and not RULES.secret(name)


letters = st.integers(1, 255).filter(lambda byte: byte != ord("/"))
names = st.one_of(
    st.lists(letters, min_size=1, max_size=12).map(bytes),
    st.sampled_from([b"a", b"b", b"A", b"a.b", b"-x", "é".encode(), "e\u0301".encode(), b"n" * 255, b"\n", b" "]),
).filter(usable)
times = st.integers(0, 2**33 * 10**9)
files = st.tuples(st.binary(max_size=300), st.booleans(), times)
links = st.one_of(
    st.lists(letters, min_size=1, max_size=20).map(bytes),
    st.lists(st.sampled_from([b"..", b".", b"a", b"b"]), min_size=1, max_size=4).map(b"/".join),
)
trees = st.recursive(
    st.dictionaries(names, st.one_of(files, links), max_size=5),
    lambda below: st.dictionaries(names, st.one_of(files, links, below), max_size=5),
    max_leaves=6,
)


def build(folder: bytes, tree: dict[bytes, Node]) -> None:
    for name, node in tree.items():
        path = folder + b"/" + name
        if isinstance(node, dict):
            os.mkdir(path)
            build(path, node)
        elif isinstance(node, bytes):
            os.symlink(node, path)
        else:
            data, executable, mtime_ns = node
            with open(path, "wb") as file:
                file.write(data)
            os.chmod(path, 0o755 if executable else 0o644)
            os.utime(path, ns=(0, mtime_ns))


def look(folder: bytes, prefix: bytes = b"") -> dict[bytes, object]:
    found: dict[bytes, object] = {}
    for entry in os.scandir(folder):
        name = prefix + entry.name
        if entry.is_symlink():
            found[name] = os.readlink(entry.path)
        elif entry.is_dir():
            found[name] = "folder"
            found.update(look(entry.path, name + b"/"))
        else:
            seen = entry.stat()
            found[name] = (Path(os.fsdecode(entry.path)).read_bytes(), bool(seen.st_mode & 0o100), seen.st_mtime_ns)
    return found


@pytest.fixture
def place() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="nbcellar-trip-"))
    yield folder
    shutil.rmtree(folder)


SHARES = [pytest.param(100, number, marks=pytest.mark.long, id=f"{number + 1} of 20") for number in range(20)]


@pytest.mark.parametrize(("count", "start"), [pytest.param(40, None, id="sampled"), *SHARES])
def test_any_tree_comes_back_beside_anything_and_undo_leaves_no_trace(
    place: Path, count: int, start: int | None, counted: Counted
) -> None:
    cellar = Cellar.open(place, address=complete(str(place / "store")), settings=Settings())
    seen = [0, 0]

    @settings(
        max_examples=count, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
    )
    @given(trees, trees)
    def comes_back(tree: dict[bytes, Node], other: dict[bytes, Node]) -> None:
        source, target, mixed = (Path(tempfile.mkdtemp(dir=place)) for _ in range(3))
        try:
            build(os.fsencode(source), tree)
            build(os.fsencode(mixed), other)
            original = look(os.fsencode(source))
            summary = save(cellar, source)[1].summary
            check_restore(cellar, plan(cellar, summary, target), original)
            for policy in (Policy.KEEP, Policy.BACKUP, Policy.REPLACE):
                check_undo(cellar, summary, mixed, policy)
            seen[0] += 1
            seen[1] += len(original)
        finally:
            for folder in (source, target, mixed):
                shutil.rmtree(folder)

    (comes_back if start is None else seed(start)(comes_back))()
    assert cellar.check(CheckLevel.READ_DATA).sound
    cellar.close()
    counted("trees went there and back", seen[0])
    counted("entries of these trees", seen[1])


def check_restore(cellar: Cellar, fresh: Plan, original: dict[bytes, object]) -> None:
    execute(cellar, fresh)
    left_out = {item.entry.name for item in fresh.unsafe}
    expected = {name: what for name, what in original.items() if name not in left_out}
    found = look(os.fsencode(fresh.target))
    # A folder of nothing but links that are left out does not come back.
    assert {name: what for name, what in expected.items() if name in found or what != "folder"} == found


def check_undo(cellar: Cellar, summary: AssetSummary, mixed: Path, policy: Policy) -> None:
    before = look(os.fsencode(mixed))
    try:
        done = plan(cellar, summary, mixed, policy=policy)
        execute(cellar, done)
    except (ConflictError, UnsafeError):
        assert look(os.fsencode(mixed)) == before
        return
    after = look(os.fsencode(mixed))
    if policy is Policy.KEEP:
        assert {name: after[name] for name in before} == before
    if after != before:
        undo(cellar)
        assert look(os.fsencode(mixed)) == before
