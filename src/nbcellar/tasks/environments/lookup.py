"""Finds an environment, or makes one, and points ``./current`` at it."""

from __future__ import annotations

import os
import time
import warnings
from pathlib import Path

from nbcellar.errors import ConflictError, NotFoundError, UsageError
from nbcellar.store.objects.ulid import new_ulid
from nbcellar.tasks.environments.environment import ENV_FILE, Environment

SYMLINK = "current"


def get_or_create_env(
    new: bool, env_name: Environment | str | os.PathLike[str] | None = None, symlink: bool = True
) -> Environment:
    """The environment that is meant.

    =====  ============  ==========================================================================================
    new    env_name
    =====  ============  ==========================================================================================
    any    Environment   that one
    True   a folder      a fresh one there; an ``env`` file that is there becomes a version and is replaced
    True   None          a fresh one in ``./enos_YYYY-mm-dd_HH-MM-SS``
    False  a folder      the one that was saved there
    False  None          the one that was saved in ``./current``
    =====  ============  ==========================================================================================

    Args:
        symlink: Whether ``./current`` points at an environment that is made now.

    Raises:
        NotFoundError: There is none.
        ConflictError: There is a file where the folder should be, or somebody saves there now.
        UsageError: `env_name` is none of these.
        UnsafeError, CorruptDataError, FormatTooNewError: It cannot be read.
    """
    if isinstance(env_name, Environment):
        return env_name
    if env_name is not None and not isinstance(env_name, str | os.PathLike):
        raise UsageError(
            f"You must pass an Environment or a Path or string path or None, not a {type(env_name).__name__}."
        )
    if not new:
        return _load(SYMLINK if env_name is None else env_name)
    env = _create(_unused() if env_name is None else Path(env_name))
    if symlink:
        _point_at(env.env_name)
    return env


def _load(folder: str | os.PathLike[str]) -> Environment:
    try:
        return Environment.load_from_file(Path(folder) / ENV_FILE)
    except NotFoundError as error:
        if os.fspath(folder) != SYMLINK:
            raise
        raise NotFoundError(
            error.message, hint=f"Name an environment, or make one with new=True: ./{SYMLINK} then points at it."
        ) from error


def _create(folder: Path) -> Environment:
    if folder.is_file():
        raise ConflictError(f"Already existing {folder}, not overwriting.", saved="It is unchanged.", hint="Remove it.")
    env = Environment(folder)
    env.dump()
    return env


def _unused() -> Path:
    """A name by the time; two that are made in one second do not meet."""
    name = time.strftime("enos_%Y-%m-%d_%H-%M-%S")
    for place in range(1, 10_000):
        folder = Path(name if place == 1 else f"{name}-{place}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise ConflictError(f"There are too many environments that begin with {name}.")


def _point_at(folder: Path) -> None:
    """Let ``./current`` be a link to the folder; what is no link is never replaced."""
    link = Path(SYMLINK)
    if link.exists() and not link.is_symlink():
        warnings.warn(f"./{SYMLINK} is no link, so it was left as it is and does not point at {folder}.", stacklevel=4)
        return
    temporary = Path(f".{SYMLINK}.{new_ulid()}")
    try:
        temporary.symlink_to(folder)
        temporary.replace(link)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        warnings.warn(f"./{SYMLINK} could not be set to {folder}: {error.strerror}.", stacklevel=4)
