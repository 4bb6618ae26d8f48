"""Settings, where they come from, and where the project is.

Highest first: an option of the command, what ``%config Cellar`` set in this session, ``NBCELLAR_*``, ``nbcellar.toml``
or ``[tool.nbcellar]`` in ``pyproject.toml`` of the project, ``jupyter_cellar_config.py``, the default. Credentials are
never among them.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbcellar.errors import UnsafeError, UsageError, did_you_mean
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON

STORE_FOLDER = ".cellar"
PROJECT_MARKS = ("pyproject.toml", "nbcellar.toml", ".git")
DEFAULT = "default"
SESSION = "%config"


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, with its default.

    Attributes:
        store_url: Where packs and journal lie; empty for ``.cellar`` in the project's folder.
        catalogue_url: Where the catalogue lies; empty for the SQLite file beside a local store.
        project: The project's name; empty for its folder's name.
        match: What a task keeps where it does not say.
        ignore: Further ignore rules, as lines of a ``.cellarignore``.
        max_file_bytes: A larger file is refused; 0 for no limit.
        soft_limit_bytes: A card speaks of disk use from here on.
        summary: What follows a cell: ``card``, ``line`` or ``off``.
        trash_days: How long what was removed can be put back.
        workdir: Where task cells run: ``here`` or ``fresh``.
        allowed_types: Names that ``type:`` in a workflow file may import, or ``package.*``; never read from a project's
            own files, since a project that came from somewhere else could then allow itself anything.
        kernels: How a workflow's kernels begin: ``forked`` where that is safe, or always ``cold``.
        processes: How many calls that this process submitted run at once; 0 for one a core.
        workers: When a second process helps with thousands of small files: while a processor is ``idle``, ``always`` or
            ``never``.
    """

    store_url: str = ""
    catalogue_url: str = ""
    project: str = ""
    match: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    max_file_bytes: int = 0
    soft_limit_bytes: int = 20 * 2**30
    summary: str = "card"
    trash_days: int = 14
    workdir: str = "here"
    allowed_types: tuple[str, ...] = ()
    kernels: str = "forked"
    processes: int = 0
    workers: str = "idle"


NAMES: tuple[str, ...] = Settings.__match_args__
OWN = frozenset({"allowed_types"})
"""What only the user's own settings can say."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "summary": ("card", "line", "off"),
    "workdir": ("here", "fresh"),
    "kernels": ("forked", "cold"),
    "workers": ("idle", "always", "never"),
}

Value = str | int | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it stands.

    Attributes:
        source: Who said so: ``default``, ``%config``, an environment variable, or a file.
    """

    name: str
    value: Value
    source: str


def project_folder(start: Path) -> Path:
    """The nearest folder upward with ``.cellar``; else with a project file or ``.git``; else ``start`` itself."""
    start = start.resolve()
    line = (start, *start.parents)
    for folder in line:
        if os.path.isdir(folder / STORE_FOLDER):
            return folder
    for folder in line:
        if any(os.path.exists(folder / mark) for mark in PROJECT_MARKS):
            return folder
    return start


def load(home: Path) -> Settings:
    """The settings of the project in ``home``, from every source. Cheap enough to ask before each task.

    Raises:
        UsageError: A file or variable holds what no setting can be; the message names the source.
        UnsafeError: A URL holds a password.
    """
    found = {setting.name: setting.value for setting in explain(home)}
    return Settings(**found)  # type: ignore[arg-type]  # _checked gave each the type of its default


def explain(home: Path) -> list[Setting]:
    """Every setting with its value and where that came from.

    Raises:
        UsageError: As for `load`.
        UnsafeError: As for `load`.
    """
    standing = {name: Setting(name, _default(name), DEFAULT) for name in NAMES}
    for source, values in _sources(home):
        for name, value in values.items():
            standing[name] = Setting(name, checked(name, value, source), source)
    return list(standing.values())


def set_for_session(name: str, value: JSON) -> None:
    """Let this process use a value, whatever variables and files say; None takes that back.

    Raises:
        UsageError: There is no such setting, or it cannot be that.
    """
    if value is None:
        _session.pop(name, None)
    else:
        _session[name] = checked(name, value, SESSION)


_session: dict[str, Value] = {}


def config_files(home: Path) -> list[Path]:
    """Every file that is looked for, highest first, whether it is there or not."""
    return [home / "nbcellar.toml", home / "pyproject.toml", *_jupyter_files()]


