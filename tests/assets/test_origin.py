"""The origin of a run."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from nbcellar.assets.origin import origin


def test_it_names_python_and_imported_packages(tmp_path: Path) -> None:
    found = origin(tmp_path)
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    packages = found["packages"]
    assert isinstance(packages, dict)
    assert packages["pytest"] == pytest.__version__
    assert "git" not in found


def test_the_environment_is_not_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    monkeypatch.setattr(sys, "argv", ["x", "--password", "hunter2"])
    assert "hunter2" not in repr(origin(tmp_path))


def test_the_notebook_is_named_where_jupyter_says_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/me/a.ipynb")
    assert origin(tmp_path)["notebook"] == "/home/me/a.ipynb"


def test_it_costs_less_than_three_milliseconds() -> None:
    origin()
    times = []
    for _ in range(9):
        start = time.process_time()
        origin()
        times.append(time.process_time() - start)
    assert min(times) < 0.003
