"""Settings, where they come from, and where the project is.

Highest first: an option of the command, ``NBCELLAR_*``, ``nbcellar.toml`` or ``[tool.nbcellar]`` of the project,
``jupyter_cellar_config.py``, the default. Credentials are never among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

STORE_FOLDER = ".cellar"


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


def project_folder(start: Path) -> Path:
    """The nearest folder upward with ``.cellar``; else with ``pyproject.toml`` or ``.git``; else ``start`` itself."""
    start = start.resolve()
    line = (start, *start.parents)
    for folder in line:
        if (folder / STORE_FOLDER).is_dir():
            return folder
    for folder in line:
        if (folder / "pyproject.toml").is_file() or (folder / ".git").exists():
            return folder
    return start
