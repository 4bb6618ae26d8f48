"""Modules of task functions, which a child can import."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest


@contextmanager
def module_of(source: str, name: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module in the project's folder, imported while the block runs."""
    (project / f"{name}.py").write_text(source)
    monkeypatch.syspath_prepend(str(project))
    yield import_module(name)
    del sys.modules[name]


MODULE = """
import os, subprocess, sys, time
from pathlib import Path
import nbcellar as cellar

class Own(Exception):
    def __init__(self, code, *, why):
        super().__init__(f"{why} ({code})")
        self.code, self.why = code, why

@cellar.task
def double(n):
    print("doubling", n)
    print("to stderr", file=sys.stderr)
    return 2 * n

@cellar.task
def raises(kind):
    if kind == "own":
        raise Own(7, why="mine")
    if kind == "os":
        open("/there/is/none")
    if kind == "decode":
        b"\\xff".decode()
    if kind == "process":
        subprocess.run(["false"], check=True)
    if kind == "exit":
        raise SystemExit(3)
    if kind == "usage":
        cellar.get("a/b/c!")
    raise KeyError("x")

@cellar.task
def nests(kind):
    return raises.submit(kind).result()

@cellar.task
def looks(given):
    return {"same": given["first"][0], "entry": given["first"][0]["t.csv"].read()}

@cellar.task
def leaves(stubborn):
    ignoring = "import signal as s, time; s.signal(s.SIGINT, s.SIG_IGN); print(1, flush=True); time.sleep(600)"
    child = subprocess.Popen([sys.executable, "-c", ignoring], stdout=subprocess.PIPE)
    child.stdout.readline()
    Path(os.environ["PIDS"]).write_text(f"{os.getpid()} {child.pid}")
    if stubborn:
        while True:
            try:
                time.sleep(600)
            except KeyboardInterrupt:
                pass
    if stubborn is None:
        return "done"
    time.sleep(600)

@cellar.task(cache=True)
def cached(n):
    Path(os.environ["PIDS"]).open("a").write("ran ")
    return n + 1
"""


@pytest.fixture
def jobs(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """A module of task functions that a child can import."""
    monkeypatch.setenv("PIDS", str(tmp_path / "pids"))
    with module_of(MODULE, "jobs_of_submission", project, monkeypatch) as module:
        yield module
