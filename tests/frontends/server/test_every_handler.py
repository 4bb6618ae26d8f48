"""Every handler that is registered, asked by everybody who may not ask: whatever is added later too."""

from __future__ import annotations

import http.cookiejar
import json
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from nbcellar.assets.asset import Asset
from nbcellar.frontends.browsing.keys import key_of
from nbcellar.frontends.server.openapi import READING, WRITING

from .conftest import TOKEN, Reply, Server, serving

DENYING = """
from jupyter_server.auth import Authorizer

class Denying(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return resource != "nbcellar" and resource != "contents"
"""


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    script = Path(__file__).with_name("registered.py")
    root = tmp_path_factory.mktemp("registered")
    done = subprocess.run([sys.executable, script, root], capture_output=True, text=True, check=True, cwd=root)
    found = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    return {re.sub(r"^/|\$$", "", pattern): methods for pattern, methods in found.items()}


@pytest.fixture(scope="module")
def denying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose authoriser lets nobody look at assets."""
    base = tmp_path_factory.mktemp("denying")
    (base / "config").mkdir()
    (base / "config" / "jupyter_server_config.py").write_text(f"{DENYING}\nc.ServerApp.authorizer_class = Denying\n")
    with serving(base) as made:
        yield made


def samples(saved: Asset) -> dict[str, list[str]]:
    """For each pattern, addresses that it matches and that mean something."""
    uuid, run, key = saved.cellar.uuid, saved.run.id, key_of(b"t.csv")
    path = r"(?P<path>(?:(?:/[^/]+)+|/?))"
    return {
        r"nbcellar/api/cellars": ["nbcellar/api/cellars"],
        r"nbcellar/api/files": ["nbcellar/api/files?path=survey/t.csv"],
        r"nbcellar/api/openapi\.json": ["nbcellar/api/openapi.json"],
        rf"nbcellar/api/contents{path}/checkpoints": ["nbcellar/api/contents/survey/checkpoints"],
        rf"nbcellar/api/contents{path}": [
            "nbcellar/api/contents/survey",
            "nbcellar/api/contents/survey/train/@1/t.csv",
        ],
        r"nbcellar/api/([0-9A-Za-z-]{8,64})/bytes/([0-9A-Z]{26})/([0-9A-Za-z_-]{1,16384})": [
            f"nbcellar/api/{uuid}/bytes/{run}/{key}"
        ],
        r"nbcellar/api/([0-9A-Za-z-]{8,64})/zip/([0-9A-Z]{26})(?:/([0-9A-Za-z_-]{1,16384}))?": [
            f"nbcellar/api/{uuid}/zip/{run}", f"nbcellar/api/{uuid}/zip/{run}/{key_of(b'plots')}",
        ],
        r"nbcellar/api/([0-9A-Za-z-]{8,64})/([a-z_]{1,32})": [
            f"nbcellar/api/{uuid}/{verb}" for verb in (*READING, *WRITING)
        ],
        r"nbcellar/files/(.+)": ["nbcellar/files/survey/train/@1/t.csv"],
    }  # fmt: skip


def addresses(registered: dict[str, list[str]], saved: Asset) -> Iterator[tuple[str, str]]:
    known = samples(saved)
    assert set(registered) == set(known), "a handler without a sample address, or the other way round"
    for pattern, methods in registered.items():
        for method, address in product(methods, known[pattern]):
            yield method.upper(), f"/{address}"


class Browser:
    """Logged in by a cookie, as a browser is."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.ask("GET", f"/login?token={TOKEN}")

    def ask(self, method: str, path: str, **headers: str) -> Reply:
        data = b"{}" if method in ("POST", "PUT", "PATCH") else None
        request = urllib.request.Request(self.server.url + path, data=data, method=method)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with self._opener.open(request, timeout=30) as answer:
                return Reply(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Reply(error.code, dict(error.headers), error.read())


def test_nobody_without_the_right_token_gets_an_answer(
    server: Server, saved: Asset, registered: dict[str, list[str]]
) -> None:
    asked = 0
    for (method, path), token in product(addresses(registered, saved), (None, "wrong")):
        body = {} if method in ("POST", "PUT", "PATCH") else None
        reply = server.ask(path, method=method, body=body, token=token)
        assert reply.status in (403, 302), (method, path, reply.status)
        assert b"train" not in reply.body
        asked += 1
    print(f"{asked} requests without a token or with a wrong one, each refused")
    assert saved.cellar.run(saved.run.id).removed_ns is None


def test_nothing_is_changed_for_another_site_that_uses_a_persons_cookie(
    server: Server, saved: Asset, registered: dict[str, list[str]]
) -> None:
    browser = Browser(server)
    assert browser.ask("GET", f"/nbcellar/api/{saved.cellar.uuid}/overview").status == 200
    asked = 0
    for method, path in addresses(registered, saved):
        if method in ("POST", "PUT", "PATCH", "DELETE"):
            reply = browser.ask(method, path)
            assert reply.status == 403, (method, path, reply.status)
            asked += 1
        elif path.startswith("/nbcellar/files/"):
            assert browser.ask(method, path).status in (403, 404, 405), "another site could embed a file"
    print(f"{asked} requests that change something, without the token against forgery, each refused")
    assert saved.cellar.run(saved.run.id).removed_ns is None


def test_an_authoriser_can_forbid_everything(
    denying: Server, server: Server, saved: Asset, registered: dict[str, list[str]]
) -> None:
    assert denying.ask("/api/status").status == 200
    asked = 0
    for method, path in addresses(registered, saved):
        body = {} if method in ("POST", "PUT", "PATCH") else None
        reply = denying.ask(path, method=method, body=body)
        assert reply.status in (403, 405), (method, path, reply.status)
        asked += 1
    print(f"{asked} requests that an authoriser forbids, each refused")


PATHS = [
    "..", "../..", "%2e%2e", "%2e%2e%2f%2e%2e", "..%2f..%2fetc%2fpasswd", "..%5c..%5cetc", "%00", "a%00b",
    "/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "survey/../../etc", "survey/..%2f..%2f..%2fetc",
    "survey%2f..%2f..", ".", "./.",
    "survey/train/@1/..", "survey/train/@1/%2e%2e/%2e%2e", "survey/train/@1/plots/../../x", "~", "~root", "C:%5cx",
    "survey/train/@1/t.csv/..", "%ff%fe", "%c0%ae%c0%ae", "survey/train/@999999999999999999999", "survey/train/@-1",
    "\u202e", "a" * 5000, "%0d%0aX-Injected:%201", "survey/.cellar/catalogue.db", ".cellar/format.json",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_or_breaks_anything(server: Server, saved: Asset, path: str) -> None:
    quoted = urllib.parse.quote(path, safe="%/.~:@")
    for base in ("files/", "api/contents/", "api/files?path="):
        address = f"/nbcellar/{base}{quoted}"
        reply = server.ask(address)
        assert reply.status in (200, 400, 403, 404), (address, reply.status)
        if reply.status == 200:  # the drive's own root, or a listing of what is saved
            assert b"root:" not in reply.body
            assert b"SQLite" not in reply.body
        assert "X-Injected" not in reply.headers
