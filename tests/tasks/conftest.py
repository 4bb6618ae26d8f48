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
