"""A real file of each format, and what the preview says of one."""

from __future__ import annotations

import io
import json
import tarfile
import wave
import zipfile
from collections.abc import Callable

import h5py
import numpy
import pandas
import pyarrow
import pyarrow.feather

from nbcellar.frontends.browsing.preview import view_of
from nbcellar.frontends.browsing.previews.head import HEAD_BYTES, Head
from nbcellar.frontends.browsing.views import FactsView, MediaView, TableView, View


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
