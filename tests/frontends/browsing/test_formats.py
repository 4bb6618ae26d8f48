"""Formats beyond text and pictures: a real file of each with the value it shows."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy
import pandas
import pytest

from nbcellar.frontends.browsing.preview import view_of
from nbcellar.frontends.browsing.previews.head import Head
from nbcellar.frontends.browsing.views import FactsView, MediaView, TableView, TextView

from .formatsamples import NOTEBOOK, PDF, arrow, facts, hdf5, npy, parquet, saved, shown, sound, table, tarred, zipped


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


def test_more_of_a_table_is_shown_when_asked() -> None:
    data = b"n\n" + b"1\n" * 5000
    view, _ = view_of(Head("t.csv", len(data), data, lambda at, length: b"", rows=2000))
    assert isinstance(view, TableView)
    assert (len(view.rows), view.complete) == (2000, False)
