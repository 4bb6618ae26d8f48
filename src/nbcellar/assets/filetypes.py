"""Objects from files and into them, by the file's ending: ``load("train/m.yaml")``, ``dump(obj, "m.yaml")``.

A registry that users extend; heavy libraries are imported only by the type that needs them. Nothing is unpickled.
"""

from __future__ import annotations

import io
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from nbcellar.assets.assetentry import AssetEntry
from nbcellar.assets.display import visible
from nbcellar.errors import EncodingError, NbcellarError, NotFoundError, UsageError, did_you_mean
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import TYPE_CHECKING, BinaryIO, TypeAlias
from nbcellar.reference import Ref

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
        NotFoundError: There is no such asset, or no such file of it.
        UsageError: Its ending stands for no type, or nothing could be meant by it.
        EncodingError: It does not hold what its ending says, or the library for it is not installed.
        OSError: A file on this machine cannot be read, or is not there.
    """
    if not isinstance(source, str | os.PathLike):
        raise UsageError(f"{source!r:.60} is no file.", hint="Give a reference, an entry of an asset, or a path.")
    if isinstance(source, str) and not source.startswith(("/", "./", "../")):
        source = _entry_of(source, cellar)
    name = source.path if isinstance(source, AssetEntry) else os.fspath(source)
    kind = _type_of(f"x{ending}" if ending else name)
    with source.open("rb") if isinstance(source, AssetEntry) else open(source, "rb") as file:
        assert not isinstance(file, io.TextIOWrapper)
        try:
            return kind.load(file)
        except ImportError as error:
            raise EncodingError(f"{visible(name)} is {kind.name}: {error}.", hint=_install(error)) from error
        except (NbcellarError, MemoryError):
            raise
        except Exception as error:  # each library has kinds of its own for a file that is none of its
            raise EncodingError(f"{visible(name)} could not be read as {kind.name}: {_reason(error)}.") from error


def _entry_of(text: str, cellar: Cellar | None) -> AssetEntry:
    from nbcellar.assets.lookup import entry
    from nbcellar.store import current

    try:
        return entry(Ref.parse(text), cellar or current())
    except (NotFoundError, UsageError) as error:
        if "\0" in text or not Path(text).is_file():
            raise
        hint = f"Write './{text}' for the file in the current folder."
        raise type(error)(error.message, saved=error.saved, hint=hint) from error


def _reason(error: Exception) -> str:
    """What an exception says, in one line and without its stop."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def dump(value: object, path: str | os.PathLike[str], *, ending: str = "") -> Path:
    """Write an object into a file, in the form that the file's ending says. The file appears whole or not at all.

    Args:
        value: What to write.
        path: Where to; folders are made.
        ending: Write it as a file of this ending, ``".txt"``, whatever its own is.

    Returns:
        The path.

    Raises:
        UsageError: The ending stands for no type, or the path is that of a folder.
        EncodingError: The type cannot hold the object, or the library for it is not installed.
        OSError: The file cannot be written there; it is as it was.
    """
    if not isinstance(path, str | os.PathLike):
        raise UsageError(f"{path!r:.60} is no path.", hint="Give the path of the file that is to be written.")
    target = Path(path)
    kind = _type_of(f"x{ending}" if ending else target.name)
    buffer = io.BytesIO()
    try:
        kind.dump(value, buffer)
    except ImportError as error:
        saved = f"{target} is as it was."
        raise EncodingError(f"{target.name} is {kind.name}: {error}.", saved=saved, hint=_install(error)) from error
    except (NbcellarError, MemoryError):
        raise
    except Exception as error:  # each library has kinds of its own for a value that it does not take
        raise EncodingError(
            f"{type(value).__name__} could not be written as {kind.name}: {_reason(error)}.",
            saved=f"{target} is as it was.",
        ) from error
    if target.is_dir():
        raise UsageError(f"{target} is a folder.", saved="Nothing was written.", hint="Give the name of a file in it.")
    target.parent.mkdir(parents=True, exist_ok=True)
    _replace(Path(os.path.realpath(target)), buffer.getvalue())
    return target


def _replace(file: Path, content: bytes) -> None:
    """Write a file as a whole; one that is there keeps its mode, and so does what links to it."""
    temporary = file.with_name(f".nbcellar-{os.urandom(8).hex()}.tmp")  # the file's own name may be as long as any
    try:
        temporary.write_bytes(content)
        if file.exists():
            temporary.chmod(stat.S_IMODE(file.stat().st_mode))
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


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
