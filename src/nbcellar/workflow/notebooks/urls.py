"""Papermill's reading and writing at URLs that it has no handler of its own for: whatever fsspec can open.

Papermill loads these while it is being imported, so nothing is imported here before it is used.
"""

from __future__ import annotations

import inspect
from pathlib import Path


class UrlHandler:
    """Notebooks at ``memory://``, ``sftp://``, ``zip://….ipynb::file://….zip`` and the like."""

    @classmethod
    def read(cls, path: str) -> str:
        """The text of a notebook."""
        import fsspec

        with fsspec.open(path, "rb") as file:
            return bytes(file.read()).decode()

    @classmethod
    def write(cls, buf: str, path: str) -> None:
        """Write a notebook in one piece; a local file is replaced as a whole."""
        from fsspec.core import url_to_fs
        from fsspec.implementations.local import LocalFileSystem

        from nbcellar.workflow.notebooks.saving import replace_file

        filesystem, where = url_to_fs(path)
        content = buf.encode("utf-8", "surrogatepass")
        if isinstance(filesystem, LocalFileSystem):
            replace_file(Path(where), content)
        else:
            filesystem.pipe_file(where, content)

    @classmethod
    def listdir(cls, path: str) -> list[str]:
        """The URLs of what lies in a folder."""
        from fsspec.core import url_to_fs

        filesystem, where = url_to_fs(path)
        return [str(filesystem.unstrip_protocol(name)) for name in filesystem.ls(where, detail=False)]

    @classmethod
    def pretty_path(cls, path: str) -> str:
        """How messages name it: without the password that may stand in it."""
        scheme, separator, rest = path.partition("://")
        login, at, place = rest.partition("@")
        if not separator or not at or "/" in login:
            return path
        return f"{scheme}://{login.partition(':')[0]}@{place}"


class S3Handler(UrlHandler):
    """``s3://`` by papermill's own way where boto3 is installed, else through fsspec (s3fs)."""

    @classmethod
    def read(cls, path: str) -> str:
        """The text of a notebook."""
        from papermill import iorw

        return str(iorw.S3Handler.read(path)) if inspect.isclass(iorw.S3) else super().read(path)

    @classmethod
    def write(cls, buf: str, path: str) -> None:
        """Write a notebook."""
        from papermill import iorw

        if inspect.isclass(iorw.S3):
            iorw.S3Handler.write(buf, path)
        else:
            super().write(buf, path)

    @classmethod
    def listdir(cls, path: str) -> list[str]:
        """The URLs of what lies in a folder."""
        from papermill import iorw

        return list(iorw.S3Handler.listdir(path)) if inspect.isclass(iorw.S3) else super().listdir(path)
