"""Every situation of EnOSlib's table, under our names."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.errors import ConflictError, NotFoundError, UsageError
from nbcellar.tasks.environments import Environment, get_or_create_env


@pytest.mark.parametrize("new", [True, False])
def test_an_environment_is_given_back_as_it_is(new: bool) -> None:
    env = Environment("xp1")
    assert get_or_create_env(new, env) is env
    assert not Path("current").exists()


@pytest.mark.parametrize("kind", [str, Path])
def test_a_new_one_makes_its_folder_and_its_first_keys(place: Path, kind: type) -> None:
    env = get_or_create_env(True, kind("deep/xp1"))
    folder = place / "deep/xp1"
    assert env.data == {"resultdir": folder, "config_file": None, "config": {}, "config_type": "yaml"}
    assert (env.env_name, env.resultdir, env.config) == (folder, folder, {})
    assert (folder / "env").is_file()
    assert Path("current").readlink() == folder


def test_a_new_one_without_a_name_is_called_by_the_time(place: Path) -> None:
    first, second = get_or_create_env(True, None), get_or_create_env(True)
    pattern = r"enos_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d(-2)?"
    assert all(re.fullmatch(pattern, env.env_name.name) and env.env_name.parent == place for env in (first, second))
    assert first.env_name != second.env_name
    assert Path("current").readlink() == second.env_name


def test_a_new_one_in_the_folder_of_another_begins_afresh_and_the_other_stays_a_version() -> None:
    old = get_or_create_env(True, "xp1")
    old["nodes"] = 3
    old.dump()
    fresh = get_or_create_env(True, "xp1")
    assert "nodes" not in fresh
    assert "nodes" not in get_or_create_env(False, "xp1")
    assert len(fresh.log()) == 3
    fresh.checkout(fresh.log()[1].number)
    assert fresh["nodes"] == 3


def test_a_new_one_where_a_file_is_changes_nothing(place: Path) -> None:
    Path("xp1").write_text("mine")
    with pytest.raises(ConflictError, match=r"Already existing .*xp1, not overwriting"):
        get_or_create_env(True, "xp1")
    with pytest.raises(ConflictError, match="not overwriting"):
        get_or_create_env(True, "xp1/below")
    assert Path("xp1").read_text() == "mine"
    assert not Path("current").is_symlink()


def test_an_older_one_is_loaded_by_its_folder() -> None:
    env = get_or_create_env(True, "xp1")
    env["nodes"] = [1]
    env.dump()
    assert get_or_create_env(False, "xp1").data == env.data
    assert get_or_create_env(False, Path("xp1")).data == env.data


def test_the_current_one_is_loaded_where_none_is_named() -> None:
    get_or_create_env(True, "xp1")
    get_or_create_env(True, "xp2")
    get_or_create_env(True, "xp3", symlink=False)
    assert get_or_create_env(False, None).resultdir.name == "xp2"


def test_an_environment_is_saved_in_its_own_folder_although_current_points_elsewhere_by_then() -> None:
    get_or_create_env(True, "xp1")
    env = get_or_create_env(False)
    get_or_create_env(True, "xp2")
    env["nodes"] = 3
    env.dump()
    assert get_or_create_env(False, "xp1")["nodes"] == 3
    assert "nodes" not in get_or_create_env(False, "xp2")


@pytest.mark.parametrize("name", ["nowhere", None])
def test_one_that_is_not_there_cannot_be_loaded(name: str | None) -> None:
    with pytest.raises(NotFoundError, match="doesn't exist, not reloading"):
        get_or_create_env(False, name)


@pytest.mark.parametrize("new", [True, False])
def test_what_names_no_environment_is_refused(new: bool) -> None:
    with pytest.raises(UsageError, match="You must pass an Environment or a Path or string path or None"):
        get_or_create_env(new, 3)  # type: ignore[arg-type]


def test_current_is_set_again_and_never_takes_the_place_of_what_is_no_link() -> None:
    get_or_create_env(True, "xp1")
    get_or_create_env(True, "xp2")
    assert Path("current").readlink().name == "xp2"
    Path("current").unlink()
    Path("current").mkdir()
    with pytest.warns(UserWarning, match="current is no link, so it was left as it is"):
        env = get_or_create_env(True, "xp3")
    assert env.file.is_file()
    assert Path("current").is_dir() and not Path("current").is_symlink()


def test_a_link_to_nowhere_is_replaced() -> None:
    os.symlink("gone", "current")
    get_or_create_env(True, "xp1")
    assert Path("current").resolve().name == "xp1"


def test_the_public_names_are_these() -> None:
    assert cellar.Environment is Environment
    assert cellar.get_or_create_env is get_or_create_env
    assert cellar.env_task.__name__ == "env_task"