def _sources(home: Path) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Lowest first."""
    for path in reversed(_jupyter_files()):
        if os.path.isfile(path):  # False, too, where we may not look
            yield str(path), _remembered(path)
    for path in (home / "pyproject.toml", home / "nbcellar.toml"):
        if os.path.isfile(path):
            yield str(path), _without_own(path, _remembered(path))
    for name in NAMES:
        text = os.environ.get(f"NBCELLAR_{name.upper()}")
        if text is not None:
            yield f"NBCELLAR_{name.upper()}", {name: _from_variable(name, text)}
    yield SESSION, _session


def _without_own(path: Path, values: Mapping[str, object]) -> Mapping[str, object]:
    for name in values:
        if name in OWN:
            raise UnsafeError(
                f"{path} sets {name}, which only your own settings may say, not a project's file.",
                hint=f"If you trust it, set NBCELLAR_{name.upper()}, or c.Cellar.{name} in jupyter_cellar_config.py.",
            )
    return values


def _from_variable(name: str, text: str) -> object:
    if not isinstance(_default(name), tuple):
        return text
    if not text.startswith("["):
        return text.splitlines()
    import json  # here, since starting should be quick and lists in variables are rare

    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(f"NBCELLAR_{name.upper()} is no JSON list: {error}.") from error


def _jupyter_files() -> list[Path]:
    """``jupyter_cellar_config.py`` where Jupyter looks for it, highest first; jupyter_core itself is slow to import."""
    if os.environ.get("JUPYTER_NO_CONFIG"):
        return []
    own = os.environ.get("JUPYTER_CONFIG_DIR")
    folders = [Path(own) if own else Path.home() / ".jupyter"]
    folders += [Path(part) for part in os.environ.get("JUPYTER_CONFIG_PATH", "").split(os.pathsep) if part]
    folders += [Path(sys.prefix) / "etc/jupyter", Path("/usr/local/etc/jupyter"), Path("/etc/jupyter")]
    return [folder / "jupyter_cellar_config.py" for folder in dict.fromkeys(folders)]


_files: dict[Path, tuple[int, int, Mapping[str, object]]] = {}


def _remembered(path: Path) -> Mapping[str, object]:
    status = path.stat()
    known = _files.get(path)
    if known is None or known[:2] != (status.st_mtime_ns, status.st_size):
        from nbcellar.configfiles import read_file  # here, since starting should be quick

        known = (status.st_mtime_ns, status.st_size, read_file(path))
        _files[path] = known
    return known[2]


def _default(name: str) -> Value:
    value: Value = getattr(Settings(), name)
    return value


def checked(name: str, value: object, source: str) -> Value:
    """The value in its setting's own type.

    Args:
        source: Who said so, for the message.

    Raises:
        UsageError: There is no such setting, or it cannot be that.
        UnsafeError: It is a URL that holds a password.
    """
    if name not in NAMES:
        raise UsageError(
            f"{source} sets {name!r}, which is no setting of nbcellar.",
            hint=did_you_mean(name, NAMES) or f"There are {', '.join(NAMES)}.",
        )
    if name.endswith("_url") and isinstance(value, str) and re.search(r"://[^/@\s]*:[^/@\s]*@", value):
        raise UnsafeError(
            f"{name} from {source} holds a password.",
            hint="Take it out; the file system's and database's own mechanisms find credentials.",
        )
    match _default(name):
        case str() if isinstance(value, str) and value in CHOICES.get(name, (value,)):
            return value
        case tuple() if isinstance(value, str):
            return (value,)
        case tuple() if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
            return tuple(value)
        case int() if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        case int() if isinstance(value, str) and (number := _number(value, name.endswith("_bytes"))) is not None:
            return number
    wanted = _wanted(name)
    raise UsageError(f"{name} from {source} is {value!r}; it must be {wanted}.")


def _wanted(name: str) -> str:
    if name in CHOICES:
        return " or ".join(repr(choice) for choice in CHOICES[name])
    match _default(name):
        case tuple():
            return "a list of texts"
        case str():
            return "a text"
        case _:
            return "a size such as 500 or '20GB'" if name.endswith("_bytes") else "a number, 0 or more"


UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}


def _number(text: str, sized: bool) -> int | None:
    if sized:
        return parse_size(text)
    return int(text) if text.isascii() and text.isdigit() else None


def parse_size(text: str) -> int | None:
    """Bytes in ``500``, ``20GB``, ``1.5 GiB``; None where it is no size."""
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?i?)b?\s*", text.lower())
    if not match or match[2] not in UNITS:
        return None
    return int(float(match[1]) * UNITS[match[2]])
