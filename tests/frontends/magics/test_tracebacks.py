"""Our own errors are shown in the user's lines; the whole traceback stays within reach."""

from __future__ import annotations

import sys
import traceback

import pytest

from tests.frontends.magics.conftest import Shell

LOOKUP = "import nbcellar as cellar\ndef look():\n    return cellar.get('nothing')\nlook()"


def test_an_error_of_ours_shows_the_lines_of_the_user_and_no_file_of_ours(shell: Shell) -> None:
    result, text = shell.run(LOOKUP)
    assert not result.success
    assert "Nothing is called 'nothing'" in text
    assert "in look" in text and "cellar.get('nothing')" in text
    assert "lookup.py" not in text and "src/nbcellar" not in text and "site-packages" not in text


def test_percent_tb_and_debuggers_have_every_frame(shell: Shell) -> None:
    shell.run(LOOKUP)
    frames = [frame.name for frame in traceback.extract_tb(sys.last_traceback)]
    assert "look" in frames and "find_run" in frames
    assert "lookup.py" in shell.ok("%tb")


def test_a_cause_of_the_user_s_own_is_shown_and_one_that_we_met_is_not(shell: Shell) -> None:
    _, text = shell.run("import nbcellar as cellar\ntry:\n    {}['mine']\nexcept KeyError:\n    cellar.get('nothing')")
    assert "KeyError: 'mine'" in text and "During handling" in text
    _, text = shell.run("cellar.asset('a file that is not there.txt')")
    assert "There is no file" in text and "During handling" not in text and "direct cause" not in text


def test_showing_an_error_changes_nothing_in_it(shell: Shell) -> None:
    result, _ = shell.run("import nbcellar as cellar\ncellar.asset('a file that is not there.txt')")
    error = result.error_in_exec
    assert error is not None and error.__traceback__ is not None
    names = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert "run_code" in names and len(names) > 3


def test_the_error_of_a_task_function_skips_the_calls_in_between(shell: Shell) -> None:
    shell.ok("%xmode Context")
    _, text = shell.run("import nbcellar as cellar\n@cellar.task\ndef g(x):\n    return 1 / x\ng(0)")
    assert "ZeroDivisionError" in text and "return 1 / x" in text and "functions.py" not in text
    shell.ok("%xmode Plain")


def test_a_handler_of_the_user_s_own_stays(shell: Shell) -> None:
    shell.ok("%unload_ext nbcellar")
    handled: list[str] = []
    shell.shell.set_custom_exc((ValueError,), lambda shell, kind, *_, **__: handled.append(kind.__name__))
    try:
        shell.ok("%load_ext nbcellar")
        shell.run("raise ValueError")
        assert handled == ["ValueError"]
    finally:
        shell.shell.set_custom_exc((), None)
        shell.ok("%reload_ext nbcellar")


@pytest.mark.parametrize("marker", ["%%task a -> out", "%task a -> out"])
def test_the_marker_is_shown_as_it_was_typed(shell: Shell, marker: str) -> None:
    shell.ok("%xmode Context")
    _, text = shell.run(f"{marker}\nx = 0\n1 / x")
    assert f"1 # {marker}\n" in text and "__cellar__" not in text
    shell.ok("%xmode Plain")


def test_no_call_of_ours_is_shown_behind_a_future_import(shell: Shell) -> None:
    shell.ok("%xmode Context")
    _, text = shell.run("%%task a\nfrom __future__ import annotations\nimport asyncio\nawait asyncio.sleep(1 / 0)")
    assert "2 from __future__ import annotations\n" in text and "__cellar__" not in text
    shell.ok("%xmode Plain")
