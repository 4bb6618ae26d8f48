"""The handlers of the REST API: each method logged in, authorised and answered by a thread."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import NoReturn, TypeVar
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from nbcellar.errors import NbcellarError, UsageError
from nbcellar.frontends.browsing.answers import sent
from nbcellar.frontends.browsing.keys import name_of
from nbcellar.frontends.browsing.packing import zip_name, zip_pieces
from nbcellar.frontends.browsing.question import Question
from nbcellar.frontends.server.bytesrange import ByteRange, parse_range
from nbcellar.frontends.server.errand import Errand, is_large
from nbcellar.frontends.server.filing import Filing
from nbcellar.frontends.server.places import Place, Places, base_of
from nbcellar.frontends.server.statuses import STATUSES
from nbcellar.model import JSON, Entry, Kind
from nbcellar.store import CHUNK_BYTES, Cellar

MOST_BODY_BYTES = 2**20
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Counter:
    """What the handlers share: the cellars, and the threads that answer, so that the server's loop never waits."""

    places: Places
    threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(max_workers=6, thread_name_prefix="nbcellar")
    )


class CellarHandler(APIHandler):
    """What every handler does: one resource to authorise, the strictest policy, errors as JSON."""

    auth_resource = "nbcellar"

    def initialize(self, counter: Counter) -> None:
        """Given by the routes."""
        self.counter = counter

    @property
    def content_security_policy(self) -> str:
        """Nothing that is served may load, frame or run anything."""
        return POLICY

    def set_default_headers(self) -> None:
        """No guessing of types, and nothing kept by caches on the way."""
        super().set_default_headers()
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "private, no-store")

    async def in_thread(self, call: Callable[[], Result]) -> Result:
        """The result of a call that reads or writes files.

        Raises:
            HTTPError: The call raised one of our errors; its text is the answer's.
        """
        try:
            return await asyncio.get_running_loop().run_in_executor(self.counter.threads, call)
        except NbcellarError as error:
            self.refuse(error)

    def refuse(self, error: NbcellarError) -> NoReturn:
        """Answer with an error of ours.

        Raises:
            Finish: Always.
        """
        self.set_status(status_of(error))
        self.finish(json.dumps({"message": error.message, "saved": error.saved, "hint": error.hint}))
        raise web.Finish

    def answer(self, value: JSON) -> None:
        """Answer with JSON."""
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(value))

    def json_body(self) -> dict[str, JSON]:
        """The fields of a question that changes something.

        Raises:
            HTTPError: It is no JSON object, or too large.
        """
        if len(self.request.body) > MOST_BODY_BYTES:
            raise web.HTTPError(413, reason="More than 1 MiB was sent; nothing was changed")
        if not self.request.headers.get("Content-Type", "").startswith("application/json"):
            raise web.HTTPError(415, reason="The question must be JSON")
        try:
            body: JSON = json.loads(self.request.body or b"{}")
        except ValueError as error:
            raise web.HTTPError(400, reason="The question is not JSON") from error
        if not isinstance(body, dict):
            raise web.HTTPError(400, reason="The question is no JSON object")
        return body


def status_of(error: NbcellarError) -> int:
    """The HTTP status that says what kind of error it is."""
    return next((status for kind, status in STATUSES if isinstance(error, kind)), 500)


class StreamHandler(CellarHandler):
    """Sends the bytes of a file, whole or in part, a verified chunk at a time."""

    async def send_file(self, cellar: Cellar, entry: Entry, mime: str = "application/octet-stream") -> None:
        """Answer with the part that was asked for.

        Raises:
            Finish: It is no file.
        """
        if entry.kind is not Kind.FILE:
            self.refuse(UsageError("Only files have bytes."))
        try:
            wanted = parse_range(self.request.headers.get("Range"), entry.size_bytes)
        except ValueError:
            self.set_status(416)
            self.set_header("Content-Range", f"bytes */{entry.size_bytes}")
            await self.finish()
            return
        self._head(wanted, entry.size_bytes, mime)
        for start, length in wanted.pieces(CHUNK_BYTES):
            self.write(await self.in_thread(partial(cellar.read_file, entry, start, length)))
            await self.flush()
        await self.finish()

    def _head(self, wanted: ByteRange, size_bytes: int, mime: str) -> None:
        self.set_header("Content-Type", mime)
        self.set_header("Content-Disposition", "attachment")
        self.set_header("Accept-Ranges", "bytes")
        self.set_header("Content-Length", str(wanted.length))
        if wanted.partial:
            self.set_status(206)
            self.set_header("Content-Range", f"bytes {wanted.start}-{wanted.end - 1}/{size_bytes}")


