"""Real shells, in this process and in kernels."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

from nbcellar.model import InputKind, InputOrigin
from nbcellar.store import Cellar, RunQuery, current


@dataclass
class Shell:
    """An IPython shell in this process, with the extension loaded, in a project folder."""

    shell: InteractiveShell
    folder: Path

    def run(self, cell: str) -> tuple[ExecutionResult, str]:
        """Run a cell; what it printed, errors included."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            result = self.shell.run_cell(cell, store_history=True)
        return result, out.getvalue()

    def ok(self, cell: str) -> str:
        """Run a cell that must succeed."""
        result, text = self.run(cell)
        assert result.success, text
        return text

    @property
    def cellar(self) -> Cellar:
        return current()


def names(shell: Shell, ref: str) -> list[str]:
    """The names of what an asset holds."""
    run = shell.cellar.find(ref)
    return [] if run.asset is None else [os.fsdecode(entry.name) for entry in shell.cellar.manifest(run.asset)]


def count(shell: Shell, name: str = "a") -> int:
    """How many runs there are."""
    return len(shell.cellar.runs(RunQuery(name=name))) if shell.cellar.exists else 0


def hit(shell: Shell, cell: str) -> str:
    """Run a cell that must be taken from the cache; what it printed."""
    before = count(shell)
    text = shell.ok(cell)
    assert count(shell) == before, text
    assert "↺ a · cached: a@" in text and "--force to run" in text
    return text


def miss(shell: Shell, cell: str, reason: str) -> str:
    """Run a cell that must run, for this reason; what it printed."""
    before = count(shell)
    text = shell.ok(cell)
    assert count(shell) == before + 1, text
    assert f"cache MISS: {reason}" in text
    return text


@pytest.fixture
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pickles are signed with a key of this test's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture(scope="session")
def one_shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InteractiveShell]:
    os.environ["IPYTHONDIR"] = str(tmp_path_factory.mktemp("ipython"))
    shell = InteractiveShell.instance()
    shell.run_line_magic("colors", "nocolor")
    with contextlib.redirect_stdout(io.StringIO()):
        shell.run_line_magic("xmode", "Plain")
    shell.run_line_magic("load_ext", "nbcellar")
    yield shell
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()


@pytest.fixture
def shell(one_shell: InteractiveShell, project: Path) -> Iterator[Shell]:
    with contextlib.redirect_stdout(io.StringIO()):
        one_shell.reset(new_session=False)
    yield Shell(one_shell, project)
    one_shell.ast_node_interactivity = "last_expr"


@pytest.fixture
def below(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A shell whose current folder is one of several in the project."""
    for name in ("nb", "results", "data"):
        (shell.folder / name).mkdir()
    monkeypatch.chdir(shell.folder / "nb")
    return shell


def found(shell: Shell, ref: str) -> dict[str, InputOrigin]:
    """The files that a task read, and how we know."""
    return {one.path: one.origin for one in shell.cellar.find(ref).inputs if one.kind is InputKind.FILE}
