"""Files of every format that are cut off, damaged, of 2 GB, or hostile."""

from __future__ import annotations

import io
import struct
import zipfile

import numpy
import pytest

from nbcellar.frontends.browsing.preview import view_of
from nbcellar.frontends.browsing.previews.head import HEAD_BYTES, WHOLE_BYTES, Head
from nbcellar.frontends.browsing.views import FactsView, MediaView, TableView, TextView

from .formatsamples import SAMPLES, npy, saved, shown, table


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
