from __future__ import annotations

import shutil
import threading
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from nbcellar.errors import CorruptDataError, EncodingError, FormatTooNewError, NotFoundError, UsageError
from nbcellar.tasks.codecs import decode, registry
from nbcellar.tasks.environments import Environment, get_or_create_env


def test_values_of_every_kind_are_there_after_loading(env: Environment) -> None:
    env.update({"hosts": [{"name": "a"}], (1, 2): {3}, "array": np.arange(3), "count": Counter("aab"), "p": Path("x")})
    env.dump()
    back = Environment.load_from_file(env.file)
    assert back["hosts"] == [{"name": "a"}]
    assert back[1, 2] == {3}
    assert back["count"] == Counter("aab")
    assert back["p"] == Path("x")
    np.testing.assert_array_equal(back["array"], np.arange(3))  # type: ignore[arg-type]
    assert list(back) == list(env)


def test_dumps_gives_the_bytes_that_dump_writes(env: Environment) -> None:
    env["nodes"] = 3
    data = env.dumps()
    env.dump()
    assert env.file.read_bytes() == data == env.dumps()


def test_a_moved_folder_loads_and_is_saved_where_it_is_now(env: Environment) -> None:
    env["nodes"] = 3
    env.dump()
    shutil.move("xp1", "moved")
    back = Environment.load_from_file("moved/env")
    assert back.env_name.name == "moved"
    assert back["resultdir"] == env["resultdir"]
    back["nodes"] = 4
    back.dump()
    assert not Path("xp1").exists()
    assert Environment.load_from_file("moved/env")["nodes"] == 4
    assert len(back.log()) == 3


@pytest.mark.parametrize("path", ["xp1/none", "xp1"])
def test_loading_what_is_no_file_says_so(env: Environment, path: str) -> None:
    with pytest.raises(NotFoundError, match="doesn't exist, not reloading"):
        Environment.load_from_file(path)


def test_one_value_that_cannot_be_kept_costs_neither_the_others_nor_its_older_value(env: Environment) -> None:
    env.update(lock="older", nodes=3)
    env.dump()
    env.update(lock=threading.Lock(), nodes=4, hosts=[threading.Lock()])
    with pytest.raises(EncodingError) as caught:
        env.dump()
    assert "env['lock'] is a _thread.lock" in str(caught.value)
    assert "env['hosts'][0] is a _thread.lock" in str(caught.value)
    assert "All other values are saved. Of 'lock' the value saved before is kept." in str(caught.value)
    back = Environment.load_from_file(env.file)
    assert back["nodes"] == 4
    assert back["lock"] == "older"
    assert "hosts" not in back
    assert not isinstance(env["lock"], str)


def test_a_fresh_environment_takes_no_value_from_the_one_that_it_replaces(env: Environment) -> None:
    env["lock"] = "of another time"
    env.dump()
    fresh = get_or_create_env(True, "xp1")
    fresh["lock"] = threading.Lock()
    with pytest.raises(EncodingError):
        fresh.dump()
    assert "lock" not in Environment.load_from_file(fresh.file)


def test_a_value_that_cannot_be_read_here_raises_when_asked_for_and_is_kept_as_it_is(
    env: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env.update(count=Counter("ab"), nodes=3)
    env.dump()
    home = str(tmp_path / "user-data")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "somebody-else"))
    back = Environment.load_from_file(env.file)
    assert back["nodes"] == 3
    assert "count" in back
    with pytest.raises(Exception, match="did not sign"):
        back["count"]
    with pytest.raises(Exception, match="did not sign"):
        back.get("count")
    assert [str(key) for key in back.sealed] == ["count"]
    back["nodes"] = 4
    back.dump()
    monkeypatch.setenv("XDG_DATA_HOME", home)
    again = Environment.load_from_file(env.file)
    assert (again["count"], again["nodes"]) == (Counter("ab"), 4)


