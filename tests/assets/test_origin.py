"""The origin of a run."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from nbcellar.assets.saving.origin import origin, packages
from nbcellar.tasks.files.modules import modules_below


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


def test_it_starts_no_process_and_imports_no_package() -> None:
    code = (
        "import sys\n"
        "from nbcellar.assets.saving.origin import origin\n"
        "before, seen = set(sys.modules), []\n"
        "sys.addaudithook(lambda event, _: seen.append(event) if event in {'subprocess.Popen', 'os.fork'} else None)\n"
        "found = origin()\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new - sys.stdlib_module_names), seen, bool(found))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[] [] True"


def test_a_stand_in_is_not_asked_and_its_package_is_named_once_it_is_there() -> None:
    code = (
        "import sys\n"
        "from nbcellar.assets.saving.origin import packages\n"
        "from nbcellar.standins import StandIn\n"
        "stand_in = sys.modules['requests'] = StandIn('requests')\n"
        "print('requests' in packages(), sys.modules['requests'] is stand_in)\n"
        "del sys.modules['requests']\n"
        "import requests\n"
        "print(packages()['requests'] == requests.__version__)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["False", "True", "True"]


def test_modules_may_come_while_their_versions_are_asked() -> None:
    made: list[str] = []

    def come(phase: str, info: object) -> None:
        made.append(f"came_meanwhile_{len(made)}")
        sys.modules[made[-1]] = ModuleType(made[-1])

    before = gc.get_threshold()
    gc.callbacks.append(come)
    gc.set_threshold(1)
    try:
        packages()
        modules_below("/")
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(come)
        for name in made:
            del sys.modules[name]
    assert made
