"""Where a cellar lies: two URLs that travel together, and the local folder beside them."""

from __future__ import annotations

import os
import re
from pathlib import Path

from blake3 import blake3

from nbcellar.errors import UsageError
from nbcellar.model import Address
from nbcellar.settings import STORE_FOLDER, Settings, project_folder
from nbcellar.store.objects.local import is_writable

_PLAIN = "/[A-Za-z0-9_.~/-]*"
_PROTOCOLS = ("file", "memory", "s3", "gs", "abfs")


def address_of(start: Path, settings: Settings) -> Address:
    """The address that settings, environment and place together mean.

    Raises:
        UsageError: A URL holds a password or has a protocol that is not allowed.
    """
    store = os.environ.get("NBCELLAR_STORE_URL") or settings.store_url
    catalogue = os.environ.get("NBCELLAR_CATALOGUE_URL") or settings.catalogue_url
    return complete(store or str(project_folder(start) / STORE_FOLDER), catalogue)


def complete(store: str, catalogue: str = "") -> Address:
    """An address with both URLs in their full form.

    Raises:
        UsageError: A URL holds a password or has a protocol that is not allowed.
    """
    store_url = store if "://" in store else file_url(at_home(Path(store)).absolute())
    _check(store_url)
    if not catalogue:
        folder = local_folder(store_url)
        catalogue = f"sqlite:///{folder / 'catalogue.db'}"
    return Address(store_url, catalogue)


def at_home(path: Path, saved: str = "") -> Path:
    """A path whose ``~`` or ``~name`` is somebody's home.

    Args:
        saved: What is certain where it is nobody's.

    Raises:
        UsageError: It is nobody's.
    """
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise UsageError(f"{path} is in nobody's home: {path.parts[0]} is not known here.", saved=saved) from error


def file_url(path: Path) -> str:
    """The ``file:`` URL of an absolute path."""
    text = str(path)
    return f"file://{text}" if re.fullmatch(_PLAIN, text) else path.as_uri()


def _check(url: str) -> None:
    if _plain_path(url):
        return
    from urllib.parse import urlsplit  # here, as below: most stores lie at a path without a sign to escape

    parts = urlsplit(url)
    if parts.password is not None:
        raise UsageError(
            f"The store URL {parts.scheme}://…@{parts.hostname} holds a password.",
            hint="Leave it out: credentials come from fsspec's own configuration.",
        )
    if parts.scheme not in _PROTOCOLS:
        raise UsageError(
            f"A store cannot lie at {parts.scheme}://.", hint=f"Use one of {', '.join(_PROTOCOLS)}, or a folder."
        )


def local_path(store_url: str) -> Path | None:
    """The folder that a ``file:`` URL names; None for every other protocol."""
    if plain := _plain_path(store_url):
        return Path(plain)
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(store_url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _plain_path(url: str) -> str:
    """What a ``file:`` URL names, where it reads the same with and without escapes; else nothing."""
    path = url.removeprefix("file://")
    return path if path != url and re.fullmatch(_PLAIN, path) else ""


def local_folder(store_url: str) -> Path:
    """Where work, cache and rescue folders lie: the store itself, or a folder of the user's cache for a remote one."""
    return local_path(store_url) or user_folder(store_url)


def user_folder(store_url: str) -> Path:
    """A folder of the user's cache for one store."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "nbcellar" / blake3(store_url.encode()).hexdigest()[:16]


def writable_folder(store_url: str) -> Path:
    """The local folder; for a store that may only be read the user's, so that files can be restored from it."""
    folder = local_folder(store_url)
    return folder if not folder.is_dir() or is_writable(folder) else user_folder(store_url)


def catalogue_path(catalogue_url: str) -> Path:
    """The SQLite file of a catalogue URL.

    Raises:
        UsageError: It is no SQLite URL.
    """
    if not catalogue_url.startswith("sqlite:///"):
        raise UsageError(f"A catalogue cannot lie at {catalogue_url.partition(':')[0]}:.", hint="Use sqlite:///PATH.")
    return Path(catalogue_url.removeprefix("sqlite:///")).absolute()
