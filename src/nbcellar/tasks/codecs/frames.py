"""Codecs of pandas' frames and series and of Arrow's tables, as Arrow streams; imported only for values of their own.

A frame is claimed only if it comes back equal to the last detail: what Arrow would change (objects of other classes,
sparse columns, a frequency, …) is left to the next codec.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbcellar.model import JSON
from nbcellar.tasks.codecs.arrays import is_from, needs
from nbcellar.tasks.codecs.protocol import Codec, Parts, Pieces, damaged, items_of

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

ARROW = "application/vnd.apache.arrow.stream"


class _FrameCodec:
    name, version, media_type = "pandas.frame", 1, ARROW

    def claims(self, value: object) -> bool:
        if not is_from(value, "pandas"):
            return False
        import pandas as pd

        return type(value) is pd.DataFrame and _survives(value)

    def encode(self, value: object, parts: Parts) -> object:
        import pandas as pd

        assert isinstance(value, pd.DataFrame)
        return parts.blob(_stream(value))

    def decode(self, payload: JSON, pieces: Pieces) -> object:
        return _frame(pieces.blob(payload))


class _SeriesCodec:
    name, version, media_type = "pandas.series", 1, ARROW

    def claims(self, value: object) -> bool:
        if not is_from(value, "pandas"):
            return False
        import pandas as pd

        return type(value) is pd.Series and _survives(_as_frame(value))

    def encode(self, value: object, parts: Parts) -> object:
        import pandas as pd

        assert isinstance(value, pd.Series)
        return [parts.encode(value.name), parts.blob(_stream(_as_frame(value)))]

    def decode(self, payload: JSON, pieces: Pieces) -> object:
        match items_of(payload):
            case [name, data]:
                series = _frame(pieces.blob(data)).iloc[:, 0]
                series.name = pieces.decode(name)
                return series
        raise damaged(payload)


class _TableCodec:
    name, version, media_type = "arrow.table", 1, ARROW

    def claims(self, value: object) -> bool:
        if not is_from(value, "pyarrow"):
            return False
        import pyarrow as pa

        return type(value) is pa.Table

    def encode(self, value: object, parts: Parts) -> object:
        import pyarrow as pa

        assert isinstance(value, pa.Table)
        return parts.blob(_bytes_of(value))

    def decode(self, payload: JSON, pieces: Pieces) -> object:
        return _table(pieces.blob(payload))


def _as_frame(series: pd.Series) -> pd.DataFrame:
    frame = series.to_frame("value")
    frame.attrs = dict(series.attrs)
    return frame


def _survives(frame: pd.DataFrame) -> bool:
    """Whether the frame that comes back is the same one."""
    from importlib.util import find_spec

    if find_spec("pyarrow") is None or not all(_is_plain(frame.iloc[:, place]) for place in range(frame.shape[1])):
        return False
    import pandas as pd
    import pyarrow as pa

    try:
        back = _frame(_stream(frame))
        pd.testing.assert_frame_equal(frame, back, check_exact=True, check_freq=True, check_flags=True)
    except (AssertionError, TypeError, ValueError, KeyError, NotImplementedError, pa.ArrowException):
        return False
    return back.attrs == frame.attrs and list(map(type, back.columns)) == list(map(type, frame.columns))


def _is_plain(column: pd.Series) -> bool:
    """Whether nothing in it could come back as something that is merely equal."""
    if column.dtype != object:
        return True
    return set(map(type, column.array)) <= {str, type(None)}


def _stream(frame: pd.DataFrame) -> bytes:
    import pyarrow as pa

    return _bytes_of(pa.Table.from_pandas(frame, preserve_index=True))


def _bytes_of(table: pa.Table) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _table(data: bytes) -> pa.Table:
    try:
        import pyarrow as pa
    except ModuleNotFoundError as error:
        raise needs("pyarrow", "a table") from error
    with pa.ipc.open_stream(data) as reader:
        return reader.read_all()


def _frame(data: bytes) -> pd.DataFrame:
    table = _table(data)
    try:
        found: pd.DataFrame = table.to_pandas()
    except ModuleNotFoundError as error:
        raise needs("pandas", "a frame") from error
    return found


FRAMES: tuple[Codec, ...] = (_FrameCodec(), _SeriesCodec(), _TableCodec())
