import os
import stat
from pathlib import Path

import pytest

from nbcellar.assets.restoring.inputs import materialise
from nbcellar.errors import CorruptDataError, UnsafeError, UsageError
from nbcellar.model import AssetSummary, Digest, Entry, Kind
from nbcellar.store import CHUNK_BYTES, Cellar
from tests.assets.saving import save, settle


@pytest.fixture
def asset(cellar: Cellar, tree: Path) -> AssetSummary:
    (tree / "sub").mkdir()
    (tree / "sub/t.csv").write_text("one")
    (tree / "big").write_bytes(os.urandom(CHUNK_BYTES + 3))
    (tree / "run").write_text("#!")
    (tree / "run").chmod(0o755)
    (tree / "link").symlink_to("sub/t.csv")
    (tree / "out").symlink_to("/etc")
    return save(cellar, tree)[1].summary


def test_a_file_has_one_stable_read_only_path(cellar: Cellar, tree: Path, asset: AssetSummary) -> None:
    entry = cellar.manifest(asset)[b"sub/t.csv"]
    path = materialise(cellar, entry)
    assert path == cellar.folder / "cache/inputs" / entry.digest.hex() / "t.csv"
    assert path.read_text() == "one"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    inode = path.stat().st_ino
    assert materialise(cellar, entry) == path
    assert path.stat().st_ino == inode
    big, run = (materialise(cellar, cellar.manifest(asset)[name]) for name in (b"big", b"run"))
    assert big.read_bytes() == (tree / "big").read_bytes()
    assert stat.S_IMODE(run.stat().st_mode) == 0o555


def test_the_same_content_under_two_names_has_two_paths(cellar: Cellar, tree: Path) -> None:
    for name in ("a", "b"):
        (tree / name).write_text("one")
    one, two = cellar.manifest(save(cellar, tree)[1].summary)
    assert [materialise(cellar, entry).name for entry in (one, two, one)] == ["a", "b", "a"]


def test_a_file_that_somebody_changed_is_written_again(cellar: Cellar, asset: AssetSummary) -> None:
    entry = cellar.manifest(asset)[b"sub/t.csv"]
    path = materialise(cellar, entry)
    settle(path.parent)
    materialise(cellar, entry)
    stamp = path.stat().st_mtime_ns
    path.chmod(0o644)
    path.write_text("two")
    os.utime(path, ns=(stamp, stamp))
    assert materialise(cellar, entry).read_text() == "one"
    path.unlink()
    assert materialise(cellar, entry).read_text() == "one"


def test_an_asset_is_a_folder_without_links_that_lead_out(cellar: Cellar, tree: Path, asset: AssetSummary) -> None:
    folder = materialise(cellar, asset)
    assert folder == cellar.folder / "cache/inputs" / asset.digest.hex()
    assert sorted(os.listdir(folder)) == ["big", "link", "run", "sub"]
    assert (folder / "link").read_text() == "one"
    inode = (folder / "big").stat().st_ino
    assert materialise(cellar, asset) == folder
    assert (folder / "big").stat().st_ino == inode
    (folder / "sub/t.csv").unlink()
    assert (materialise(cellar, asset) / "sub/t.csv").read_text() == "one"
    assert sorted(os.listdir(folder.parent)) == [asset.digest.hex()]


def test_an_empty_asset_is_an_empty_folder(cellar: Cellar, tree: Path) -> None:
    assert os.listdir(materialise(cellar, save(cellar, tree)[1].summary)) == []


def test_what_cannot_be_a_path_is_refused(cellar: Cellar, asset: AssetSummary) -> None:
    with pytest.raises(UsageError, match="is a link, not a file"):
        materialise(cellar, cellar.manifest(asset)[b"link"])
    with pytest.raises(UnsafeError):
        materialise(cellar, Entry(b"a/..", Kind.FILE, False, 1, Digest(b"\0" * 32)))
    with pytest.raises(CorruptDataError):
        materialise(cellar, Entry(b"a", Kind.FILE, False, 1, Digest(b"\0" * 32)))
    assert not [name for name in os.listdir(cellar.folder / "cache/inputs") if name.startswith(".")]
