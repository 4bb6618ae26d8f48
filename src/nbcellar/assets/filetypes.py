"""Objects from files and into them, by the file's ending: ``load("train/m.yaml")``, ``dump(obj, "m.yaml")``.

A registry that users extend; heavy libraries are imported only by the type that needs them. Nothing is unpickled.
"""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path, PurePosixPath

from nbcellar.assets.assetentry import AssetEntry
from nbcellar.assets.builtintypes import BUILT_IN
from nbcellar.assets.display import visible
from nbcellar.assets.filetype import FileType
from nbcellar.errors import EncodingError, NbcellarError, NotFoundError, UsageError, did_you_mean
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.reference import Ref

if TYPE_CHECKING:
    from nbcellar.store import Cellar


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


_types: dict[str, FileType] = {}
for _kind in BUILT_IN:
    register_type(_kind)