class CellarsHandler(CellarHandler):
    """``GET /nbcellar/api/cellars?path=…``: which cellars there are, and which one a path belongs to."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """List them."""
        path = self.get_query_argument("path", "")
        places, here = await self.in_thread(lambda: (self.counter.places.all(), self.counter.places.at(path)))
        rows: list[JSON] = [_place_row(place, self.counter.places) for place in places]
        self.answer({"cellars": rows, "here": here.uuid if here else None})


def _place_row(place: Place, places: Places) -> dict[str, JSON]:
    below = place.folder.is_relative_to(places.root)
    folder = str(place.folder.relative_to(places.root)) if below else str(place.folder)
    return {"uuid": place.uuid, "label": place.label, "project": place.project, "folder": folder}


class QuestionHandler(CellarHandler):
    """``/nbcellar/api/UUID/VERB``: the questions of the browser, GET for those that change nothing, POST for others."""

    @web.authenticated
    @authorized
    async def get(self, uuid: str, verb: str) -> None:
        """Read."""
        fields: dict[str, JSON] = {name: self._field(name) for name in self.request.query_arguments}
        await self._ask(uuid, Question(verb, fields), writing=False)

    @web.authenticated
    @authorized
    async def post(self, uuid: str, verb: str) -> None:
        """Write."""
        await self._ask(uuid, Question(verb, self.json_body()), writing=True)

    def _field(self, name: str) -> JSON:
        text = self.get_query_argument(name, strip=False)
        return int(text) if name in ("start", "count", "pages") and text.isascii() and text.isdigit() else text

    async def _ask(self, uuid: str, question: Question, *, writing: bool) -> None:
        place = await self.in_thread(lambda: self.counter.places.get(uuid))
        desk = place.desk
        if question.verb in (desk.reading if writing else desk.writing):
            raise web.HTTPError(405)
        if question.verb not in (*desk.reading, *desk.writing):
            raise web.HTTPError(404)
        self.answer(await self.in_thread(lambda: self._answer_of(place, question)))

    def _answer_of(self, place: Place, question: Question) -> dict[str, JSON]:
        if not is_large(place.desk.cellar, question):
            return sent(place.desk.answer(question)).value
        root = self.counter.places.root
        base = base_of(place.folder, root)
        return Errand(str(place.folder), str(base), str(root), question.verb, dict(question.fields)).run()


class BytesHandler(StreamHandler):
    """``GET /nbcellar/api/UUID/bytes/RUN/KEY``: a file's bytes, whole or in part, never as a page."""

    @web.authenticated
    @authorized
    async def get(self, uuid: str, run_id: str, key: str) -> None:
        """Stream them."""
        place = await self.in_thread(lambda: self.counter.places.get(uuid))
        desk = place.desk
        entry = await self.in_thread(lambda: desk.listing.entry(desk.cellar.run(run_id), key))
        await self.send_file(desk.cellar, entry)


class ZipHandler(CellarHandler):
    """``GET /nbcellar/api/UUID/zip/RUN[/KEY]``: a version, or a folder of it, as a zip file made while it is sent."""

    @web.authenticated
    @authorized
    async def get(self, uuid: str, run_id: str, key: str | None) -> None:
        """Stream it."""
        place = await self.in_thread(lambda: self.counter.places.get(uuid))
        desk = place.desk
        run = await self.in_thread(lambda: desk.cellar.run(run_id))
        name = await self.in_thread(lambda: name_of(key or ""))
        entries = await self.in_thread(lambda: desk.packer.entries(run, name))
        self.set_header("Content-Type", "application/zip")
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(zip_name(run, name))}")
        pieces = zip_pieces(desk.cellar, entries)
        while (piece := await self.in_thread(lambda: next(pieces, None))) is not None:
            self.write(piece)
            await self.flush()
        await self.finish()


class FilesHandler(CellarHandler):
    """``/nbcellar/api/files``: what is saved of a file in the file browser, and saving it."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Which versions hold this file."""
        path = self.get_query_argument("path")
        self.answer(await self.in_thread(lambda: Filing(self.counter.places).history(path)))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Save files as an asset."""
        body = self.json_body()
        name, paths = body.get("name", ""), body.get("paths")
        if not isinstance(name, str) or not isinstance(paths, list):
            raise web.HTTPError(400, reason="name is a text, paths a list of texts")
        chosen = [path for path in paths if isinstance(path, str)]
        self.set_status(201)
        self.answer(await self.in_thread(lambda: Filing(self.counter.places).save(chosen, name)))
