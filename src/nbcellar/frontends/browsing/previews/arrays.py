"""NumPy's ``.npy`` and ``.npz``: what the header says, and the first values. Objects are never loaded.

The format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

from __future__ import annotations

import ast
import math
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbcellar.assets.display import size_text
from nbcellar.frontends.browsing.facts import Fact
from nbcellar.frontends.browsing.previews.head import Head
from nbcellar.frontends.browsing.previews.window import Window
from nbcellar.frontends.browsing.views import FactsView, TableView

if TYPE_CHECKING:
    import numpy
    import numpy.typing

MAGIC = b"\x93NUMPY"
COLUMNS = 200
_HEADER_BYTES = 65_536
_MEMBERS = 1000
_PAGE_BYTES = 2**20
_OBJECTS = "It holds Python objects, which are not loaded here: that could run code."
_CUT = "The file is cut off or damaged: its header cannot be read."
_NO_NUMPY = "Its values are shown where numpy is installed."


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the values.

    Attributes:
        layout: The dtype as it is written: ``<f8``, or the fields of a record.
        values_at: Where the values begin, in bytes.
    """

    layout: str | list[object]
    shape: tuple[int, ...]
    fortran_order: bool
    values_at: int


def read_header(data: bytes) -> Header | None:
    """The header of an array file from its first bytes; None where it is none, or cut off."""
    if not data.startswith(MAGIC) or len(data) < 12:
        return None
    width = 2 if data[6] == 1 else 4
    length = int.from_bytes(data[8 : 8 + width], "little")
    start = 8 + width
    if length > _HEADER_BYTES or len(data) < start + length:
        return None
    try:
        fields = ast.literal_eval(data[start : start + length].decode("utf-8" if data[6] >= 3 else "latin-1").strip())
        layout, shape, fortran_order = fields["descr"], fields["shape"], fields["fortran_order"]
    except (ValueError, SyntaxError, KeyError, TypeError, MemoryError, RecursionError):
        return None
    sizes = isinstance(shape, tuple) and all(type(size) is int and size >= 0 for size in shape)
    if not isinstance(layout, str | list) or not sizes:
        return None
    return Header(layout, shape, fortran_order is True, start + length)


def array_view(head: Head) -> tuple[TableView | FactsView, str]:
    """The values of an array as a table: of three and more dimensions, the first page."""
    header = read_header(head.data)
    if header is None:
        return FactsView((Fact("Size", size_text(head.size_bytes)),), _CUT), "NumPy array"
    shape = _sizes(header.shape)
    word = f"NumPy array, {_layout_text(header.layout)}, {shape}"
    facts = (
        Fact("Values", _layout_text(header.layout)),
        Fact("Shape", shape),
        Fact("Size", size_text(head.size_bytes)),
    )
    if _holds_objects(header.layout):
        return FactsView(facts, _OBJECTS), word
    try:
        return _table(head, header), word
    except ImportError:
        return FactsView(facts, _NO_NUMPY), word
    except (ValueError, TypeError, OverflowError, MemoryError):
        return FactsView(facts, _CUT), word


def archive_view(head: Head) -> TableView | None:
    """The arrays of an ``.npz`` with their values' type and shape; None where it is no archive."""
    try:
        with zipfile.ZipFile(Window(head)) as archive:
            members = [one for one in archive.infolist() if one.filename.endswith(".npy")]
            rows = [_member_row(archive, one) for one in members[:_MEMBERS]]
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError):
        return None
    return TableView(
        columns=("array", "values", "shape", "size"),
        types=(),
        rows=tuple(rows),
        total_rows=len(members),
        complete=len(members) <= _MEMBERS,
        shown_bytes=0,
    )


def _member_row(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[str, str, str, str]:
    with archive.open(member) as file:
        header = read_header(file.read(12 + _HEADER_BYTES if member.file_size < _HEADER_BYTES else 4096))
    name = member.filename.removesuffix(".npy")
    if header is None:
        return name, "?", "?", size_text(member.file_size)
    return name, _layout_text(header.layout), _sizes(header.shape), size_text(member.file_size)


def _table(head: Head, header: Header) -> TableView:
    import numpy  # where the array is from, it mostly is

    kind = numpy.dtype(header.layout)
    page = _first_page(head, header, kind)
    columns, types = tuple(map(str, range(page.shape[1]))), (str(kind),) * page.shape[1]
    cells = [tuple(map(str, row)) for row in page.tolist()]
    if kind.names:
        columns, types = kind.names, tuple(str(kind[name]) for name in kind.names)
        cells = [tuple(map(str, row)) for row in page.reshape(-1).tolist()]
    shape = header.shape or (1,)
    whole = len(cells) == shape[0] and math.prod(shape) == page.size
    return TableView(columns, types, tuple(cells), shape[0] if len(shape) < 3 else None, whole, 0)


def _first_page(head: Head, header: Header, kind: numpy.dtype[numpy.void]) -> numpy.typing.NDArray[numpy.void]:
    """At most so many rows and columns from the beginning, of what lies there in one piece."""
    import numpy

    shape = header.shape if len(header.shape) > 1 else (*header.shape, 1, 1)[:2]
    turned = header.fortran_order and len(header.shape) > 1
    outer, inner = (shape[1], shape[0]) if turned else shape[-2:]
    most_outer, most_inner = (COLUMNS, head.rows) if turned else (head.rows, COLUMNS)
    rows = min(outer, most_outer, max(1, _PAGE_BYTES // max(1, inner * kind.itemsize)))
    width = inner if rows * inner * kind.itemsize <= _PAGE_BYTES else min(inner, most_inner)
    data = Window(head).part(header.values_at, rows * width * kind.itemsize)
    page = numpy.frombuffer(data, kind).reshape(rows, width)[:, :most_inner]
    return page.T if turned else page


def _holds_objects(layout: object) -> bool:
    if isinstance(layout, str):
        return "O" in layout
    return not isinstance(layout, list) or any(
        not isinstance(field, tuple) or len(field) < 2 or _holds_objects(field[1]) for field in layout
    )


def _layout_text(layout: str | list[object]) -> str:
    if isinstance(layout, list):
        return f"records of {len(layout)} fields"
    try:
        import numpy

        return str(numpy.dtype(layout))
    except (ImportError, TypeError, ValueError):
        return layout[:100]


def _sizes(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape)) or "one value"
