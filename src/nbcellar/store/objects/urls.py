"""Files at a URL, brought here to be read: the bytes behind a task's ``--in URL``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from blake3 import blake3

from nbcellar.errors import NotFoundError, Unreachable, UnsafeError
from nbcellar.lightclasses import dataclass
from nbcellar.model import Digest

READABLE = frozenset({"file", "http", "https", "s3", "gs", "gcs", "abfs", "abfss", "az", "memory", "ftp", "sftp"})
_PART_BYTES = 4 * 2**20
_SILENCE_S = 60
"""A server that says nothing for so long is given up."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was at a URL.

    Attributes:
        path: A read-only copy; the same content has the same path.
    """

    path: Path
    digest: Digest
    size_bytes: int


def fetch(url: str, cache: Path) -> Fetched:
    """Bring a file here.

    Args:
        url: Of one file, for fsspec.
        cache: A folder for copies; made where it is not there.

    Raises:
        UnsafeError: The protocol is not for single files from outside, or the URL holds a password.
        NotFoundError: Nothing is there.
        Unreachable: It could not be read.
    """
    _refuse(url)
    cache.mkdir(parents=True, exist_ok=True)
    part = cache / f".part-{os.getpid()}-{os.urandom(4).hex()}"
    try:
        with _opened(url) as source, open(part, "xb") as target:
            digest = _copy(source, target)
    except FileNotFoundError as error:
        part.unlink(missing_ok=True)
        raise NotFoundError(f"There is nothing at {url}.") from error
    except Exception as error:  # every protocol has errors of its own
        part.unlink(missing_ok=True)
        raise Unreachable(
            f"{url} could not be read: {type(error).__name__}: {error}.",
            saved="Nothing was kept of it.",
            hint="Try it in a browser, or download the file and name that.",
        ) from error
    folder = cache / digest.hex()
    folder.mkdir(exist_ok=True)
    path = folder / _base_name(url)
    part.chmod(0o444)
    part.rename(path)
    return Fetched(path, digest, path.stat().st_size)


def _refuse(url: str) -> None:
    protocol = url.partition("://")[0]
    if "::" in url or protocol not in READABLE:
        raise UnsafeError(f"{url} is not read: {protocol!r} is no protocol for inputs.", hint="Download it yourself.")
    if re.search(r"://[^/@\s]*:[^/@\s]*@", url):
        raise UnsafeError("The URL holds a password.", hint="Let the file system's own mechanism find credentials.")


def _opened(url: str) -> AbstractContextManager[object]:
    """The file, to be read once from front to back."""
    if url.startswith(("http://", "https://")):  # the standard library can; fsspec would need aiohttp
        return _from_web(url)
    import fsspec  # costs 60 ms: only where a URL is read

    opened: AbstractContextManager[object] = fsspec.open(url, "rb")
    return opened


@contextmanager
def _from_web(url: str) -> Iterator[object]:
    from urllib.error import HTTPError  # here, since few tasks read a URL
    from urllib.request import Request, urlopen

    try:
        answer = urlopen(Request(url, headers={"User-Agent": "nbcellar"}), timeout=_SILENCE_S)
    except HTTPError as error:
        with error:
            if error.code in (404, 410):
                raise FileNotFoundError(url) from error
            raise
    with answer:
        yield answer


def _copy(source: object, target: object) -> Digest:
    hasher = blake3()
    read, write = getattr(source, "read"), getattr(target, "write")  # noqa: B009  fsspec's files have no type
    while data := read(_PART_BYTES):
        hasher.update(data)
        write(data)
    return Digest(hasher.digest())


def _base_name(url: str) -> str:
    name = re.split(r"[?#]", url)[0].rstrip("/").rpartition("/")[2]
    return re.sub(r"[^\w.+-]", "_", name)[:200] or "file"
