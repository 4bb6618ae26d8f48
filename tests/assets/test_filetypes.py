"""Objects from files and into them."""

from __future__ import annotations

import functools
import io
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from PIL import Image

import nbcellar as cellar
from nbcellar import EncodingError, NotFoundError, UsageError
from nbcellar.assets.filetype import FileType
from nbcellar.assets.filetypes import register_type


def _written(write: Callable[[io.BytesIO], object]) -> bytes:
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


ARCHIVE = _written(lambda file: np.savez(file, a=np.arange(1000)))
PICTURE = _written(lambda file: Image.new("RGB", (50, 50), (9, 8, 7)).save(file, "PNG"))
TABLE = pd.DataFrame({"a": [1, 2], "b": ["x", "ü"]})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("t.txt", "grün\n"),
        ("t.md", "# Title"),
        ("t.json", {"a": [1, None, "ü"]}),
        ("t.yaml", {"a": [1, None, "ü"], "b": {"c": 2.5}}),
        ("T.YML", ["x"]),
        ("t.bin", b"\x00\xff"),
        ("notes.v2.json", {"n": 1}),
    ],
)
def test_what_is_dumped_kept_and_loaded_is_the_same(project: Path, name: str, value: object) -> None:
    assert cellar.dump(value, f"out/{name}") == Path("out") / name
    cellar.asset(at="out", name="train")
    assert cellar.load(f"train/{name}") == value
    assert cellar.load(Path("out") / name) == value
    assert cellar.load(f"./out/{name}") == value
    assert cellar.load(cellar.get("train")[name]) == value


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_tables_come_back(project: Path, name: str) -> None:
    cellar.dump(TABLE, name)
    loaded = cellar.load(f"./{name}")
    assert isinstance(loaded, pd.DataFrame)
    pd.testing.assert_frame_equal(loaded, TABLE)


def test_arrays_and_images_come_back(project: Path) -> None:
    array = np.arange(12.0).reshape(3, 4)
    cellar.dump(array, "x.npy")
    assert np.array_equal(np.asarray(cellar.load("./x.npy")), array)
    cellar.dump({"x": array, "y": [1, 2], "file": 3}, "x.npz")
    arrays = cellar.load("./x.npz")
    assert isinstance(arrays, dict)
    assert np.array_equal(arrays["x"], array)
    assert arrays["y"].tolist() == [1, 2]
    image = Image.new("RGB", (3, 2), "red")
    cellar.dump(image, "x.png")
    loaded = cellar.load("./x.png")
    assert isinstance(loaded, Image.Image)
    assert loaded.size == (3, 2)
    assert loaded.getpixel((0, 0)) == (255, 0, 0)
    cellar.dump(image, "x.jpg")
    assert isinstance(cellar.load("./x.jpg"), Image.Image)


def test_hdf5_comes_back_as_nested_arrays(project: Path) -> None:
    value = {"x": np.arange(6).reshape(2, 3), "g": {"n": 3, "f": 2.5, "t": "grün", "names": ["a", "b"]}}
    cellar.dump(value, "x.h5")
    loaded = cellar.load("./x.h5")
    assert isinstance(loaded, dict)
    assert np.array_equal(loaded["x"], value["x"])
    assert loaded["g"] == value["g"]
    cellar.asset("x.h5", name="train")
    assert cellar.load("train/x.h5")["g"] == value["g"]  # type: ignore[index]


def test_hdf5_that_would_read_other_files_or_fill_the_memory_is_refused(project: Path) -> None:
    with h5py.File("secret.h5", "w") as file:
        file["x"] = [1]
    with h5py.File("link.h5", "w") as file:
        file["x"] = h5py.ExternalLink("secret.h5", "/x")
    with h5py.File("raw.h5", "w") as file:
        file.create_dataset("x", (4,), dtype="u1", external=[("nbcellar.toml", 0, 4)])
    layout = h5py.VirtualLayout(shape=(1,), dtype="i8")
    layout[0:1] = h5py.VirtualSource("secret.h5", "x", shape=(1,))
    with h5py.File("virtual.h5", "w") as file:
        file.create_virtual_dataset("x", layout)
    with h5py.File("loop.h5", "w") as file:
        file.create_group("g")["again"] = h5py.SoftLink("/")
    with h5py.File("bomb.h5", "w") as file:
        file.create_dataset("x", (2**40,), dtype="f8", chunks=(1024,), compression="gzip")
    Path("cut.h5").write_bytes(Path("secret.h5").read_bytes()[:600])
    for name, words in [
        ("link", "links to another file"),
        ("raw", "lies in another file"),
        ("virtual", "lies in another file"),
        ("loop", "contains itself"),
        ("bomb", "would take .*, far more than its file"),
        ("cut", "could not be read as HDF5"),
    ]:
        with pytest.raises(EncodingError, match=words):
            cellar.load(f"./{name}.h5")


