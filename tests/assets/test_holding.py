import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.assets.restoring.restorer import Policy, execute, plan
from nbcellar.assets.restoring.undo import undo
from nbcellar.errors import StorageError
from nbcellar.model import AssetSummary
from nbcellar.store import Cellar
from tests.assets.saving import save


def asset_with(cellar: Cellar, tree: Path, *names: bytes) -> AssetSummary:
    for name in names:
        path = Path(os.fsdecode(os.fsencode(tree) + b"/" + name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name)
    return save(cellar, tree)[1].summary


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([b"good", b"sub/a:b"], "names such as 'sub/a:b'"),
        ([b"caf\xe9"], r"names such as 'caf\\\\xe9'"),
        ([b"new\nline"], r"names such as 'new\\\\nline'"),
        ([b"a/Foo", b"a/foo"], "side by side 'a/Foo and a/foo'"),
        ([b"A/x", b"a/y"], "side by side 'A and a'"),
        (["\u00c9".encode(), "\u00e9".encode()], "side by side 'É and é'"),
    ],
)
def test_what_exfat_cannot_hold_is_told_before_the_first_byte(
    cellar: Cellar, tree: Path, tmp_path: Path, mount: Callable[..., Path], names: list[bytes], said: str
) -> None:
    summary = asset_with(cellar, tree, *names)
    stick = mount(tmp_path / "stick", "exfat")
    for target in (stick, stick / "new" / "folder"):
        with pytest.raises(StorageError, match=f"cannot hold {said}"):
            plan(cellar, summary, target)
    assert os.listdir(stick) == []


def test_links_on_exfat_are_refused_by_name(
    cellar: Cellar, tree: Path, tmp_path: Path, mount: Callable[..., Path]
) -> None:
    (tree / "link").symlink_to("a")
    summary = asset_with(cellar, tree, b"a")
    stick = mount(tmp_path / "stick", "exfat")
    with pytest.raises(StorageError, match="cannot hold links such as 'link'"):
        plan(cellar, summary, stick)
    execute(cellar, plan(cellar, summary, stick, match=lambda name: name != b"link"))
    assert os.listdir(stick) == ["a"]


def test_restore_and_undo_work_without_hard_links(
    cellar: Cellar, tree: Path, tmp_path: Path, mount: Callable[..., Path]
) -> None:
    summary = asset_with(cellar, tree, b"a", b"b.txt", b"sub/c")
    stick = mount(tmp_path / "stick", "exfat")
    for name in ("a", "b.txt"):
        (stick / name).write_text("mine")
    execute(cellar, plan(cellar, summary, stick, policy=Policy.BACKUP))
    assert sorted(os.listdir(stick)) == ["a", "a (before restore)", "b (before restore).txt", "b.txt", "sub"]
    undo(cellar)
    assert {name: (stick / name).read_text() for name in os.listdir(stick)} == {"a": "mine", "b.txt": "mine"}
    execute(cellar, plan(cellar, summary, stick, policy=Policy.REPLACE))
    assert (stick / "a").read_text() == "a"
    undo(cellar)
    assert {name: (stick / name).read_text() for name in os.listdir(stick)} == {"a": "mine", "b.txt": "mine"}


def test_an_executable_bit_that_nothing_there_can_lack_is_no_difference(
    cellar: Cellar, tree: Path, tmp_path: Path, mount: Callable[..., Path]
) -> None:
    summary = asset_with(cellar, tree, b"a", b"sub/c")
    stick = mount(tmp_path / "stick", "exfat")
    execute(cellar, plan(cellar, summary, stick))
    assert os.access(stick / "a", os.X_OK)
    again = plan(cellar, summary, stick, policy=Policy.ERROR)
    assert (again.same, again.replace) == ((b"a", b"sub/c"), ())
    assert sorted(os.listdir(stick)) == ["a", "sub"]
    execute(cellar, plan(cellar, summary, tmp_path / "out"))
    (tmp_path / "out" / "a").chmod(0o755)
    assert plan(cellar, summary, tmp_path / "out", policy=Policy.REPLACE).replace == (b"a",)
    assert sorted(os.listdir(tmp_path / "out")) == ["a", "sub"]


def test_names_that_only_look_alike_are_fine_where_the_file_system_tells_them_apart(
    cellar: Cellar, tree: Path, tmp_path: Path
) -> None:
    composed, decomposed = (unicodedata.normalize(form, "é").encode() for form in ("NFC", "NFD"))
    summary = asset_with(cellar, tree, b"Foo", b"foo", b"A/x", b"a/x", composed, decomposed, b"a:b", b"n" * 255)
    execute(cellar, plan(cellar, summary, tmp_path / "out"))
    assert sorted(os.listdir(os.fsencode(tmp_path / "out"))) == sorted(os.listdir(os.fsencode(tree)))
