"""Objects from files and into them, by the file's ending: ``load("train/m.yaml")``, ``dump(obj, "m.yaml")``.

A registry that users extend; heavy libraries are imported only by the type that needs them. Nothing is unpickled.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from nbcellar.assets.assetentry import AssetEntry
from nbcellar.assets.display import visible
from nbcellar.errors import EncodingError, UsageError, did_you_mean
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import TYPE_CHECKING, BinaryIO, TypeAlias
from nbcellar.model import Ref

if TYPE_CHECKING:
    import pandas as pd

    from nbcellar.store import Cellar

Load: TypeAlias = Callable[[BinaryIO], object]
Dump: TypeAlias = Callable[[object, BinaryIO], None]


@dataclass(frozen=True, slots=True)
class FileType:
    """How files of some endings become objects, and objects such files.

    Attributes:
        endings: Each with its dot, in lower case.
        load: Reads an object from a binary file.
        dump: Writes one; raises TypeError for what the type cannot hold.
    """

    name: str
    endings: tuple[str, ...]
    load: Load
    dump: Dump


def register_type(kind: FileType) -> None:
    """Let `load` and `dump` know a type; it goes before an earlier one of the same ending.

    Raises:
        UsageError: An ending has no dot, or is not in lower case.
    """
    for ending in kind.endings:
        if not ending.startswith(".") or ending != ending.lower():
            raise UsageError(f"{ending!r} is no ending.", hint="Write '.csv': a dot, then lower case.")
        _types[ending] = kind


def load(source: str | os.PathLike[str], *, ending: str = "", cellar: Cellar | None = None) -> object:
    """The object in a file: of an asset, by reference, or any other on this machine.

    Args:
        source: ``train@3/m.yaml``, an `AssetEntry`, or a path, as ``Path("m.yaml")`` or ``"./m.yaml"``.
        ending: Read it as a file of this ending, ``".txt"``, whatever its own is.

    Raises:
        NotFoundError: There is no such file.
        UsageError: Its ending stands for no type.
        EncodingError: It does not hold what its ending says, or the library for it is not installed.
    """
    if isinstance(source, str) and not source.startswith(("/", "./", "../")):
        from nbcellar.assets.lookup import entry
        from nbcellar.store import current

        source = entry(Ref.parse(source), cellar or current())
    name = source.path if isinstance(source, AssetEntry) else os.fspath(source)
    kind = _type_of(f"x{ending}" if ending else name)
    with source.open("rb") if isinstance(source, AssetEntry) else open(source, "rb") as file:
        assert not isinstance(file, io.TextIOWrapper)
        try:
            return kind.load(file)
        except ImportError as error:
            raise EncodingError(f"{visible(name)} is {kind.name}: {error}.", hint=_install(error)) from error
        except (ValueError, TypeError, UnicodeDecodeError) as error:
            raise EncodingError(f"{visible(name)} could not be read as {kind.name}: {error}.") from error


def dump(value: object, path: str | os.PathLike[str], *, ending: str = "") -> Path:
    """Write an object into a file, in the form that the file's ending says. The file appears whole or not at all.

    Args:
        value: What to write.
        path: Where to; folders are made.
        ending: Write it as a file of this ending, ``".txt"``, whatever its own is.

    Returns:
        The path.

    Raises:
        UsageError: The ending stands for no type.
        EncodingError: The type cannot hold the object, or the library for it is not installed.
    """
    target = Path(path)
    kind = _type_of(f"x{ending}" if ending else target.name)
    buffer = io.BytesIO()
    try:
        kind.dump(value, buffer)
    except ImportError as error:
        saved = f"{target} is as it was."
        raise EncodingError(f"{target.name} is {kind.name}: {error}.", saved=saved, hint=_install(error)) from error
    except (ValueError, TypeError, AttributeError, OverflowError) as error:
        raise EncodingError(
            f"{type(value).__name__} could not be written as {kind.name}: {error}.", saved=f"{target} is as it was."
        ) from error
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(buffer.getvalue())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _install(error: ImportError) -> str:
    return f"pip install {error.name}" if error.name else ""


def _type_of(name: str) -> FileType:
    suffixes = PurePosixPath(name.lower()).suffixes
    for start in range(len(suffixes)):
        ending = "".join(suffixes[start:])
        if ending in _types:
            return _types[ending]
    last = suffixes[-1] if suffixes else ""
    raise UsageError(
        f"The ending of {visible(name)!r} stands for no type.",
        hint=did_you_mean(last, _types) or "Open the file itself, or teach a type with register_type.",
    )


def _load_text(file: BinaryIO) -> object:
    return file.read().decode()


def _dump_text(value: object, file: BinaryIO) -> None:
    if not isinstance(value, str):
        raise TypeError("it is no text")
    file.write(value.encode())


def _load_json(file: BinaryIO) -> object:
    return json.load(file)


def _dump_json(value: object, file: BinaryIO) -> None:
    file.write(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n")


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
        raise TypeError(str(error)) from error


def _load_csv(file: BinaryIO) -> object:
    import pandas as pd

    return pd.read_csv(file)


def _dump_csv(value: object, file: BinaryIO) -> None:
    _frame(value).to_csv(file, index=False)


def _load_parquet(file: BinaryIO) -> object:
    import pandas as pd

    return pd.read_parquet(file)


def _dump_parquet(value: object, file: BinaryIO) -> None:
    _frame(value).to_parquet(file)


def _load_npy(file: BinaryIO) -> object:
    import numpy as np

    return np.load(file, allow_pickle=False)


def _dump_npy(value: object, file: BinaryIO) -> None:
    import numpy as np

    np.save(file, np.asarray(value), allow_pickle=False)


def _load_npz(file: BinaryIO) -> object:
    import numpy as np

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
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(one), allow_pickle=False)


def _load_hdf5(file: BinaryIO) -> object:
    from nbcellar.assets.hdf5 import load_hdf5

    return load_hdf5(file)


def _dump_hdf5(value: object, file: BinaryIO) -> None:
    from nbcellar.assets.hdf5 import dump_hdf5

    dump_hdf5(value, file)


def _load_image(file: BinaryIO) -> object:
    from PIL import Image

    image = Image.open(file)
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


_types: dict[str, FileType] = {}
for _kind in (
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
):
    register_type(_kind)
