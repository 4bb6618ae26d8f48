"""Formats beyond text and pictures: a real file of each with the value it shows, cut off, at 2 GB, and hostile."""

from __future__ import annotations

import io
import json
import pickle
import struct
import tarfile
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy
import pandas
import pyarrow
import pyarrow.feather
import pytest

from nbcellar.frontends.browsing.preview import view_of
from nbcellar.frontends.browsing.previews.head import HEAD_BYTES, WHOLE_BYTES, Head
from nbcellar.frontends.browsing.views import FactsView, MediaView, TableView, TextView, View


def shown(name: str, data: bytes) -> tuple[View, str]:
    return view_of(Head(name, len(data), data[:HEAD_BYTES], lambda at, length: data[at : at + length]))


def table(name: str, data: bytes) -> tuple[TableView, str]:
    view, word = shown(name, data)
    assert isinstance(view, TableView), view
    return view, word


def facts(view: View) -> dict[str, str]:
    assert isinstance(view, MediaView | FactsView)
    return {fact.name: fact.value for fact in view.facts}


def saved(write: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    write(out)
    return out.getvalue()


FRAME = pandas.DataFrame({"species": ["Adelie", None, "Gentoo"], "mass_g": [3750, 3800, 5000], "x": [0.5, 1.5, 2.5]})


def npy(values: numpy.ndarray) -> bytes:  # type: ignore[type-arg]
    return saved(lambda out: numpy.save(out, values))


def parquet(frame: pandas.DataFrame = FRAME) -> bytes:
    return saved(lambda out: frame.to_parquet(out))


def arrow() -> bytes:
    def write(out: io.BytesIO) -> None:
        pyarrow.feather.write_feather(FRAME, out, compression="uncompressed")  # type: ignore[no-untyped-call]

    return saved(write)


def hdf5() -> bytes:
    def write(out: io.BytesIO) -> None:
        with h5py.File(out, "w") as file:
            file.create_dataset("runs/one/weights", data=numpy.zeros((4, 3))).attrs["unit"] = "kg"

    return saved(write)


def sound() -> bytes:
    def write(out: io.BytesIO) -> None:
        with wave.open(out, "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(2 * 2 * 4000))

    return saved(write)


def zipped() -> bytes:
    def write(out: io.BytesIO) -> None:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("a/b.txt", "x" * 5000)

    return saved(write)


def tarred() -> bytes:
    def write(out: io.BytesIO) -> None:
        with tarfile.open(fileobj=out, mode="w") as file:
            member = tarfile.TarInfo("a/b.txt")
            member.size = 5000
            file.addfile(member, io.BytesIO(b"x" * 5000))

    return saved(write)


PDF = b"%PDF-1.7\n1 0 obj <</Type /Pages /Kids [3 0 R] /Count 12>> endobj\n%%EOF\n"
NOTEBOOK = json.dumps(
    {
        "cells": [
            {"cell_type": "markdown", "source": ["# Fit <b>it</b>\n"]},
            {
                "cell_type": "code",
                "execution_count": 3,
                "source": "fit()",
                "outputs": [
                    {"output_type": "stream", "text": ["done\n"]},
                    {"output_type": "display_data", "data": {"text/html": "<script>alert(1)</script>"}},
                    {"output_type": "execute_result", "data": {"text/plain": "0.25", "text/html": "<i>0.25</i>"}},
                ],
            },
        ],
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
    }
).encode()


def test_parquet_shows_its_values_and_types() -> None:
    view, word = table("t.parquet", parquet())
    assert word == "Parquet table"
    assert view.columns == ("species", "mass_g", "x")
    assert view.types[1:] == ("int64", "double")
    assert view.rows[1] == (None, "3800", "1.5")
    assert (view.total_rows, view.complete) == (3, True)


def test_a_long_parquet_shows_its_first_rows_and_says_how_many_there_are() -> None:
    view, _ = table("t.parquet", parquet(pandas.DataFrame({"n": range(300_000)})))
    assert (len(view.rows), view.total_rows, view.complete) == (1000, 300_000, False)
    assert view.rows[999] == ("999",)


def test_arrow_shows_its_values() -> None:
    view, word = table("t.feather", arrow())
    assert (word, view.columns, view.rows[2]) == ("Arrow table", ("species", "mass_g", "x"), ("Gentoo", "5000", "2.5"))


def test_hdf5_shows_what_it_holds_but_no_values() -> None:
    view, word = table("m.h5", hdf5())
    assert word == "HDF5"
    assert view.rows[-1] == ("runs/one/weights", "data set", "float64", "4 × 3", "1")
    assert [row[1] for row in view.rows] == ["group", "group", "data set"]


@pytest.mark.parametrize(
    ("values", "word", "row", "total"),
    [
        (numpy.arange(5, dtype="i2"), "NumPy array, int16, 5", ("1",), 5),
        (numpy.arange(6.0).reshape(3, 2), "NumPy array, float64, 3 × 2", ("2.0", "3.0"), 3),
        (numpy.asfortranarray(numpy.arange(6.0).reshape(3, 2)), "NumPy array, float64, 3 × 2", ("2.0", "3.0"), 3),
        (numpy.arange(24).reshape(2, 3, 4), "NumPy array, int64, 2 × 3 × 4", ("4", "5", "6", "7"), None),
        (numpy.array([[b"a"], [b"b"]]), "NumPy array, |S1, 2 × 1", ("b'b'",), 2),
        (numpy.array(["2024-01-01", "2024-01-02"], "M8[D]"), "NumPy array, datetime64[D], 2", ("2024-01-02",), 2),
    ],
    ids=lambda value: "" if isinstance(value, numpy.ndarray) else str(value),
)
def test_arrays_show_type_shape_and_values(
    values: numpy.ndarray,  # type: ignore[type-arg]
    word: str,
    row: tuple[str, ...],
    total: int | None,
) -> None:
    view, said = table("a.npy", npy(values))
    assert (said, view.rows[1], view.total_rows) == (word, row, total)


def test_one_value_and_no_value_are_shown_too() -> None:
    assert table("a.npy", npy(numpy.array(7)))[0].rows == (("7",),)
    assert table("a.npy", npy(numpy.zeros((0, 3))))[0].rows == ()


def test_records_have_named_columns() -> None:
    view, word = table("r.npy", npy(numpy.array([(1, 0.5), (2, 1.5)], dtype=[("n", "i4"), ("x", "f8")])))
    assert (view.columns, view.types, view.rows[1]) == (("n", "x"), ("int32", "float64"), ("2", "1.5"))
    assert word == "NumPy array, records of 2 fields, 2"


def test_many_columns_and_rows_are_cut() -> None:
    view, _ = table("wide.npy", npy(numpy.zeros((5000, 300))))
    assert (len(view.columns), view.total_rows, view.complete) == (200, 5000, False)
    assert 0 < len(view.rows) <= 1000


def test_the_arrays_of_an_archive_are_listed() -> None:
    view, word = table("w.npz", saved(lambda out: numpy.savez_compressed(out, a=numpy.eye(3), b=numpy.arange(4))))
    assert word == "NumPy arrays"
    assert view.rows == (("a", "float64", "3 × 3", "200 B"), ("b", "int64", "4", "160 B"))


class Canary:
    """Unpickling it leaves a file."""

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path("canary"),)


def test_objects_are_never_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pickled = saved(lambda out: numpy.save(out, numpy.array([Canary()], dtype=object), allow_pickle=True))
    view, word = shown("o.npy", pickled)
    assert isinstance(view, FactsView)
    assert ("could run code" in view.note, word) == (True, "NumPy array, object, 1")
    shown("o.npz", saved(lambda out: numpy.savez(out, allow_pickle=True, o=numpy.array([Canary()], dtype=object))))
    shown("o.pkl", pickle.dumps(Canary()))
    assert not Path("canary").exists()


def test_sounds_say_what_they_are_and_come_with_their_bytes() -> None:
    view, word = shown("s.wav", sound())
    assert isinstance(view, MediaView)
    assert (word, view.media, view.mime, view.content) == ("WAV sound", "audio", "audio/wav", sound())
    assert {**facts(view), "Size": ""} == {
        "Format": "WAV", "Channels": "2", "Samples": "8000 a second", "Length": "0.5 s", "Size": ""
    }  # fmt: skip


def test_flac_says_its_length() -> None:
    bits = 44_100 << 44 | 1 << 41 | 15 << 36 | 88_200
    view, _ = shown("s.flac", b"fLaC\x80\x00\x00\x22" + bytes(10) + bits.to_bytes(8) + bytes(16))
    assert facts(view)["Length"] == "2.0 s"


def test_pdf_says_its_version_and_pages() -> None:
    view, word = shown("p.pdf", PDF)
    assert (word, facts(view)["Format"], facts(view)["Pages"]) == ("PDF", "PDF 1.7", "12")


def test_archives_list_their_names() -> None:
    view, word = table("a.zip", zipped())
    assert (word, view.rows[0][:2]) == ("zip file", ("a/b.txt", "5 kB"))
    view, word = table("a.tar", tarred())
    assert (word, view.rows[0][:2]) == ("tar file", ("a/b.txt", "5 kB"))


def test_a_notebook_is_its_cells_and_what_they_printed_as_text() -> None:
    view, word = shown("n.ipynb", NOTEBOOK)
    assert isinstance(view, TextView)
    assert (word, view.view) == ("notebook", "text")
    assert view.text == "# Fit <b>it</b>\n\n[3] fit()\n  → done\n  → (text/html)\n  → 0.25\n"


def test_zarr_headers_are_json() -> None:
    for name in (".zarray", "zarr.json", "c/.zgroup"):
        view, _ = shown(name, b'{"shape": [4, 3], "dtype": "<f8"}')
        assert isinstance(view, TextView)
        assert view.view == "json"


SAMPLES: dict[str, bytes] = {
    "t.parquet": parquet(),
    "t.feather": arrow(),
    "m.h5": hdf5(),
    "a.npy": npy(numpy.arange(1000.0)),
    "w.npz": saved(lambda out: numpy.savez(out, a=numpy.eye(30))),
    "s.wav": sound(),
    "p.pdf": PDF,
    "a.zip": zipped(),
    "a.tar": tarred(),
    "n.ipynb": NOTEBOOK,
    "t.csv": b"a,b\n" + b"1,2\n" * 100,
    "m.json": b'{"a": [1, 2, 3]}',
}


@pytest.mark.parametrize("name", SAMPLES)
def test_a_cut_file_is_shown_as_far_as_it_goes_or_said_to_be_damaged(name: str) -> None:
    data = SAMPLES[name]
    for length in (len(data) // 2, len(data) - 1, 20):
        view, word = shown(name, data[:length])
        assert word
        assert isinstance(view, TextView | TableView | MediaView) or view.note


@pytest.mark.parametrize("name", ["m.h5", "t.parquet", "a.npy", "w.npz", "a.tar", "s.wav"])
def test_no_flipped_byte_does_more_than_spoil_the_preview(name: str) -> None:
    data = SAMPLES[name]
    step = max(1, len(data) // (4 if name in ("m.h5", "t.parquet") else 200))
    for place in range(0, len(data), step):
        broken = bytearray(data)
        broken[place] ^= 0xFF
        view, word = shown(name, bytes(broken))
        assert view is not None
        assert word


GIB2 = 2**31


@pytest.mark.parametrize("name", SAMPLES)
def test_of_two_gibibytes_little_is_read(name: str) -> None:
    """The file is the sample, then zeros, then the sample's end again where the format looks at the end."""
    data, read = SAMPLES[name], 0
    tail = data if name.endswith((".parquet", ".feather", ".npz", ".zip")) else b""

    def rest(at: int, length: int) -> bytes:
        nonlocal read
        read += length
        front = data[at : at + length]
        part = front + bytes(length - len(front))
        behind = at + length - (GIB2 - len(tail))
        if tail and behind > 0:
            part = part[: length - behind] + tail[:behind] if behind < length else tail[behind - length :][:length]
        return part[:length]

    head = Head(name, GIB2, (data + bytes(HEAD_BYTES))[:HEAD_BYTES], rest)
    view, word = view_of(head)
    assert view is not None
    assert word
    assert read <= 4 * WHOLE_BYTES


def test_a_two_gibibyte_array_and_table_show_their_first_values() -> None:
    header = npy(numpy.zeros((1, 1000)))[:128].replace(b"(1, 1000)", b"(%d, 1000)" % (GIB2 // 8000))[:128]
    view, word = view_of(Head("a.npy", GIB2, header[:128].ljust(HEAD_BYTES, b"\0"), lambda at, length: bytes(length)))
    assert isinstance(view, TableView), word
    assert (view.rows[0][0], view.total_rows) == ("0.0", GIB2 // 8000)
    lines = b"name,mass\n" + b"Adelie,3750\n" * 40_000
    view, _ = view_of(Head("t.csv", GIB2, lines[:HEAD_BYTES], lambda at, length: bytes(length)))
    assert isinstance(view, TableView)
    assert (view.rows[999], view.total_rows) == (("Adelie", "3750"), None)


def test_more_of_a_table_is_shown_when_asked() -> None:
    data = b"n\n" + b"1\n" * 5000
    view, _ = view_of(Head("t.csv", len(data), data, lambda at, length: b"", rows=2000))
    assert isinstance(view, TableView)
    assert (len(view.rows), view.complete) == (2000, False)


def test_bombs_are_not_unpacked() -> None:
    def write(out: io.BytesIO) -> None:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("b.npy", bytes(50_000_000))

    assert table("b.npz", saved(write))[0].rows == (("b", "?", "?", "50.0 MB"),)
    assert table("b.zip", saved(write))[0].rows[0][:2] == ("b.npy", "50.0 MB")
    huge = struct.pack("<6sBBI", b"\x93NUMPY", 2, 0, 2**32 - 1)
    view, _ = shown("h.npy", huge + bytes(100))
    assert isinstance(view, FactsView)
    lying = npy(numpy.zeros(3)).replace(b"(3,)", b"(3333333333333,)"[:4].ljust(4))
    assert shown("l.npy", lying)[1].startswith("NumPy array")
    deep = b'{"a":' * 100_000
    assert isinstance(shown("d.ipynb", deep)[0], TextView)
