"""Modules since the last look."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from nbcellar.tasks.body.modules import project_modules
from nbcellar.tasks.files import modules
from nbcellar.tasks.files.places import Places


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A look was taken; it is forgotten afterwards, as are the modules."""
    for name in ("last", "count", "files"):
        monkeypatch.setattr(modules._look, name, getattr(modules._look, name))
    before = dict(sys.modules)
    modules.look()
    yield
    for name in sys.modules.keys() - before:
        del sys.modules[name]
    sys.modules.update(before)


def put(name: str, file: Path | None = None) -> ModuleType:
    module = sys.modules[name] = ModuleType(name)
    if file is not None:
        module.__file__ = str(file)
    return module


def test_only_what_was_imported_since_the_look_is_found(looked: None) -> None:
    assert modules.since_look() == []
    one, two = put("one_since"), put("two_since")
    assert modules.since_look() == [("two_since", two), ("one_since", one)]


def test_everything_is_found_where_a_module_was_taken_out_or_imported_anew(looked: None) -> None:
    again = put("taken_out")
    put("stays")
    modules.look()
    del sys.modules["taken_out"]
    assert len(modules.since_look()) == len(sys.modules)
    sys.modules["taken_out"] = again
    assert len(modules.since_look()) == len(sys.modules)


def test_modules_of_the_project_are_found_whether_they_were_there_before_the_look_or_not(
    looked: None, tmp_path: Path
) -> None:
    places = Places.of(tmp_path, tmp_path, tmp_path / ".cellar")
    put("early_of_project", tmp_path / "early.py")
    put("elsewhere", Path("/somewhere/else.py"))
    modules.look()
    assert project_modules(places) == {"early_of_project": str(tmp_path / "early.py")}
    put("late_of_project", tmp_path / "late.py")
    assert project_modules(places).keys() == {"early_of_project", "late_of_project"}
    modules._look.files = ""
    assert project_modules(places).keys() == {"late_of_project"}
