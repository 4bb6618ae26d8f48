"""Which addresses there are, and the handlers of the drive."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.contents.handlers import ContentsHandler
from jupyter_server.utils import url_path_join
from tornado import web

from nbcellar.errors import NotFoundError
from nbcellar.frontends.server.contents import CellarContentsManager
from nbcellar.frontends.server.drive import Drive
from nbcellar.frontends.server.handlers import (
    POLICY,
    BytesHandler,
    CellarHandler,
    CellarsHandler,
    Counter,
    FilesHandler,
    QuestionHandler,
    StreamHandler,
    ZipHandler,
)
from nbcellar.frontends.server.openapi import document
from nbcellar.frontends.server.places import Places

_PLAYED = ("audio/", "video/")


class DriveHandler(ContentsHandler):
    """jupyter_server's contents handler, over the drive."""

    auth_resource = "nbcellar"

    @property
    def contents_manager(self) -> CellarContentsManager:
        """Ours, instead of the server's own."""
        return self._manager

    def initialize(self, manager: CellarContentsManager) -> None:
        """Given by the routes."""
        self._manager = manager

    @property
    def content_security_policy(self) -> str:
        """Nothing that is served may load, frame or run anything."""
        return POLICY


class CheckpointsHandler(APIHandler):
    """``…/checkpoints``: there are none."""

    auth_resource = "nbcellar"

    @web.authenticated
    @authorized
    def get(self, path: str = "") -> None:
        """An empty list."""
        self.finish("[]")


class DownloadHandler(StreamHandler):
    """``/nbcellar/files/PATH``: the bytes of a file on the drive, for downloads and players."""

    @web.authenticated
    @authorized
    async def get(self, path: str) -> None:
        """Stream them."""
        self.check_xsrf_cookie()  # as the server's own files: no other site may embed them
        node = await self.in_thread(lambda: Drive(self.counter.places).node(path))
        entry, place = node.entry, node.place
        if entry is None or place is None:
            self.refuse(NotFoundError(f"{path!r} is a folder."))
        mime = mimetypes.guess_type(node.name)[0] or ""
        # players need the type; everything else is bytes to be saved
        await self.send_file(place.desk.cellar, entry, mime if mime.startswith(_PLAYED) else "application/octet-stream")


class OpenApiHandler(CellarHandler):
    """``GET /nbcellar/api/openapi.json``."""

    @web.authenticated
    @authorized
    def get(self) -> None:
        """The document."""
        self.answer(document(self.base_url))


def add_routes(serverapp: ServerApp) -> None:
    """Give a server our handlers, and tell its pages that they are there: a page without them asks nothing."""
    serverapp.web_app.settings.setdefault("page_config_data", {})["nbcellar"] = "true"
    places = Places(Path(serverapp.root_dir))
    counter = Counter(places)
    manager = CellarContentsManager(parent=serverapp, log=serverapp.log)
    manager.drive = Drive(places)
    path = r"(?P<path>(?:(?:/[^/]+)+|/?))"
    shared = {"counter": counter}
    routes = [
        (r"/nbcellar/api/cellars", CellarsHandler, shared),
        (r"/nbcellar/api/files", FilesHandler, shared),
        (r"/nbcellar/api/openapi\.json", OpenApiHandler, shared),
        (rf"/nbcellar/api/contents{path}/checkpoints", CheckpointsHandler, {}),
        (rf"/nbcellar/api/contents{path}", DriveHandler, {"manager": manager}),
        (r"/nbcellar/api/([0-9A-Za-z-]{8,64})/bytes/([0-9A-Z]{26})/([0-9A-Za-z_-]{1,16384})", BytesHandler, shared),
        (r"/nbcellar/api/([0-9A-Za-z-]{8,64})/zip/([0-9A-Z]{26})(?:/([0-9A-Za-z_-]{1,16384}))?", ZipHandler, shared),
        (r"/nbcellar/api/([0-9A-Za-z-]{8,64})/([a-z_]{1,32})", QuestionHandler, shared),
        (r"/nbcellar/files/(.+)", DownloadHandler, shared),
    ]
    base = serverapp.web_app.settings["base_url"]
    handlers = [(url_path_join(base, pattern), handler, options) for pattern, handler, options in routes]
    serverapp.web_app.add_handlers(".*$", handlers)  # type: ignore[no-untyped-call]
