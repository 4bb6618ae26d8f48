"""HDF5 files as nested dicts of arrays, and back. What would read another file, or fill the memory, is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO

from nbcellar.assets.display import size_text

if TYPE_CHECKING:
    import h5py

RATIO = 1000
FREE_BYTES = 64 * 2**20
"""So much may any file hold unpacked; beyond it, at most `RATIO` times its size."""


def load_hdf5(file: BinaryIO) -> dict[str, object]:
    """Groups as dicts, datasets as arrays, single values and texts as such; attributes are left out.

    Raises:
        ValueError: It is no HDF5, links to other files or to itself, or holds what no array can.
    """
    import h5py

    size_bytes = file.seek(0, 2)
    try:
        with h5py.File(file, "r") as opened:
            return _group(opened, (), RATIO * size_bytes + FREE_BYTES)
    except (OSError, KeyError, RuntimeError) as error:
        raise ValueError(str(error)) from error


def dump_hdf5(value: object, file: BinaryIO) -> None:
    """Write a dict of arrays, numbers, texts and dicts of such.

    Raises:
        TypeError: It is something else.
    """
    import h5py

    if not isinstance(value, Mapping) or not value:
        raise TypeError("it is no dict of arrays")
    with h5py.File(file, "w") as opened:
        _write(opened, value, "")


def _group(group: h5py.Group, above: tuple[object, ...], most_bytes: int) -> dict[str, object]:
    import h5py

    if group.id in above:
        raise ValueError(f"{group.name!r} contains itself")
    found: dict[str, object] = {}
    for name in group:
        if isinstance(group.get(name, getlink=True), h5py.ExternalLink):
            raise ValueError(f"{name!r} links to another file")
        member = group[name]
        if isinstance(member, h5py.Group):
            found[name] = _group(member, (*above, group.id), most_bytes)
        elif isinstance(member, h5py.Dataset):
            found[name] = _dataset(member, most_bytes)
        else:
            raise ValueError(f"{name!r} is neither a group nor an array")
    return found


def _dataset(dataset: h5py.Dataset, most_bytes: int) -> object:
    import h5py

    if dataset.external or dataset.is_virtual:
        raise ValueError(f"{dataset.name!r} lies in another file")
    if dataset.nbytes > most_bytes:
        raise ValueError(f"{dataset.name!r} would take {size_text(int(dataset.nbytes))}, far more than its file")
    if h5py.check_string_dtype(dataset.dtype):
        text = dataset.asstr()[()]
        return text.tolist() if hasattr(text, "tolist") else text
    if dataset.dtype.hasobject:
        raise ValueError(f"{dataset.name!r} holds {dataset.dtype}, which is no plain array")
    value: object = dataset[()]
    return value.item() if dataset.shape == () and hasattr(value, "item") else value


def _write(group: h5py.Group, values: Mapping[object, object], above: str) -> None:
    import numpy as np

    for name, value in values.items():
        place = f"{above}/{name}"
        if not isinstance(name, str) or not name or "/" in name or name in (".", ".."):
            raise TypeError(f"{name!r} cannot be a name in it")
        if isinstance(value, Mapping):
            _write(group.create_group(name), value, place)
            continue
        array = np.asarray(value)
        if array.dtype.kind == "U":
            group.create_dataset(name, data=array.astype(object), dtype=_text())
        elif array.dtype.kind in "OMm":
            raise TypeError(f"{place} is {type(value).__name__}, and no array of numbers or texts")
        else:
            group.create_dataset(name, data=array)


def _text() -> object:
    import h5py

    return h5py.string_dtype()
