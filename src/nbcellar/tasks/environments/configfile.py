"""The configuration file of an environment, in YAML."""

from __future__ import annotations

from pathlib import Path

from nbcellar.errors import UsageError


def read_config(path: Path) -> dict[object, object]:
    """What the file says; nothing where it is empty.

    Raises:
        UsageError: It is no YAML, or no mapping.
    """
    import yaml  # here, since most environments have no configuration

    try:
        found = yaml.load(path.read_bytes(), yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise UsageError(f"The configuration {path} is no YAML: {error}.") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise UsageError(f"The configuration {path} is a {type(found).__name__}, where names with values should be.")
    return found
