"""The types of files that come with nbcellar; each imports its library when a file of it is read or written."""

from __future__ import annotations

import json

from nbcellar.assets.filetype import FileType
from nbcellar.lighttypes import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import pandas as pd


def _load_text(file: BinaryIO) -> object:
    return file.read().decode()


def _dump_text(value: object, file: BinaryIO) -> None:
    if not isinstance(value, str):
        raise TypeError("it is no text")
    file.write(value.encode())


def _load_json(file: BinaryIO) -> object:
    return json.load(file)


def _dump_json(value: object, file: BinaryIO) -> None:
    _check_keys(value)
    file.write(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n")


def _check_keys(value: object) -> None:
    """JSON turns numbers that are keys into texts, of which a dict may hold one already.

    Raises:
        TypeError: It does.
    """
    seen, waiting = set[int](), [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict | list | tuple) and id(one) not in seen:
            seen.add(id(one))
            waiting.extend(one.values() if isinstance(one, dict) else one)
            for key in one if isinstance(one, dict) else ():
                if type(key) in (int, float) and str(key) in one:
                    raise TypeError(f"{key!r} and {str(key)!r} would be one key")


def _load_yaml(file: BinaryIO) -> object:
    import yaml

    try:
        return yaml.safe_load(file)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _dump_yaml(value: object, file: BinaryIO) -> None:
    import yaml

    try:
        file.write(yaml.safe_dump(value, sort_keys=False, allow_unicode=True).encode())
    except yaml.YAMLError as error:
        raise TypeError(": ".join(map(str, error.args))) from error


def _load_csv(file: BinaryIO) -> object:
    import pandas as pd

    return pd.read_csv(file)


def _dump_csv(value: object, file: BinaryIO) -> None:
    frame = _frame(value)
    numbered = frame.index.nlevels == 1 and frame.index.name is None and frame.index.dtype.kind in "iu"
    frame.to_csv(file, index=not numbered)  # numbers of rows say nothing, any other index does


def _load_parquet(file: BinaryIO) -> object:
    import pandas as pd

    return pd.read_parquet(file)


def _dump_parquet(value: object, file: BinaryIO) -> None:
    _frame(value).to_parquet(file)


def _load_npy(file: BinaryIO) -> object:
    import numpy as np

    return np.lib.format.read_array(file, allow_pickle=False)


def _dump_npy(value: object, file: BinaryIO) -> None:
    import numpy as np

    np.save(file, np.asarray(value), allow_pickle=False)


def _load_npz(file: BinaryIO) -> object:
    import zipfile

    import numpy as np

    if not zipfile.is_zipfile(file):
        raise ValueError("it is no whole ZIP archive")
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def _dump_npz(value: object, file: BinaryIO) -> None:
    import zipfile

    import numpy as np

    if not isinstance(value, dict):
        raise TypeError("it is no dict of arrays")
    # Not np.savez: its own parameters would shadow arrays called `file` or `allow_pickle`.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, one in value.items():
            if not isinstance(name, str) or not name:
                raise TypeError(f"{name!r} cannot be a name in it")
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(one), allow_pickle=False)


def _load_hdf5(file: BinaryIO) -> object:
    from nbcellar.assets.hdf5 import load_hdf5

    return load_hdf5(file)


def _dump_hdf5(value: object, file: BinaryIO) -> None:
    from nbcellar.assets.hdf5 import dump_hdf5

    dump_hdf5(value, file)


def _load_image(file: BinaryIO) -> object:
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(file)
    except UnidentifiedImageError:
        raise ValueError("it is no picture that Pillow knows") from None
    image.load()
    return image


def _dump_png(value: object, file: BinaryIO) -> None:
    _save_image(value, file, "PNG")


def _dump_jpeg(value: object, file: BinaryIO) -> None:
    _save_image(value, file, "JPEG")


def _save_image(value: object, file: BinaryIO, form: str) -> None:
    from PIL import Image

    if not isinstance(value, Image.Image):
        raise TypeError("it is no Pillow image")
    value.save(file, form)


def _load_bytes(file: BinaryIO) -> object:
    return file.read()


def _dump_bytes(value: object, file: BinaryIO) -> None:
    if not isinstance(value, bytes):
        raise TypeError("it is no bytes")
    file.write(value)


def _frame(value: object) -> pd.DataFrame:
    import pandas as pd

    if not isinstance(value, pd.DataFrame):
        raise TypeError("it is no DataFrame")
    return value


BUILT_IN = (
    FileType("text", (".txt", ".md", ".rst", ".log", ".html", ".py", ".sql", ".toml", ".svg"), _load_text, _dump_text),
    FileType("JSON", (".json", ".ipynb"), _load_json, _dump_json),
    FileType("YAML", (".yaml", ".yml"), _load_yaml, _dump_yaml),
    FileType("CSV", (".csv",), _load_csv, _dump_csv),
    FileType("Parquet", (".parquet",), _load_parquet, _dump_parquet),
    FileType("a numpy array", (".npy",), _load_npy, _dump_npy),
    FileType("numpy arrays", (".npz",), _load_npz, _dump_npz),
    FileType("HDF5", (".h5", ".hdf5", ".he5"), _load_hdf5, _dump_hdf5),
    FileType("a PNG image", (".png",), _load_image, _dump_png),
    FileType("a JPEG image", (".jpg", ".jpeg"), _load_image, _dump_jpeg),
    FileType("bytes", (".bin", ".dat"), _load_bytes, _dump_bytes),
)
