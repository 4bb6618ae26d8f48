"""The process that reads a Parquet, Arrow or HDF5 file for a preview: limited, and nobody's but its parent's."""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import sys
from typing import IO

from nbcellar.frontends.browsing.previews.foreign import LENGTH, REQUEST
from nbcellar.frontends.browsing.previews.head import ROWS
from nbcellar.model import JSON

_LIMITS = ((resource.RLIMIT_AS, 4 * 2**30), (resource.RLIMIT_CPU, 15), (resource.RLIMIT_FSIZE, 0))
_COLUMNS = 200
_CELL = 500


class Asked(io.RawIOBase):
    """A file whose parts the parent reads."""

    def __init__(self, size_bytes: int, answers: IO[bytes], requests: IO[bytes]) -> None:
        super().__init__()
        self._size, self._answers, self._requests, self._at = size_bytes, answers, requests, 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        self._at = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence] + offset
        return self._at

    def tell(self) -> int:
        """Where it is."""
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Ask for a part."""
        length = max(0, min(len(buffer), self._size - self._at))
        if not length:
            return 0
        self._requests.write(b"R" + REQUEST.pack(self._at, length))
        self._requests.flush()
        data = self._answers.read(int.from_bytes(self._answers.read(LENGTH.size)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def parquet_answer(file: Asked) -> dict[str, JSON]:
    """The first rows of a Parquet file, and how many it has."""
    import pyarrow.parquet

    # small buffers and no reading ahead: a page at a time, not a row group
    table = pyarrow.parquet.ParquetFile(file, buffer_size=65_536, pre_buffer=False)
    names = table.schema_arrow.names[:_COLUMNS]
    batch = next(table.iter_batches(ROWS, columns=names, use_threads=False), None)
    return _columns(table.schema_arrow, batch, table.metadata.num_rows, "Parquet table")


def arrow_answer(file: Asked) -> dict[str, JSON]:
    """The first rows of an Arrow (Feather) file; how many it has is in no header."""
    import pyarrow.ipc

    table = pyarrow.ipc.open_file(pyarrow.PythonFile(file, mode="r"))
    if not table.num_record_batches:
        return _columns(table.schema, None, 0, "Arrow table")
    batch = table.get_batch(0)
    total = batch.num_rows if table.num_record_batches == 1 else None
    return _columns(table.schema, batch.slice(0, ROWS), total, "Arrow table")


def _columns(schema: object, batch: object, total: int | None, word: str) -> dict[str, JSON]:
    import pyarrow

    assert isinstance(schema, pyarrow.Schema)
    names = schema.names[:_COLUMNS]
    rows: list[JSON] = []
    if isinstance(batch, pyarrow.RecordBatch):
        lists = [batch.column(place).to_pylist() for place in range(min(len(names), batch.num_columns))]
        rows = [[None if cell is None else _cell(cell) for cell in row] for row in zip(*lists, strict=True)]
    types: list[JSON] = [str(schema.field(place).type)[:100] for place in range(len(names))]
    return {"columns": [*names], "types": types, "rows": rows, "total": total, "word": word}


def hdf5_answer(file: Asked) -> dict[str, JSON]:
    """The groups and data sets of an HDF5 file: kind, type and shape, and no values."""
    import h5py

    def _kind(item: h5py.Group | h5py.Dataset) -> tuple[str, str, str]:
        if isinstance(item, h5py.Dataset):
            return "data set", _cell(item.dtype), " × ".join(map(str, item.shape or ())) or "one value"
        return "group", "", ""

    rows: list[JSON] = []
    count = 0
    with h5py.File(file, "r") as store:

        def note(name: str, item: h5py.Group | h5py.Dataset) -> bool | None:
            nonlocal count
            count += 1
            if len(rows) < ROWS:
                rows.append([_cell(name), *_kind(item), str(len(item.attrs))])
            return True if count > 100 * ROWS else None

        store.visititems(note)
    columns: list[JSON] = ["name", "kind", "values", "shape", "attributes"]
    return {"columns": columns, "types": [], "rows": rows, "total": count, "word": "HDF5"}


def _cell(value: object) -> str:
    text = str(value)
    return text if len(text) <= _CELL else f"{text[:_CELL]}…"


_READERS = {"parquet": parquet_answer, "arrow": arrow_answer, "hdf5": hdf5_answer}
_LIBRARIES = {"parquet": "pyarrow", "arrow": "pyarrow", "hdf5": "h5py"}


def main(format_name: str, size_bytes: int) -> None:
    """Read the file, and say what it holds."""
    for limit, most in _LIMITS:
        with contextlib.suppress(OSError, ValueError):  # not every system has each of them
            resource.setrlimit(limit, (most, most))
    answers, requests = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints is no answer
    try:
        answer = _READERS[format_name](Asked(size_bytes, answers, requests))
    except ImportError:
        library = _LIBRARIES[format_name]
        answer = {"fault": f"`pip install {library}` lets it be shown here."}
    except Exception:  # whatever a library makes of a damaged file
        answer = {"fault": "It is damaged, cut off, or too large to be looked into."}
    body = json.dumps(answer).encode()
    requests.write(b"J" + LENGTH.pack(len(body)) + body)
    requests.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
