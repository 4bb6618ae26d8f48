"""Codecs of numpy's arrays and scalars: ``.npy`` without objects. numpy is imported only for a value of its own."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

from nbcellar.errors import EncodingError
from nbcellar.model import JSON
from nbcellar.tasks.codecs.protocol import Codec, Parts, Pieces, damaged, fields_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nbcellar.tasks.codecs.blobs import BlobReader

NPY = "application/x-npy"
_LONG_HEAD = 60_000


def is_from(value: object, package: str) -> bool:
    """Whether the class of a value is a package's own; asked before the package is imported."""
    return type(value).__module__.partition(".")[0] == package


class _ArrayCodec:
    name, version, media_type = "numpy.array", 1, NPY

    def claims(self, value: object) -> bool:
        if not is_from(value, "numpy"):
            return False
        import numpy as np

        return type(value) is np.ndarray and _is_plain(value.dtype)

    def encode(self, value: object, parts: Parts) -> object:
        import numpy as np

        assert isinstance(value, np.ndarray)
        return {"npy": parts.blob(_npy(value)), "writeable": bool(value.flags.writeable)}

    def decode(self, payload: JSON, pieces: Pieces) -> object:
        fields = fields_of(payload)
        array = _array(fields.get("npy"), pieces)
        array.flags.writeable = fields.get("writeable") is not False
        return array


class _ScalarCodec:
    name, version, media_type = "numpy.scalar", 1, NPY

    def claims(self, value: object) -> bool:
        if not is_from(value, "numpy"):
            return False
        import numpy as np

        return isinstance(value, np.generic) and type(value) is value.dtype.type and _is_plain(value.dtype)

    def encode(self, value: object, parts: Parts) -> object:
        import numpy as np

        return parts.blob(_npy(np.asarray(value)))

    def decode(self, payload: JSON, pieces: Pieces) -> object:
        array = _array(payload, pieces)
        if array.shape != ():
            raise damaged(payload)
        return array[()]


class _DtypeCodec:
    name, version, media_type = "numpy.dtype", 1, NPY

    def claims(self, value: object) -> bool:
        if not is_from(value, "numpy"):
            return False
        import numpy as np

        return isinstance(value, np.dtype) and _is_plain(value)

    def encode(self, value: object, parts: Parts) -> object:
        import numpy as np

        assert isinstance(value, np.dtype)
        return parts.blob(_npy(np.empty(0, value)))

    def decode(self, payload: JSON, pieces: Pieces) -> object:
        return _array(payload, pieces).dtype


def _is_plain(dtype: np.dtype[np.generic]) -> bool:
    """Whether ``.npy`` says this type exactly: no objects, no metadata, no type of another package."""
    from numpy.lib import format as npy

    if dtype.hasobject or dtype.metadata is not None:
        return False
    try:
        back = npy.descr_to_dtype(npy.dtype_to_descr(dtype))
    except (TypeError, ValueError):
        return False
    return back == dtype and back.isalignedstruct == dtype.isalignedstruct


def _npy(array: NDArray[np.generic]) -> bytes:
    import numpy as np

    sink = io.BytesIO()
    np.lib.format.write_array(sink, array, version=_version(array.dtype), allow_pickle=False)
    return sink.getvalue()


def _version(dtype: np.dtype[np.generic]) -> tuple[int, int]:
    """The format that holds the names of its fields; numpy warns where it chooses one itself."""
    from numpy.lib import format as npy

    names = repr(npy.dtype_to_descr(dtype))
    if not all(ord(letter) < 256 for letter in names):
        return 3, 0
    return (1, 0) if len(names) < _LONG_HEAD else (2, 0)


def _array(part: JSON, pieces: Pieces) -> NDArray[np.generic]:
    reader = pieces.open(part)
    try:
        import numpy  # noqa: F401 - is it there?
    except ModuleNotFoundError as error:
        raise needs("numpy", "a numpy array") from error
    found = _read(reader)
    reader.finish()
    return found


def _read(reader: BlobReader) -> NDArray[np.generic]:
    """Read an array straight into memory of its own.

    numpy reads by pieces, which takes several times longer, and gives a view, which cannot be resized.
    """
    import numpy as np
    from numpy.lib import format as npy

    start = reader.read(8)
    if start not in (npy.magic(1, 0), npy.magic(2, 0)):  # a type with names that are no Latin-1, which are rare
        found: NDArray[np.generic] = npy.read_array(io.BytesIO(start + reader.read()), allow_pickle=False)
        return found.copy(order="K")
    read_header = npy.read_array_header_1_0 if start[6] == 1 else npy.read_array_header_2_0
    shape, by_columns, dtype = read_header(reader)
    size = dtype.itemsize * math.prod(shape)
    if dtype.hasobject or size != reader.left_bytes:
        raise ValueError("its array is not as its head says")
    array: NDArray[np.generic] = np.empty(shape, dtype, order="F" if by_columns else "C")
    if size:
        reader.readinto((array.T if by_columns else array).reshape(-1).view(np.uint8).data)
    return array


def needs(package: str, what: str) -> EncodingError:
    """The error for a value whose package is not there."""
    return EncodingError(
        f"A stored value is {what}, and {package} is not installed here.",
        saved="What is stored is unchanged.",
        hint=f"Install it: pip install {package}.",
    )


ARRAYS: tuple[Codec, ...] = (_ArrayCodec(), _ScalarCodec(), _DtypeCodec())
