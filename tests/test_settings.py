"""Settings: every source, which one wins, and what each refuses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbcellar.errors import UnsafeError, UsageError
from nbcellar.frontends.configurable import Cellar as Configurable
from nbcellar.settings import (
    NAMES,
    Setting,
    Settings,
    config_files,
    explain,
    load,
    parse_size,
    project_folder,
    set_for_session,
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in [name for name in os.environ if name.startswith("NBCELLAR_")]:
        monkeypatch.delenv(name)
    (tmp_path / "jupyter").mkdir()
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter"))
    (tmp_path / "project").mkdir()
    yield tmp_path / "project"
    for name in NAMES:
        set_for_session(name, None)


def said(home: Path, name: str) -> Setting:
    return next(setting for setting in explain(home) if setting.name == name)


def test_without_any_source_everything_is_its_default(home: Path) -> None:
    assert load(home) == Settings()
    assert {setting.source for setting in explain(home)} == {"default"}


def test_the_higher_source_wins_and_each_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jupyter = home.parent / "jupyter" / "jupyter_cellar_config.py"
    jupyter.write_text("c = get_config()\nc.Cellar.trash_days = 1\n")
    assert said(home, "trash_days") == Setting("trash_days", 1, str(jupyter))
    pyproject = home / "pyproject.toml"
    pyproject.write_text("[tool.nbcellar]\ntrash_days = 2\n")
    assert said(home, "trash_days") == Setting("trash_days", 2, str(pyproject))
    own = home / "nbcellar.toml"
    own.write_text("trash_days = 3\n")
    assert said(home, "trash_days") == Setting("trash_days", 3, str(own))
    monkeypatch.setenv("NBCELLAR_TRASH_DAYS", "4")
    assert said(home, "trash_days") == Setting("trash_days", 4, "NBCELLAR_TRASH_DAYS")
    set_for_session("trash_days", 5)
    assert said(home, "trash_days") == Setting("trash_days", 5, "%config")
    set_for_session("trash_days", None)
    assert load(home).trash_days == 4


def test_a_file_that_changes_is_read_again(home: Path) -> None:
    (home / "nbcellar.toml").write_text('summary = "line"')
    assert load(home).summary == "line"
    (home / "nbcellar.toml").write_text('summary = "card"  ')
    assert load(home).summary == "card"
    (home / "nbcellar.toml").unlink()
    assert load(home) == Settings()


def test_lists_sizes_and_paths_are_understood(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "nbcellar.toml").write_text('match = "*.csv"\nsoft_limit_bytes = "1.5 GiB"\nstore_url = "../shared"\n')
    monkeypatch.setenv("NBCELLAR_IGNORE", '["a{1,2}", "*.tmp"]')
    found = load(home)
    assert found.match == ("*.csv",)
    assert found.ignore == ("a{1,2}", "*.tmp")
    assert found.soft_limit_bytes == 1536 * 2**20
    assert found.store_url == str(home / "../shared")
    monkeypatch.setenv("NBCELLAR_IGNORE", "a\nb")
    assert load(home).ignore == ("a", "b")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("summry = 'card'", "Did you mean 'summary'"),
        ("summary = 'big'", "must be 'card' or 'line' or 'off'"),
        ("summary = 3", "must be 'card'"),
        ("trash_days = -1", "a number, 0 or more"),
        ("trash_days = true", "a number, 0 or more"),
        ("max_file_bytes = 'lots'", "a size such as"),
        ("match = [1]", "a list of texts"),
        ("project = ['a']", "a text"),
        ("workdir = 'there'", "'here' or 'fresh'"),
        ("= 3", "is no TOML"),
    ],
)
def test_a_bad_value_is_refused_and_its_file_named(home: Path, text: str, words: str) -> None:
    (home / "nbcellar.toml").write_text(text)
    with pytest.raises(UsageError, match=r"nbcellar\.toml") as caught:
        load(home)
    assert words in str(caught.value)


def test_a_bad_variable_and_a_broken_jupyter_file_are_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBCELLAR_MATCH", "[oops")
    with pytest.raises(UsageError, match="NBCELLAR_MATCH is no JSON list"):
        load(home)
    monkeypatch.delenv("NBCELLAR_MATCH")
    (home.parent / "jupyter" / "jupyter_cellar_config.py").write_text("1/0")
    with pytest.raises(UsageError, match="ZeroDivisionError"):
        load(home)


@pytest.mark.parametrize("name", ["store_url", "catalogue_url"])
def test_a_password_in_a_url_is_refused_and_not_repeated(
    home: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"NBCELLAR_{name.upper()}", "postgresql://me:hunter2@host/db")
    with pytest.raises(UnsafeError, match="holds a password") as caught:
        load(home)
    assert "hunter2" not in str(caught.value)


def test_the_files_looked_for_are_listed(home: Path) -> None:
    files = config_files(home)
    assert files[:2] == [home / "nbcellar.toml", home / "pyproject.toml"]
    assert files[2] == home.parent / "jupyter" / "jupyter_cellar_config.py"


def test_the_project_is_the_nearest_store_then_the_nearest_marker(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    (tmp_path / "a" / "b" / "pyproject.toml").touch()
    assert project_folder(deep) == tmp_path / "a" / "b"
    (tmp_path / "a" / ".cellar").mkdir()
    assert project_folder(deep) == tmp_path / "a"


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("20GB", 20 * 10**9), ("1 KiB", 1024), ("2k", 2000), ("-1", None), ("1x", None), ("", None)],
)
def test_sizes_are_read(text: str, size: int | None) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("name", ["nbcellar.toml", "pyproject.toml"])
def test_a_project_cannot_allow_itself_types(tmp_path: Path, name: str) -> None:
    section = "" if name == "nbcellar.toml" else "[tool.nbcellar]\n"
    (tmp_path / name).write_text(f'{section}allowed_types = ["os.*"]\n')
    with pytest.raises(UnsafeError, match="only your own settings may say"):
        load(tmp_path)


def test_types_are_allowed_by_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBCELLAR_ALLOWED_TYPES", "mypkg.*\nother.Thing")
    assert load(tmp_path).allowed_types == ("mypkg.*", "other.Thing")


def test_every_setting_can_be_set_for_a_session_and_has_its_default_there() -> None:
    session = Configurable()
    assert {name: getattr(session, name) for name in session.trait_names(config=True)} == {
        name: list(value) if isinstance(value := getattr(Settings(), name), tuple) else value for name in NAMES
    }
