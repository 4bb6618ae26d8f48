from __future__ import annotations

import logging
import threading
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from docopt import docopt

from nbcellar.errors import EncodingError, NotFoundError, UsageError
from nbcellar.tasks.environments import Environment, env_task, get_or_create_env


def test_a_task_gets_a_new_environment_gives_its_value_and_leaves_it_saved() -> None:
    @env_task(new=True)
    def deploy(env: Environment) -> str:
        env["nodes"] = [1, 2]
        return "done"

    assert deploy(env="xp1") == "done"
    assert get_or_create_env(False, "xp1")["nodes"] == [1, 2]
    assert Path("current").resolve().name == "xp1"


def test_a_later_task_goes_on_with_the_current_environment() -> None:
    @env_task(new=True)
    def deploy(env: Environment) -> None:
        env["nodes"] = 2

    @env_task()
    def use(env: Environment) -> object:
        return env["nodes"]

    @env_task
    def bare(env: Environment) -> object:
        return env["nodes"]

    deploy()
    assert use() == bare() == use(env=None) == 2
    assert use.__name__ == "use"


def test_arguments_go_through() -> None:
    @env_task(new=True)
    def task(a: int, *rest: int, env: Environment, b: int = 0, **others: object) -> tuple[object, ...]:
        return a, rest, b, others, env.env_name.name

    assert task(1, 2, env="xp1", b=3, c=4) == (1, (2,), 3, {"c": 4}, "xp1")


def test_the_dashed_keyword_wins_and_stays_where_any_keyword_is_taken() -> None:
    @env_task(new=True)
    def task(env: Environment, **kwargs: object) -> tuple[str, dict[str, object]]:
        return env.env_name.name, kwargs

    assert task(**{"--env": "xp1", "env": "xp2", "env_symlink": False}) == (
        "xp1",
        {"--env": "xp1", "env_symlink": False},
    )
    assert task(**{"--env": None, "env": "xp2"})[0] == "xp2"


def test_keywords_that_the_function_does_not_take_are_not_handed_on() -> None:
    @env_task(new=True)
    def task(env: Environment) -> str:
        return env.env_name.name

    assert task(**{"--env": "xp1", "env_symlink": False}) == "xp1"
    assert not Path("current").is_symlink()


@pytest.mark.parametrize(
    ("symlink", "keyword", "linked"),
    [(None, None, True), (None, False, False), (None, True, True), (True, False, True), (False, True, False)],
)
def test_the_link_follows_the_decorator_then_the_keyword(
    symlink: bool | None, keyword: bool | None, linked: bool
) -> None:
    @env_task(new=True, symlink=symlink)
    def task(env: Environment, **kwargs: object) -> None: ...

    task(env="xp1", **({} if keyword is None else {"env_symlink": keyword}))
    assert Path("current").is_symlink() == linked


def test_the_configuration_is_read_again_before_each_task() -> None:
    Path("conf.yaml").write_text("n: 1\n")

    @env_task(new=True)
    def deploy(env: Environment) -> None:
        env["config_file"] = "conf.yaml"

    @env_task()
    def use(env: Environment) -> object:
        return env.config["n"]

    deploy()
    assert use() == 1
    Path("conf.yaml").write_text("n: 2\n")
    assert use() == 2


def test_an_exception_goes_on_as_it_is_and_what_was_set_until_then_is_saved(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "nbcellar.environment")
    error = KeyError("no node")

    @env_task(new=True)
    def deploy(env: Environment) -> None:
        env["nodes"] = 1
        raise error

    with pytest.raises(KeyError) as caught:
        deploy(env="xp1")
    assert caught.value is error
    assert not getattr(error, "__notes__", [])
    assert get_or_create_env(False, "xp1")["nodes"] == 1
    assert [record.message.split()[1] for record in caplog.records] == ["started"]


def test_start_and_end_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "nbcellar.environment")

    @env_task(new=True)
    def deploy(env: Environment) -> None: ...

    deploy(env="xp1")
    assert [record.message.split()[:2] for record in caplog.records] == [["deploy", "started"], ["deploy", "finished"]]


