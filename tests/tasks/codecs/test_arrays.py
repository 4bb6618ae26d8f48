from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from nbcellar.tasks.codecs import decode, encode
from nbcellar.tasks.codecs.encoding import Style, encoded
from nbcellar.tasks.codecs.sizes import Budget


def codec_of(value: object) -> str:
    return encoded(value, "value", Budget(), Style.BY_VALUE).codec


ARRAYS = [
    np.arange(6).reshape(2, 3),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(10)[::2],
    np.array(5),
    np.zeros((0, 3), ">i2"),
    np.array(["a", "bcd"]),
    np.array(["2020-01-01", "NaT"], "datetime64[ns]"),
    np.array([(1, 2.5)], [("n", "i4"), ("x", "f8")]),
    np.array([np.nan, 1]),
    np.array([True, False]),
]


@pytest.mark.parametrize("array", ARRAYS, ids=[str(array.dtype) for array in ARRAYS])
def test_an_array_comes_back_with_its_type_shape_and_order(array: np.ndarray) -> None:
    back = decode(encode(array))
    assert codec_of(array) == "numpy.array/1"
    assert isinstance(back, np.ndarray)
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert back.flags.f_contiguous == array.flags.f_contiguous or not array.flags.c_contiguous
    assert back.flags.writeable and back.flags.owndata
    np.testing.assert_array_equal(back, array)


LARGE = np.arange(60_000, dtype="i8").reshape(200, 300)


@pytest.mark.parametrize(
    "array",
    [
        LARGE,
        np.asfortranarray(LARGE),
        LARGE[::2, ::3],
        LARGE.T,
        LARGE.astype(">f4"),
        LARGE.astype("c16"),
        LARGE % 2 == 0,
        LARGE.astype("M8[s]"),
        LARGE.astype("S9"),
        LARGE.astype("U9"),
        LARGE.reshape(2, 3, 100, 100),
        np.rec.array(LARGE.reshape(-1, 2).copy().view([("a", "i8"), ("b", "i8")]).reshape(-1)).view(np.ndarray),
        np.zeros(30_000, [("é", "i4"), ("日本", "f8", (2,))]),
        np.zeros(30_000, [(f"column {number}", "i1") for number in range(300)]),
    ],
    ids=lambda array: f"{array.dtype.str} {array.shape} {'F' if array.flags.f_contiguous else 'C'}",
)
def test_a_large_array_is_read_straight_into_its_memory(array: NDArray[np.generic]) -> None:
    back = decode(encode(array))
    assert isinstance(back, np.ndarray)
    assert back.dtype == array.dtype and back.shape == array.shape
    assert back.tobytes() == array.tobytes()
    assert back.flags.f_contiguous == array.flags.f_contiguous or not array.flags.forc
    assert back.flags.writeable and back.flags.owndata


def test_an_array_that_cannot_be_written_stays_so() -> None:
    array = np.arange(3)
    array.flags.writeable = False
    back = decode(encode(array))
    assert isinstance(back, np.ndarray)
    assert not back.flags.writeable


@pytest.mark.parametrize("scalar", [np.float32(0.1), np.int8(-3), np.bool_(True), np.datetime64("2020"), np.str_("x")])
def test_a_numpy_scalar_is_not_mistaken_for_pythons(scalar: np.generic) -> None:
    back = decode(encode(scalar))
    assert type(back) is type(scalar)
    assert back == scalar


def test_an_array_of_objects_is_never_put_into_npy() -> None:
    array = np.array([{"a": 1}, None], dtype=object)
    assert codec_of(array) == "pickle/1"
    assert decode(encode(array)).tolist() == [{"a": 1}, None]  # type: ignore[attr-defined]


def test_arrays_of_other_classes_keep_their_class() -> None:
    masked = np.ma.masked_array([1, 2], mask=[True, False])
    assert codec_of(masked) == "pickle/1"
    assert type(decode(encode(masked))) is type(masked)


