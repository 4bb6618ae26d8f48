"""A real jupyter_server over a folder with saved files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from nbcellar.assets.asset import Asset
from nbcellar.assets.creation import asset
from nbcellar.model import JSON
from nbcellar.store import Cellar

TOKEN = "server-token"


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, JSON]:
        found = json.loads(self.body)
        assert isinstance(found, dict)
        return found


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    root: Path

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: JSON = None,
        token: str | None = TOKEN,
        patience_s: float = 30,
        **headers: str,
    ) -> Reply:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        if token is not None:
            request.add_header("Authorization", f"token {token}")
        if data is not None:
            request.add_header("Content-Type", "application/json")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=patience_s) as answer:
                return Reply(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Reply(error.code, dict(error.headers), error.read())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/tests/frontends/server/" in str(item.path):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(120))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Its address has a blank in it, as those of a hub have."""
    with serving(tmp_path_factory.mktemp("server")) as made:
        yield made


@contextmanager
def serving(base: Path, *options: str) -> Iterator[Server]:
    """A server below a folder."""
    root = base / "root"
    root.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NBCELLAR_", "JUPYTER", "JPY_"))}
    folders = {f"JUPYTER_{name}_DIR": str(base / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    command = [
        sys.executable,
        "-m",
        "jupyter_server",
        "--no-browser",
        "--ip=127.0.0.1",
        "--port=0",
        "--allow-root",
        "--ServerApp.base_url=/user/a%20b/",
        "--ServerApp.allow_unauthenticated_access=False",
        "--ServerApp.jpserver_extensions=nbcellar=True",
        f"--ServerApp.root_dir={root}",
        *options,
    ]
    environment = kept | folders | {"HOME": str(base / "home"), "JUPYTER_TOKEN": TOKEN}
    log = base / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, cwd=root)
    try:
        yield Server(_address(process, base / "runtime", log), root)
    finally:
        process.terminate()
        process.wait(20)
    # jupyter_server warns of every handler whose methods do not ask who is there
    assert not [line for line in log.read_text().splitlines() if "registered for" in line and "nbcellar" in line]


def _address(process: subprocess.Popen[bytes], runtime: Path, log: Path) -> str:
    deadline = time.monotonic() + 180
    while process.poll() is None and time.monotonic() < deadline:
        for found in runtime.glob("jpserver-*.json"):
            try:
                server = Server(str(json.loads(found.read_text())["url"]).rstrip("/"), found)
                if server.ask("/api/status").status == 200:
                    return server.url
            except (ValueError, OSError):
                break  # being written, or not listening yet
        time.sleep(0.05)
    raise RuntimeError(f"The server did not start:\n{log.read_text()}")


@pytest.fixture(scope="module")
def saved(server: Server) -> Asset:
    """``train@1`` of the project ``survey`` below the server's root."""
    folder = server.root / "survey"
    folder.mkdir()
    (folder / "nbcellar.toml").write_text('project = "survey"\n')
    (folder / "t.csv").write_text("a,b\n1,2\n")
    (folder / "page.html").write_text("<script>alert(1)</script>")
    (folder / "plots").mkdir()
    (folder / "plots" / "loss 1.txt").write_text("0123456789")
    (folder / "run.ipynb").write_text(_notebook())
    return asset(["t.csv", "page.html", "plots", "run.ipynb"], at=folder, name="train", cellar=Cellar.open(folder))


def _notebook() -> str:
    cell = {"cell_type": "code", "id": "a", "source": "1", "metadata": {"trusted": True}, "outputs": []}
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{**cell, "execution_count": None}]}
    )
