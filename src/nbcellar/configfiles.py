"""Files that hold settings: TOML of a project, Python of Jupyter's own configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nbcellar.errors import UsageError


def read_file(path: Path) -> Mapping[str, object]:
    """What a file sets, unchecked.

    Raises:
        UsageError: It cannot be read, or is not what its ending says.
    """
    return _read_python(path) if path.suffix == ".py" else _read_toml(path)


def _read_toml(path: Path) -> Mapping[str, object]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.") from error
    whole = path.name == "nbcellar.toml"
    if not text.strip() or (not whole and "nbcellar" not in text):
        return {}
    import tomllib  # here, since most projects have no settings and starting should be quick

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is no TOML: {error}.") from error
    if not whole:
        tool = document.get("tool", {})
        document = tool.get("nbcellar", {}) if isinstance(tool, dict) else {}
    return {name: _beside(path, name, value) for name, value in document.items()}


def _beside(path: Path, name: str, value: object) -> object:
    """A relative store path in a project's file means: from that file."""
    plain = name.endswith("_url") and isinstance(value, str) and value and "://" not in value
    return str(path.parent / str(value)) if plain else value


def _read_python(path: Path) -> Mapping[str, object]:
    from traitlets.config.loader import PyFileConfigLoader  # here, since it costs more than all else here

    try:
        config = PyFileConfigLoader(path.name, str(path.parent)).load_config()
    except Exception as error:  # it is the user's Python, anything can come out of it
        raise UsageError(f"{path} cannot be read: {type(error).__name__}: {error}.") from error
    return dict(config.get("Cellar", {}))