FRAMES = {
    "numbers": pd.DataFrame({"a": [1, 2], "b": [0.5, np.nan]}),
    "texts": pd.DataFrame({"a": ["x", None]}),
    "index": pd.DataFrame({"a": [1, 2]}, index=pd.Index(["u", "v"], name="key")),
    "multiindex": pd.DataFrame({"a": [1, 2]}, index=pd.MultiIndex.from_tuples([(1, "x"), (2, "y")], names=["n", None])),
    "times": pd.DataFrame({"t": pd.to_datetime(["2020", None], utc=True).tz_convert("Europe/Berlin")}),
    "categories": pd.DataFrame({"c": pd.Categorical(["u", None], ["v", "u"], ordered=True)}),
    "nullable": pd.DataFrame({"n": pd.array([1, None], "Int64")}),
    "empty": pd.DataFrame({"a": pd.Series([], dtype="int16")}),
}


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_goes_through_arrow_and_comes_back_the_same(name: str) -> None:
    frame = FRAMES[name]
    assert codec_of(frame) == "pandas.frame/1"
    back = decode(encode(frame))
    assert isinstance(back, pd.DataFrame)
    pd.testing.assert_frame_equal(back, frame, check_exact=True, check_freq=True)


ODD_FRAMES = {
    "mixed objects": pd.DataFrame({"a": [1, "x", (2,)]}),
    "numbers as objects": pd.DataFrame({"a": pd.Series([1, 2.5], dtype=object)}),
    "object texts": pd.DataFrame({"a": pd.Series(["x", None], dtype=object)}),
    "nan among texts": pd.DataFrame({"a": pd.Series(["x", np.nan], dtype=object)}),
    "frequency": pd.DataFrame({"a": [1, 2]}, index=pd.date_range("2020", periods=2, freq="D")),
    "two columns of one name": pd.DataFrame([[1, 2]], columns=["a", "a"]),
    "numbered columns": pd.DataFrame(np.eye(2)),
    "sparse": pd.DataFrame({"a": pd.arrays.SparseArray([0, 1])}),
}


@pytest.mark.parametrize("name", ODD_FRAMES)
def test_a_frame_that_arrow_would_change_comes_back_the_same_too(name: str) -> None:
    frame = ODD_FRAMES[name]
    back = decode(encode(frame))
    assert isinstance(back, pd.DataFrame)
    pd.testing.assert_frame_equal(back, frame, check_exact=True, check_freq=True)
    for column in range(frame.shape[1]):
        assert list(map(type, back.iloc[:, column])) == list(map(type, frame.iloc[:, column]))


def test_attributes_of_a_frame_are_kept() -> None:
    frame = pd.DataFrame({"a": [1]})
    frame.attrs["unit"] = ("cm", 2)
    back = decode(encode(frame))
    assert isinstance(back, pd.DataFrame)
    assert back.attrs == {"unit": ("cm", 2)}


@pytest.mark.parametrize("name", ["x", None, ("a", 1), 3])
def test_a_series_comes_back_with_its_name(name: object) -> None:
    series = pd.Series([1.5, 2], index=["u", "v"], name=name)  # type: ignore[call-overload]
    back = decode(encode(series))
    assert codec_of(series) == "pandas.series/1"
    assert isinstance(back, pd.Series)
    pd.testing.assert_series_equal(back, series, check_exact=True)
    assert type(back.name) is type(series.name)


def test_an_arrow_table_comes_back_with_its_schema() -> None:
    table = pa.table({"a": [1, None]}, metadata={"k": "v"})
    back = decode(encode(table))
    assert codec_of(table) == "arrow.table/1"
    assert back.equals(table, check_metadata=True)  # type: ignore[attr-defined]


def test_plain_values_import_neither_numpy_nor_pandas(tmp_path: Path) -> None:
    code = (
        "import sys; from nbcellar.tasks.codecs import decode, encode; assert decode(encode({'a': [1, b'x']}));"
        "print([name for name in ('numpy', 'pandas', 'pyarrow', 'cloudpickle') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.strip() == "[]"