def test_a_file_can_be_read_as_another_kind_than_its_ending_says(project: Path) -> None:
    cellar.dump("grün", "README", ending=".txt")
    assert cellar.load("./README", ending=".txt") == "grün"
    with pytest.raises(UsageError, match="stands for no type"):
        cellar.load("./README")


def test_a_library_that_is_missing_is_named(project: Path) -> None:
    def load(file: object) -> object:
        import nothing_of_this_name  # type: ignore[import-not-found]

        return nothing_of_this_name

    register_type(FileType("odd", (".odd",), load, lambda value, file: load(file)))  # type: ignore[arg-type,return-value]
    Path("a.odd").write_text("")
    with pytest.raises(EncodingError, match=r"a\.odd is odd: No module named .*pip install nothing_of_this_name"):
        cellar.load("./a.odd")
    with pytest.raises(EncodingError, match="is as it was"):
        cellar.dump(1, "a.odd")


@pytest.mark.parametrize(
    ("value", "name", "words"),
    [
        (3, "t.txt", "int could not be written as text"),
        ({1, 2}, "t.json", "set could not be written as JSON"),
        (float("nan"), "t.json", "JSON"),
        (object(), "t.yaml", "YAML"),
        ([1], "t.csv", "it is no DataFrame"),
        ([1], "t.parquet", "it is no DataFrame"),
        (np.array([object()]), "t.npy", "numpy array"),
        ({"x": [object()]}, "t.npz", "Object arrays"),
        ([1], "t.npz", "no dict of arrays"),
        ([1], "t.h5", "no dict of arrays"),
        ({"": [1]}, "t.npz", "'' cannot be a name in it"),
        ({1: [1]}, "t.npz", "1 cannot be a name in it"),
        ([{1: "a", "1": "b"}], "t.json", "1 and '1' would be one key"),
        (functools.reduce(lambda inner, _: [inner], range(100_000), 1), "t.json", "JSON: maximum recursion depth"),
        (functools.reduce(lambda inner, _: [inner], range(100_000), 1), "t.yaml", "YAML: maximum recursion depth"),
        ({"a": Path("x")}, "t.yaml", r"cannot represent an object: x\."),
        (Image.new("F", (2, 2)), "t.png", "cannot write mode F as PNG"),
        (Image.new("RGBA", (2, 2)), "t.jpg", "cannot write mode RGBA as JPEG"),
        ({"a/b": [1]}, "t.h5", "'a/b' cannot be a name in it"),
        ({"g": {"x": object()}}, "t.h5", "/g/x is object, and no array of numbers or texts"),
        ([1], "t.png", "no Pillow image"),
        ("x", "t.bin", "it is no bytes"),
    ],
)
def test_what_a_type_cannot_hold_is_refused_and_the_file_stays(
    project: Path, value: object, name: str, words: str
) -> None:
    (project / name).write_bytes(b"before")
    with pytest.raises(EncodingError, match=words):
        cellar.dump(value, name)
    assert (project / name).read_bytes() == b"before"
    assert sorted(path.name for path in project.iterdir()) == sorted([name, "nbcellar.toml"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.json", b"{"),
        ("t.yaml", b"a: [1"),
        ("t.yaml", b"!!python/object/apply:os.system [echo]"),
        ("t.txt", b"\xff\xfe"),
        ("t.npy", b"no array"),
        ("t.npy", pickle.dumps(np.array([object()]))),
        ("t.parquet", b"no table"),
        ("t.csv", b""),
        ("t.json", b"[" * 100_000),
        ("t.yaml", b"[" * 600 + b"]" * 600),
        ("t.npy", b""),
        ("t.npz", b""),
        ("t.npz", b"PK\x03\x04"),
        ("t.npz", ARCHIVE[:-300]),
        ("t.npz", ARCHIVE[:300] + bytes([ARCHIVE[300] ^ 1]) + ARCHIVE[301:]),
        ("t.h5", b""),
        ("t.png", b""),
        ("t.png", PICTURE[:-40]),
        ("t.jpg", b"GIF89a"),
        ("t.png", PICTURE[:16] + struct.pack(">II", 60_000, 60_000) + PICTURE[24:]),
    ],
)
def test_a_file_that_is_not_what_its_ending_says_is_refused(project: Path, name: str, content: bytes) -> None:
    (project / name).write_bytes(content)
    with pytest.raises(EncodingError, match=f"{name} could not be read as"):
        cellar.load(f"./{name}")


def test_an_index_that_says_something_is_part_of_a_csv_file(project: Path) -> None:
    means = TABLE.groupby("b").sum()
    cellar.dump(means, "named.csv")
    pd.testing.assert_frame_equal(cellar.load("./named.csv"), means.reset_index())  # type: ignore[arg-type]
    cellar.dump(TABLE.set_index(pd.Index(["p", "q"])), "texts.csv")
    assert Path("texts.csv").read_text() == ",a,b\np,1,x\nq,2,ü\n"
    cellar.dump(TABLE[TABLE.a > 1], "some.csv")
    assert Path("some.csv").read_text() == "a,b\n2,ü\n"
    cellar.dump(TABLE.set_index(["a", "b"]).assign(c=3), "two.csv")
    assert Path("two.csv").read_text() == "a,b,c\n1,x,3\n2,ü,3\n"


def test_a_file_that_is_there_keeps_its_mode_and_what_links_to_it(project: Path) -> None:
    Path("real.json").write_text("1")
    Path("real.json").chmod(0o600)
    Path("link.json").symlink_to("real.json")
    cellar.dump(2, "link.json")
    assert Path("link.json").is_symlink()
    assert Path("real.json").read_text() == "2\n"
    assert Path("real.json").stat().st_mode & 0o777 == 0o600
    long = "x" * 250 + ".json"
    assert cellar.load(cellar.dump(3, long)) == 3


def test_where_no_file_can_be_is_said(project: Path) -> None:
    Path("folder.json").mkdir()
    with pytest.raises(UsageError, match=r"folder\.json is a folder\. Nothing was written\. Give the name of a file"):
        cellar.dump(1, "folder.json")
    for bad in (5, None, b"a.json"):
        with pytest.raises(UsageError, match="is no path"):
            cellar.dump(1, bad)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="is no file"):
            cellar.load(bad)  # type: ignore[arg-type]


