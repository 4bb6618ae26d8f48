"""A real ``jupyter lab`` on loopback, with settings of its own, for browser tests and screenshots."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TOKEN = "e2e-token"
_PATIENCE_S = 300


@dataclass(frozen=True, slots=True)
class LabServer:
    """A running server.

    Attributes:
        root: The folder that it shows: the notebooks' project.
        log: What it printed.
    """

    url: str
    root: Path
    log: Path

    def address(self, path: str, workspace: str) -> str:
        """Where JupyterLab opens a file, in a workspace of its own that forgets any former layout."""
        tree = f"/tree/{path}" if path else ""
        return f"{self.url}/lab/workspaces/{workspace}{tree}?token={TOKEN}&reset"

    def notebook_address(self, path: str) -> str:
        """Where Notebook 7 opens one; without a path, its list of files."""
        return f"{self.url}/notebooks/{path}?token={TOKEN}" if path else f"{self.url}/tree?token={TOKEN}"

    def get(self, path: str) -> bytes:
        """An answer of the server."""
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"token {TOKEN}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bytes(answer.read())


@contextmanager
def lab_server(
    base: Path, *, theme: str = "JupyterLab Light", options: tuple[str, ...] = (), bare: bool = False
) -> Iterator[LabServer]:
    """Start JupyterLab below ``base`` with further options, and end it; a bare one is without our server extension."""
    root = base / "survey"
    root.mkdir(parents=True)
    (root / "nbcellar.toml").write_text('project = "survey"\n')
    log = base / "lab.log"
    _settle(base, theme)
    _config(base, bare)
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*_command(root), *options], env=_environment(base), stdout=out, stderr=out, cwd=root
        )
    try:
        yield LabServer(_address(process, base, log), root, log)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _command(root: Path) -> list[str]:
    return [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--ip=127.0.0.1",
        "--port=0",
        "--allow-root",
        f"--ServerApp.root_dir={root}",
        "--expose-app-in-browser",
        "--JupyterNotebookApp.expose_app_in_browser=True",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]


def _environment(base: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NBCELLAR_", "JUPYTER", "JPY_"))}
    return kept | {
        "HOME": str(base / "home"),
        "JUPYTER_CONFIG_DIR": str(base / "config"),
        "JUPYTER_CONFIG_PATH": str(base / "config-first"),
        "JUPYTER_DATA_DIR": str(base / "data"),
        "JUPYTER_RUNTIME_DIR": str(base / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(base / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(base / "workspaces"),
        "IPYTHONDIR": str(base / "ipython"),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_TOKEN": TOKEN,
    }


def _settle(base: Path, theme: str) -> None:
    """Settings without which JupyterLab asks, over the page, whether it may fetch news."""
    apputils = base / "settings" / "@jupyterlab" / "apputils-extension"
    apputils.mkdir(parents=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    (apputils / "notification.jupyterlab-settings").write_text(json.dumps(quiet))
    (apputils / "themes.jupyterlab-settings").write_text(json.dumps({"theme": theme}))


def _config(base: Path, bare: bool) -> None:
    folder = base / "config-first" / "jupyter_server_config.d"
    folder.mkdir(parents=True)
    extensions = {"nbcellar": False} if bare else {}
    (folder / "zz.json").write_text(json.dumps({"ServerApp": {"jpserver_extensions": extensions}}))


def _address(process: subprocess.Popen[bytes], base: Path, log: Path) -> str:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")
        url = _announced(base / "runtime")
        if url and _answers(url):
            return url
        time.sleep(0.05)


def _announced(runtime: Path) -> str:
    for found in runtime.glob("jpserver-*.json"):
        try:
            return str(json.loads(found.read_text())["url"]).rstrip("/")
        except ValueError:
            continue  # it is being written
    return ""


def _answers(url: str) -> bool:
    request = urllib.request.Request(f"{url}/api/status", headers={"Authorization": f"token {TOKEN}"})
    try:
        with urllib.request.urlopen(request, timeout=5):
            return True
    except OSError:
        return False
