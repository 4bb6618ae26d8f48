"""The server's side of JupyterLab's panel: questions about the cellars below its root, and their files as a drive."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def _load_jupyter_server_extension(serverapp: ServerApp) -> None:
    """What jupyter_server calls when it starts."""
    from nbcellar.frontends.server.routes import add_routes  # not before: a kernel imports this package's parent

    add_routes(serverapp)
