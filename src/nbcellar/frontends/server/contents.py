"""The drive as Jupyter contents, read-only: what makes every viewer of JupyterLab open an asset's files."""

from __future__ import annotations

import asyncio
import base64
import datetime
import json
import mimetypes
from typing import NoReturn, TypeAlias

from jupyter_server.services.contents.manager import AsyncContentsManager
from tornado.web import HTTPError

from nbcellar.assets.display import size_text
from nbcellar.errors import NbcellarError
from nbcellar.frontends.server.drive import Drive, Node
from nbcellar.model import JSON, Entry
from nbcellar.store import Cellar

MOST_BYTES = 50_000_000
Model: TypeAlias = "dict[str, JSON | datetime.datetime | list[Model]]"


class CellarContentsManager(AsyncContentsManager):
    """Answers jupyter_server's own contents handler from the drive; whatever writes is refused."""

    drive: Drive

    async def dir_exists(self, path: str) -> bool:
        """Whether a folder lies there."""
        return await self._is(path, file=False)

    async def file_exists(self, path: str = "") -> bool:
        """Whether a file lies there."""
        return await self._is(path, file=True)

    async def is_hidden(self, path: str) -> bool:
        """Nothing is: names that begin with a dot are files of an asset like others."""
        return False

    async def get(
        self,
        path: str,
        content: bool = True,
        type: str | None = None,  # noqa: A002 - jupyter_server passes it by this name
        format: str | None = None,  # noqa: A002
        require_hash: bool = False,
    ) -> Model:
        """A file or folder as Jupyter's model.

        Raises:
            HTTPError: It is not there, not of this type or format, or too large to be opened whole.
        """
        return await asyncio.to_thread(self._get, path, bool(content), type, format)

    def _get(self, path: str, content: bool, kind: str | None, form: str | None) -> Model:
        try:
            node = self.drive.node(path)
            if node.entry is None:
                return self._folder(node, content, kind)
            return self._file(node, node.entry, content, kind, form)
        except NbcellarError as error:
            raise HTTPError(404 if error.exit_code == 3 else 500, str(error)) from error

    async def _is(self, path: str, *, file: bool) -> bool:
        try:
            node = await asyncio.to_thread(self.drive.node, path)
        except NbcellarError:
            return False  # whatever the reason: nothing can be opened there
        return (node.entry is not None) is file

    def _folder(self, node: Node, content: bool, kind: str | None) -> Model:
        if kind not in (None, "directory"):
            raise HTTPError(400, f"{node.path} is a folder", reason="bad type")
        model = _model(node, "directory")
        if content:
            model["format"] = "json"
            model["content"] = [
                _model(child, "directory" if child.entry is None else _type_of(child.name))
                for child in self.drive.children(node)
            ]
        return model

    def _file(self, node: Node, entry: Entry, content: bool, kind: str | None, form: str | None) -> Model:
        if kind == "directory":
            raise HTTPError(400, f"{node.path} is a file", reason="bad type")
        assert node.place is not None
        model = _model(node, kind or _type_of(node.name))
        model["size"] = entry.size_bytes
        model["hash"], model["hash_algorithm"] = entry.digest.hex(), "blake3"
        if not content:
            return model
        if entry.size_bytes > MOST_BYTES:
            limit = f"{size_text(entry.size_bytes)} is too much to open at once; restore the file instead"
            raise HTTPError(413, limit, reason="Too large to open")
        return _filled(model, node.place.desk.cellar, entry, form)

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise HTTPError(403, "Assets never change: the cellar is read-only", reason="Read-only")

    save = delete = delete_file = rename = rename_file = update = new = new_untitled = copy = _refuse
    create_checkpoint = restore_checkpoint = delete_checkpoint = trust_notebook = _refuse

    async def list_checkpoints(self, path: str) -> list[Model]:
        """None: jupyter_server asks for those of every document that is opened."""
        return []


def _type_of(name: str) -> str:
    return "notebook" if name.endswith(".ipynb") else "file"


def _model(node: Node, kind: str) -> Model:
    when = datetime.datetime.fromtimestamp(node.when_ns / 1e9, tz=datetime.UTC)
    return {
        "name": node.name,
        "path": node.path,
        "type": kind,
        "writable": False,
        "created": when,
        "last_modified": when,
        "size": node.entry.size_bytes if node.entry else None,
        "mimetype": None,
        "content": None,
        "format": None,
        "hash": None,
        "hash_algorithm": None,
    }


def _filled(model: Model, cellar: Cellar, entry: Entry, form: str | None) -> Model:
    data = cellar.read_file(entry)
    name = str(model["name"])
    if model["type"] == "notebook":
        model["content"], model["format"] = untrusted(data), "json"
        return model
    mime = mimetypes.guess_type(name)[0]
    if form != "base64":
        try:
            model["content"], model["format"] = data.decode(), "text"
            model["mimetype"] = mime or "text/plain"
            return model
        except UnicodeDecodeError as error:
            if form == "text":
                raise HTTPError(400, f"{name} is not UTF-8", reason="bad format") from error
    model["content"], model["format"] = base64.b64encode(data).decode(), "base64"
    model["mimetype"] = mime or "application/octet-stream"
    return model


def untrusted(data: bytes) -> JSON:
    """A notebook as nobody's: whatever it says of its own trust is left out, so that its outputs stay inert.

    Raises:
        HTTPError: It is no notebook.
    """
    import nbformat  # 60 ms, and only notebooks need it

    try:
        document = nbformat.reads(data.decode(), as_version=4)  # type: ignore[no-untyped-call]
    except Exception as error:  # nbformat raises what its parsers and validators raise
        raise HTTPError(400, "This notebook cannot be read", reason="bad notebook") from error
    for cell in document.cells:
        cell.get("metadata", {}).pop("trusted", None)
    plain: JSON = json.loads(json.dumps(document))
    return plain