@pytest.mark.parametrize("error", [ZeroDivisionError("x"), KeyboardInterrupt(), SystemExit(3)])
def test_a_value_that_cannot_be_stored_never_masks_the_exception(error: BaseException) -> None:
    get_or_create_env(True, "xp1").dump()

    @env_task()
    def task(env: Environment) -> None:
        env["lock"] = threading.Lock()
        env["nodes"] = 5
        raise error

    with pytest.raises(type(error)) as caught:
        task(env="xp1")
    assert caught.value is error
    assert "env['lock'] is a _thread.lock" in caught.value.__notes__[0]
    assert get_or_create_env(False, "xp1")["nodes"] == 5


def test_a_value_that_cannot_be_stored_is_an_error_where_there_is_no_other() -> None:
    @env_task(new=True)
    def task(env: Environment) -> None:
        env["lock"] = threading.Lock()

    with pytest.raises(EncodingError, match=r"env\['lock'\]"):
        task(env="xp1")


def test_a_folder_that_vanished_meanwhile_does_not_mask_the_exception(place: Path) -> None:
    @env_task(new=True)
    def task(env: Environment) -> None:
        env.file.unlink()
        (env.env_name / ".env.lock").unlink()
        env.env_name.rmdir()
        env.env_name.write_text("a file")
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine") as caught:
        task(env="xp1")
    assert "not overwriting" in caught.value.__notes__[0]


def test_nested_tasks_share_the_environment_and_each_saves_it() -> None:
    saved: list[object] = []

    @env_task()
    def inner(env: Environment) -> None:
        env["inner"] = 1

    @env_task(new=True)
    def outer(env: Environment) -> Environment:
        inner(env=env)
        saved.append(get_or_create_env(False, "xp1")["inner"])
        env["outer"] = 2
        return env

    env = outer(env="xp1")
    assert saved == [1]
    back = get_or_create_env(False, "xp1")
    assert (back["inner"], back["outer"]) == (1, 2)
    assert len(env.log()) == 3


def test_a_task_without_an_environment_does_not_run() -> None:
    ran = []

    @env_task()
    def task(env: Environment) -> None:
        ran.append(env)

    with pytest.raises(NotFoundError, match="current/env doesn't exist"):
        task()
    assert ran == []


def test_a_function_that_takes_no_environment_is_refused_where_it_is_decorated() -> None:
    def deploy(nodes: int) -> None: ...

    with pytest.raises(
        UsageError, match=r"deploy takes no env, so it cannot be given one. Write `def deploy\(env=None"
    ):
        env_task(new=True)(deploy)


def test_a_click_command_hands_its_option_on() -> None:
    @click.group()
    def program() -> None: ...

    @program.command()
    @click.option("--env")
    @click.option("--nodes", type=int, default=1)
    @env_task(new=True)
    def deploy(env: Environment, nodes: int, **kwargs: object) -> None:
        env["nodes"] = nodes

    @program.command()
    @click.option("--env")
    @env_task()
    def show(env: Environment, **kwargs: object) -> None:
        click.echo(f"{env.env_name.name} {env['nodes']}")

    runner = CliRunner()
    assert runner.invoke(program, ["deploy", "--env", "xp1", "--nodes", "4"]).exit_code == 0
    assert runner.invoke(program, ["show", "--env", "xp1"]).output == "xp1 4\n"
    assert runner.invoke(program, ["show"]).output == "xp1 4\n"


USAGE = """Usage:
  program deploy [--env ENV] [--nodes N]
  program show [--env ENV]

Options:
  --env ENV   Which environment.
  --nodes N   How many [default: 1].
"""


def test_the_dict_of_docopt_goes_straight_in() -> None:
    @env_task(new=True)
    def deploy(env: Environment, **kwargs: object) -> None:
        env["nodes"] = kwargs["--nodes"]

    @env_task()
    def show(env: Environment, **kwargs: object) -> str:
        return f"{env.env_name.name} {env['nodes']}"

    deploy(**docopt(USAGE, ["deploy", "--env", "xp1", "--nodes", "4"]))
    assert show(**docopt(USAGE, ["show", "--env", "xp1"])) == "xp1 4"
    assert show(**docopt(USAGE, ["show"])) == "xp1 4"