def test_a_value_that_cannot_be_read_here_can_be_replaced_or_removed(
    env: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env.update(a=Counter("a"), b=Counter("b"))
    env.dump()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "somebody-else"))
    back = Environment.load_from_file(env.file)
    back["a"] = 1
    del back["b"]
    back.dump()
    again = Environment.load_from_file(env.file)
    assert again["a"] == 1
    assert "b" not in again
    with pytest.raises(KeyError):
        del again["b"]


def test_a_failing_codec_of_ones_own_costs_only_its_value(env: Environment) -> None:
    class Odd:
        pass

    def fail(value: Odd) -> object:
        raise ZeroDivisionError("odd")

    registry.standard.cache_clear()
    try:
        from nbcellar import codec

        codec(Odd, encode=fail, decode=lambda _: Odd())
        env.update(odd=Odd(), nodes=3)
        with pytest.raises(EncodingError, match=r"failed with a .*Odd: ZeroDivisionError: odd"):
            env.dump()
    finally:
        registry.standard.cache_clear()
    assert Environment.load_from_file(env.file)["nodes"] == 3


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda data: data[:-1], CorruptDataError),
        (lambda data: data.replace(b"nodes", b"modes"), CorruptDataError),
        (lambda data: b"", CorruptDataError),
        (lambda data: b"something else", CorruptDataError),
        (lambda data: data.replace(b"environment 1", b"environment 2"), FormatTooNewError),
    ],
)
def test_a_damaged_file_is_refused_and_stays(env: Environment, change: object, error: type[Exception]) -> None:
    env["nodes"] = 3
    env.dump()
    changed = change(env.file.read_bytes())  # type: ignore[operator]
    env.file.write_bytes(changed)
    with pytest.raises(error):
        Environment.load_from_file(env.file)
    assert env.file.read_bytes() == changed


def test_a_configuration_is_merged_and_keys_that_are_gone_from_its_file_stay(env: Environment) -> None:
    Path("conf.yaml").write_text("a: 1\nb: {c: 2}\n")
    env["config_file"] = "conf.yaml"
    env.reload_config()
    Path("conf.yaml").write_text("b: 3\n")
    env.reload_config()
    assert env.config == {"a": 1, "b": 3}


def test_an_empty_configuration_changes_nothing(env: Environment) -> None:
    Path("conf.yaml").write_text("# nothing yet\n")
    env["config_file"] = Path("conf.yaml")
    env.config["a"] = 1
    env.reload_config()
    assert env.config == {"a": 1}


def test_a_configuration_that_is_not_there_is_an_error_only_if_asked(env: Environment) -> None:
    env.reload_config(missing="error")
    env["config_file"] = "none.yaml"
    env.reload_config()
    with pytest.raises(NotFoundError, match=r"none.yaml of the environment xp1 doesn't exist"):
        env.reload_config(missing="error")


@pytest.mark.parametrize("text", ["- a list", "a: [", "!!python/object/apply:os.system [ls]"])
def test_a_configuration_that_is_no_mapping_is_refused(env: Environment, text: str) -> None:
    Path("conf.yaml").write_text(text)
    env["config_file"] = "conf.yaml"
    with pytest.raises(UsageError, match=r"The configuration conf.yaml is"):
        env.reload_config()


def test_an_environment_shows_itself_in_one_line_and_in_a_table(env: Environment) -> None:
    env["<b>"] = "<script>"
    assert repr(env) == "<Environment xp1: 5 values>"
    html = env._repr_mimebundle_()["text/html"]
    assert "&lt;b&gt;" in str(html)
    assert "<script>" not in str(html)
    assert env.log()._repr_html_().startswith("<table>")


def test_the_bytes_of_a_value_in_the_file_are_those_of_its_codec(env: Environment) -> None:
    from nbcellar.tasks.environments.envfile import parse

    env["n"] = [1, 2]
    env.dump()
    values = {decode(key): decode(value) for key, value in parse(env.file.read_bytes(), "env").values.items()}
    assert values == env.data
