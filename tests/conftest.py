"""What every test shares: no settings from outside, and a project folder to work in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from nbcellar.settings import NAMES, set_for_session

# no test is timed, also not the making of its examples
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def no_jupyter_settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("jupyter-config")


@pytest.fixture(autouse=True)
def nothing_from_outside(no_jupyter_settings: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Neither the environment nor the user's configuration reaches a test, and no test's settings reach the next."""
    for name in [name for name in os.environ if name.startswith("NBCELLAR_") or name in ("CI", "JPY_SESSION_NAME")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(no_jupyter_settings))
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(no_jupyter_settings / "data"))  # where this user's key lies
    yield
    for name in NAMES:
        set_for_session(name, None)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, which is the current folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "nbcellar.toml").write_text('project = "survey"\n')
    monkeypatch.chdir(folder)
    return folder


Counted = Callable[[str, int], None]


@pytest.fixture
def counted(record_property: Callable[[str, object], None]) -> Counted:
    """Say how many cases a test went through: ``counted("trees that came back", 2000)``, printed when the run ends."""

    def count(what: str, number: int) -> None:
        record_property(f"counted: {what}", number)

    return count


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests counted; what several of them counted is one number."""
    sums: dict[str, int] = {}
    for report in terminalreporter.stats.get("passed", []):
        for what, number in report.user_properties:
            if what.startswith("counted: "):
                sums[what] = sums.get(what, 0) + number
    if sums:
        terminalreporter.section("counted")
        for what, number in sums.items():
            terminalreporter.line(f"{number:>9,}  {what.removeprefix('counted: ')}")