def test_a_file_beside_the_notebook_that_reads_as_a_reference_is_named(project: Path) -> None:
    cellar.dump(1, "out/m.json")
    cellar.dump(1, "m.json")
    with pytest.raises(NotFoundError, match=r"Write '\./out/m\.json' for the file in the current folder"):
        cellar.load("out/m.json")
    with pytest.raises(UsageError, match=r"Write '\./m\.json' for the file in the current folder"):
        cellar.load("m.json")


def test_an_array_of_pickles_is_not_loaded(project: Path) -> None:
    np.save(project / "x.npy", np.array([object()], dtype=object), allow_pickle=True)
    with pytest.raises(EncodingError, match="allow_pickle"):
        cellar.load("./x.npy")


def test_an_unknown_ending_says_what_is_near_and_can_be_taught(project: Path) -> None:
    with pytest.raises(UsageError, match=r"Did you mean '\.json'"):
        cellar.dump({}, "x.jsn")
    with pytest.raises(UsageError, match="stands for no type"):
        cellar.load("./noending")
    register_type(
        FileType("shouting", (".shout",), lambda file: file.read().decode().lower(), lambda value, file: None)
    )
    (project / "x.shout").write_text("HELLO")
    assert cellar.load("./x.shout") == "hello"
    with pytest.raises(UsageError, match="is no ending"):
        register_type(FileType("bad", ("csv",), lambda file: None, lambda value, file: None))


def test_what_is_not_there_is_said(project: Path) -> None:
    with pytest.raises(NotFoundError):
        cellar.load("train/m.yaml")
    with pytest.raises(FileNotFoundError):
        cellar.load("./none.yaml")
