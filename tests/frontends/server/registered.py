"""Prints each handler of ours that a server has registered: its pattern and the methods it has."""

from __future__ import annotations

import json
import sys

from jupyter_server.serverapp import ServerApp
from tornado.routing import PathMatches
from tornado.web import RequestHandler

METHODS = ("get", "head", "post", "put", "patch", "delete")


def main(root: str) -> None:
    app = ServerApp()
    app.initialize(
        [
            f"--ServerApp.root_dir={root}",
            "--ServerApp.jpserver_extensions=nbcellar=True",
            "--allow-root",
            "--no-browser",
        ],
        new_httpserver=False,
    )
    found = {}
    for router in (app.web_app.wildcard_router, *(rule.target for rule in app.web_app.default_router.rules)):
        for rule in getattr(router, "rules", []):
            matcher, handler = rule.matcher, rule.target
            if isinstance(matcher, PathMatches) and getattr(handler, "__module__", "").startswith("nbcellar."):
                own = [name for name in METHODS if getattr(handler, name) is not getattr(RequestHandler, name)]
                found[matcher.regex.pattern] = own
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
