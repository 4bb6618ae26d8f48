"""``%%task NAME --env ENV``: what a cell sees, what is saved, and every input that cannot be meant."""

from __future__ import annotations

from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.tasks.environments import Environment
from tests.frontends.magics.conftest import Shell

pytestmark = pytest.mark.slow

NEW = "%%task deploy --env trial --new\nenv['nodes'] = 1"


def saved(name: str = "trial") -> Environment:
    return cellar.get_or_create_env(False, name)


def test_what_one_cell_sets_another_goes_on_with_by_name_or_as_the_current_one(shell: Shell) -> None:
    assert "environment trial is env-trial@2" in shell.ok(NEW)
    shell.ok("%%task use --env trial\nenv['nodes'] += 1")
    shell.ok("%reset -f")
    shell.ok("%%task use --env current\nenv['nodes'] += 1")
    assert saved()["nodes"] == 3
    assert [one.number for one in saved().log()] == [4, 3, 2, 1]


def test_the_environments_own_files_are_no_part_of_the_asset(shell: Shell) -> None:
    shell.ok(NEW + "\nimport pathlib; pathlib.Path('trial/log.txt').write_text('log')")
    assert [entry.path for entry in cellar.get("deploy").entries] == ["trial/log.txt"]
    shell.ok("%%task other\npathlib.Path('trial/env2').write_text('mine')")
    assert [entry.path for entry in cellar.get("other").entries] == ["trial/env2"]


def test_a_variable_of_that_name_is_there_again_afterwards(shell: Shell) -> None:
    shell.ok(NEW)
    assert isinstance(shell.shell.user_ns["env"], Environment)
    shell.ok("env = 'mine'")
    shell.ok("%%task use --env trial\nenv['nodes'] = 2")
    assert shell.shell.user_ns["env"] == "mine"
    shell.run("%%task use --env trial\nenv['nodes'] = 3\n1 / 0")
    assert shell.shell.user_ns["env"] == "mine"
    assert saved()["nodes"] == 3


def test_a_failing_cell_keeps_its_own_error_with_a_note_of_what_could_not_be_saved(shell: Shell) -> None:
    shell.ok(NEW)
    body = "import threading\nenv['lock'] = threading.Lock()\nenv['nodes'] = 7\nraise LookupError('mine')"
    result, _ = shell.run(f"%%task use --env trial\n{body}")
    assert isinstance(result.error_in_exec, LookupError)
    assert "env['lock'] is a _thread.lock" in result.error_in_exec.__notes__[0]
    assert saved()["nodes"] == 7 and "lock" not in saved()


def test_a_value_that_cannot_be_saved_fails_the_cell_and_costs_no_other(shell: Shell) -> None:
    shell.ok(NEW)
    result, text = shell.run("%%task use --env trial\nimport threading\nenv['lock'] = threading.Lock(); env['b'] = 2")
    assert type(result.error_in_exec).__name__ == "EncodingError"
    assert "All other values are saved" in text
    assert saved()["b"] == 2


def test_a_save_by_another_meanwhile_is_a_conflict_and_ours_is_a_version(shell: Shell) -> None:
    shell.ok(NEW)
    theirs = (
        "import nbcellar\nother = nbcellar.get_or_create_env(False, 'trial')\nother['nodes'] = 'theirs'\nother.dump()"
    )
    result, text = shell.run(f"%%task use --env trial\nenv['nodes'] = 'ours'\n{theirs}")
    assert type(result.error_in_exec).__name__ == "ConflictError"
    assert "Your values are kept as env-trial@" in text and "env.reload()" in text
    assert saved()["nodes"] == "theirs"
    assert "not written" in saved().log()[0].note


def test_two_tries_of_a_cell_each_load_what_the_one_before_saved(shell: Shell) -> None:
    shell.ok(NEW)
    shell.ok("%%task use --env trial --retries 2\nenv['nodes'] += 1\nif env['nodes'] < 4: raise OSError(env['nodes'])")
    assert saved()["nodes"] == 4


def setting(text: bytes) -> None:
    Path("trial/env").write_bytes(text)


BAD = {  # what stands there, the line, and what is said
    "none of this name": (lambda: None, "--env nowhere", "nowhere/env doesn't exist, not reloading. Nothing was run."),
    "no current one": (lambda: Path("current").unlink(), "--env current", "current/env doesn't exist"),
    "a file": (lambda: Path("file").write_text("x"), "--env file", "doesn't exist, not reloading"),
    "a new one where a file is": (lambda: Path("file").write_text("x"), "--env file --new", "not overwriting"),
    "garbage": (lambda: setting(b"garbage"), "--env trial", "is no environment. It is unchanged. `nbcellar restore"),
    "an empty file": (lambda: setting(b""), "--env trial", "is no environment"),
    "a foreign pickle": (
        lambda: setting(b"\x80\x04cposix\nsystem\nX\x04\x00\x00\x00true\x85R."),
        "--env trial",
        "asks for 'posix.system'",
    ),
    "a newer format": (lambda: setting(b"nbcellar environment 9\n"), "--env trial", "has a newer format"),
    "two names": (lambda: None, "--env trial --env other", "--env is given twice. The cell was not run."),
    "no name": (lambda: None, "--env", "--env needs a value. The cell was not run."),
    "new alone": (lambda: None, "--new", "--new means nothing without --env. The cell was not run."),
    "with a cache": (lambda: None, "--env trial --cache", "--env and --cache do not go together"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_meant_is_said_and_the_body_does_not_run(shell: Shell, what: str) -> None:
    shell.ok(NEW)
    prepare, options, words = BAD[what]
    prepare()
    before = Path("trial/env").read_bytes()
    result, text = shell.run(f"%%task use {options}\nraise SystemExit('ran')")
    assert not result.success and not isinstance(result.error_in_exec, SystemExit)
    assert words in text
    assert Path("trial/env").read_bytes() == before


def test_what_was_damaged_comes_back_by_the_command_that_the_message_gives(shell: Shell) -> None:
    shell.ok(NEW)
    setting(b"garbage")
    _, text = shell.run("%%task use --env trial\n1")
    command = text.partition("`nbcellar ")[2].partition("`")[0]
    shell.ok(f"%cellar {command}")
    assert saved()["nodes"] == 1
    assert Path("trial/env (before restore)").read_bytes() == b"garbage"
