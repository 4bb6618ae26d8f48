"""Functions and types of a project, in a module that is forgotten afterwards."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.workflow.resources.functionkit import HELP, KIT

WriteModule = Callable[[str], Path]


@pytest.fixture
def write_module(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WriteModule]:
    """Write ``loopkit.py`` into the project; its types are allowed."""
    path = list(sys.path)
    monkeypatch.setenv("NBCELLAR_ALLOWED_TYPES", "loopkit.*")
    monkeypatch.chdir(project)

    def write(text: str) -> Path:
        file = project / "loopkit.py"
        file.write_text(textwrap.dedent(text).lstrip("\n"))
        sys.modules.pop("loopkit", None)
        stamp = file.stat().st_mtime_ns + 10**9  # so that no bytecode of an earlier text counts
        os.utime(file, ns=(stamp, stamp))
        sys.path_importer_cache.clear()
        return file

    yield write
    sys.modules.pop("loopkit", None)
    sys.path[:] = path


@pytest.fixture
def kit(project: Path, write_module: WriteModule) -> Iterator[Path]:
    """The functions of ``functionkit``, as modules of the project."""
    (project / "helpkit.py").write_text(HELP)
    sys.modules.pop("helpkit", None)
    yield write_module(KIT)
    sys.modules.pop("helpkit", None)
