"""Each save of an environment is a version, and of two that save at once none loses anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcellar.errors import ConflictError, NotFoundError
from nbcellar.store import Cellar
from nbcellar.tasks.environments import Environment, get_or_create_env
from nbcellar.tasks.environments.lock import locked


def test_every_save_is_a_version_that_can_be_compared_and_gone_back_to(env: Environment) -> None:
    env.update(nodes=3, name="a")
    env.dump()
    env["nodes"] = 4
    del env["name"]
    env["new"] = None
    env.dump()
    assert [one.number for one in env.log()] == [3, 2, 1]
    difference = env.diff(2, 3)
    assert difference.changed == {"nodes": (3, 4)}
    assert difference.new == {"new": None}
    assert difference.gone == {"name": "a"}
    assert "config" in difference.same
    env.checkout(2)
    assert (env["nodes"], env["name"]) == (3, "a")
    assert Environment.load_from_file(env.file)["nodes"] == 3
    assert [one.number for one in env.log()] == [4, 3, 2, 1]


def test_going_back_saves_first_what_is_not_saved_yet(env: Environment) -> None:
    env["nodes"] = 3
    env.checkout(1)
    assert "nodes" not in env
    env.checkout(2)
    assert env["nodes"] == 3


def test_a_save_without_a_change_makes_no_version(env: Environment) -> None:
    env.dump()
    env.dump()
    assert len(env.log()) == 1


def test_the_difference_to_now_needs_no_save(env: Environment) -> None:
    env["nodes"] = {"b", "a"}
    assert env.diff(1).new == {"nodes": {"a", "b"}}
    env.dump()
    assert env.diff(2).identical
    assert repr(env.diff(2)) == "<EnvironmentDiff: no difference>"
    assert "nodes" in repr(env.diff(1))


@pytest.mark.parametrize("number", [0, 9])
def test_a_version_that_is_not_there_is_named_with_those_that_are(env: Environment, number: int) -> None:
    env["n"] = 1
    env.dump()
    with pytest.raises(NotFoundError, match=rf"env-xp1 has no version {number}; there are: 1, 2"):
        env.checkout(number)


def test_environments_of_one_base_name_do_not_mix_their_versions() -> None:
    one, other = get_or_create_env(True, "a/xp"), get_or_create_env(True, "b/xp")
    one["n"] = 1
    one.dump()
    assert (len(one.log()), len(other.log())) == (2, 1)
    with pytest.raises(NotFoundError):
        other.checkout(one.log()[0].number)


def test_a_version_is_an_asset_like_any_other(env: Environment, place: Path) -> None:
    env["n"] = 1
    env.dump()
    cellar = Cellar.open(place)
    asset = cellar.find("env-xp1@2").asset
    assert asset is not None
    assert cellar.read_file(cellar.manifest(asset)[b"env"]) == env.file.read_bytes()


def test_what_another_saved_meanwhile_is_not_overwritten(env: Environment) -> None:
    other = Environment.load_from_file(env.file)
    other["nodes"] = "theirs"
    other.dump()
    env["nodes"] = "ours"
    with pytest.raises(
        ConflictError, match=r"xp1 was saved by process \d+ .*since you loaded it. Your values are kept as"
    ):
        env.dump()
    assert Environment.load_from_file(env.file)["nodes"] == "theirs"
    kept = env.log()[0]
    assert "not written" in kept.note
    env.reload()
    assert env["nodes"] == "theirs"
    env.checkout(kept.number)
    assert Environment.load_from_file(env.file)["nodes"] == "ours"


def test_overwriting_what_another_saved_keeps_that_as_a_version(env: Environment) -> None:
    other = Environment.load_from_file(env.file)
    other["nodes"] = "theirs"
    other.dump()
    env["nodes"] = "ours"
    env.dump(overwrite=True)
    assert Environment.load_from_file(env.file)["nodes"] == "ours"
    assert env.diff(2, 3).changed == {"nodes": ("theirs", "ours")}


def test_two_that_saved_the_same_do_not_conflict(env: Environment) -> None:
    other = Environment.load_from_file(env.file)
    for one in (other, env):
        one["nodes"] = 3
        one.dump()
    assert len(env.log()) == 2


def test_a_folder_that_somebody_holds_is_a_conflict_that_names_the_holder(env: Environment) -> None:
    import os

    with (
        locked(env.env_name),
        pytest.raises(ConflictError, match=rf"xp1 is being saved by process {os.getpid()} \(.+\) at \d{{4}}-"),
        locked(env.env_name, wait_s=0),
    ):
        raise AssertionError("both hold it")
    with locked(env.env_name, wait_s=0):
        pass


def test_a_file_that_was_removed_is_written_again(env: Environment) -> None:
    env.file.unlink()
    env["n"] = 1
    env.dump()
    assert Environment.load_from_file(env.file)["n"] == 1
