"""``cellar://`` for everything that speaks fsspec."""

from __future__ import annotations

import zipfile
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from fsspec.registry import get_filesystem_class

import nbcellar as cellar
from nbcellar.assets.filesystem import CellarFileSystem
from nbcellar.errors import UsageError


@pytest.fixture
def frame(project: Path) -> pd.DataFrame:
    table = pd.DataFrame({"a": range(100), "b": [str(n) for n in range(100)]})
    folder = project / "out"
    (folder / "deep" / "er").mkdir(parents=True)
    table.to_parquet(folder / "t.parquet")
    table.to_csv(folder / "t.csv", index=False)
    np.save(folder / "x.npy", np.arange(10))
    xr.Dataset({"v": ("x", np.arange(5.0))}).to_netcdf(folder / "n.nc", engine="scipy")
    with zipfile.ZipFile(folder / "z.zip", "w") as archive:
        archive.writestr("inside.txt", "zipped")
    (folder / "deep" / "er" / "ü#?%.txt").write_text("odd")
    cellar.asset(at="out", name="train").alias("prod")
    return table


def test_it_is_registered() -> None:
    assert get_filesystem_class("cellar") is CellarFileSystem


def test_pandas_reads_parquet_and_csv(frame: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(pd.read_parquet("cellar://train@prod/t.parquet"), frame)
    pd.testing.assert_frame_equal(pd.read_csv("cellar://train/t.csv", dtype={"b": str}), frame)
    assert pd.read_parquet("cellar://train@1/t.parquet", columns=["a"]).shape == (100, 1)


def test_pyarrow_reads_through_it(frame: pd.DataFrame) -> None:
    import pyarrow.dataset as ds
    import pyarrow.fs as pafs

    filesystem = pafs.PyFileSystem(pafs.FSSpecHandler(fsspec.filesystem("cellar")))
    table = ds.dataset("train@1/t.parquet", filesystem=filesystem).to_table(columns=["b"])
    assert table.num_rows == 100


def test_xarray_zipfile_and_numpy_read_through_it(frame: pd.DataFrame) -> None:
    with fsspec.open("cellar://train/n.nc") as file, xr.open_dataset(file, engine="scipy") as dataset:
        assert dataset["v"].sum() == 10
    with fsspec.open("cellar://train/z.zip") as file, zipfile.ZipFile(file) as archive:
        assert archive.read("inside.txt") == b"zipped"
    with fsspec.open("zip://inside.txt::cellar://train/z.zip") as file:
        assert file.read() == b"zipped"
    with fsspec.open("cellar://train/x.npy") as file:
        assert np.load(file, allow_pickle=False).tolist() == list(range(10))


def test_it_lists_names_folders_and_files(frame: pd.DataFrame) -> None:
    fs = fsspec.filesystem("cellar")
    assert fs.ls("", detail=False) == ["train"]
    assert sorted(fs.ls("cellar://train", detail=False)) == [
        "train/deep",
        "train/n.nc",
        "train/t.csv",
        "train/t.parquet",
        "train/x.npy",
        "train/z.zip",
    ]
    assert fs.isdir("train/deep")
    assert fs.isfile("train@prod/t.csv")
    assert fs.exists("train/deep/er/ü%23%3F%25.txt")
    assert not fs.exists("train/none")
    assert not fs.exists("none/t.csv")
    assert fs.glob("train/**/*.csv") == ["train/t.csv"]
    assert "train/deep/er/ü#?%.txt" in fs.find("train")
    assert fs.du("train/deep") == 3


def test_parts_and_ends_are_read(frame: pd.DataFrame) -> None:
    fs = fsspec.filesystem("cellar")
    whole = fs.cat_file("train/t.csv")
    assert whole == cellar.get("train")["t.csv"].read()
    assert fs.cat_file("train/t.csv", 2, 5) == whole[2:5]
    assert fs.cat_file("train/t.csv", -5) == whole[-5:]
    assert fs.cat_file("train/t.csv", 5, 2) == b""
    assert fs.cat_ranges(["train/t.csv"] * 2, [0, 3], [3, 6]) == [whole[:3], whole[3:6]]
    assert fs.ukey("train/t.csv") == cellar.get("train")["t.csv"].digest
    assert fs.modified("train/t.csv") <= fs.created("train/t.csv")


def test_an_entrys_url_opens_it_whatever_it_is_called(frame: pd.DataFrame) -> None:
    entry = cellar.get("train")["deep/er/ü#?%.txt"]
    with fsspec.open(entry.url) as file:
        assert file.read() == b"odd"


def test_a_file_is_copied_out(frame: pd.DataFrame, project: Path) -> None:
    fsspec.filesystem("cellar").get("train/deep", str(project / "copy"), recursive=True)
    assert (project / "copy" / "er" / "ü#?%.txt").read_text() == "odd"


@pytest.mark.parametrize("path", ["cellar://none/x", "cellar://train/none", "cellar://train@9/t.csv"])
def test_what_is_not_there_is_file_not_found(frame: pd.DataFrame, path: str) -> None:
    with pytest.raises(FileNotFoundError), fsspec.open(path) as file:
        file.read()


def test_what_is_listed_is_opened_also_where_it_looks_like_an_escape(project: Path) -> None:
    for name in ("a b.txt", "a%20b.txt", "50%.txt", "%25"):
        (project / name).write_text(name)
    cellar.asset(["a b.txt", "a%20b.txt", "50%.txt", "%25"], name="odd")
    fs = fsspec.filesystem("cellar")
    listed = fs.ls("odd", detail=False)
    assert sorted(listed) == ["odd/%2525", "odd/50%.txt", "odd/a b.txt", "odd/a%2520b.txt"]
    assert {fs.cat_file(path) for path in listed} == {b"a b.txt", b"a%20b.txt", b"50%.txt", b"%25"}
    assert fs.cat_file(cellar.get("odd")["a%20b.txt"].url) == b"a%20b.txt"


@pytest.mark.parametrize("path", ["train", "train/deep", "train/deep/er/"])
def test_a_folder_is_not_opened_as_a_file(frame: pd.DataFrame, path: str) -> None:
    with pytest.raises(IsADirectoryError, match="is a folder: name a file in it"), fsspec.open(f"cellar://{path}"):
        pass


def test_what_is_too_short_to_be_a_zip_file_is_told_as_of_any_file(frame: pd.DataFrame) -> None:
    with fsspec.open("cellar://train/deep/er/ü%23%3F%25.txt") as file, pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(file)


def test_nothing_is_removed_moved_or_copied(frame: pd.DataFrame) -> None:
    fs = fsspec.filesystem("cellar")
    before = fs.find("train")
    for change in (
        lambda: fs.rm("train/t.csv"),
        lambda: fs.rm("train", recursive=True),
        lambda: fs.mv("train/t.csv", "train/u.csv"),
        lambda: fs.cp("train/t.csv", "train/u.csv"),
        lambda: fs.pipe_file("train/t.csv", b"x"),
    ):
        with pytest.raises(UsageError, match="Assets do not change"):
            change()
    assert fs.find("train") == before


@pytest.mark.parametrize("mode", ["wb", "ab", "r+b"])
def test_it_does_not_write(frame: pd.DataFrame, mode: str) -> None:
    with pytest.raises((ValueError, NotImplementedError)), fsspec.open("cellar://train/t.csv", mode) as file:
        file.write(b"x")
    assert cellar.get("train")["t.csv"].read().startswith(b"a,b")


def test_another_store_is_an_option(frame: pd.DataFrame, tmp_path: Path) -> None:
    from nbcellar.store import current

    url = current().address.store_url
    assert fsspec.filesystem("cellar", store=url).ls("", detail=False) == ["train"]
    assert fsspec.filesystem("cellar", store=str(tmp_path / "none")).ls("", detail=False) == []
