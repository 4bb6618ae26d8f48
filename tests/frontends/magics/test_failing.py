"""Task cells that fail, are tried again, take too long or are interrupted."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from nbcellar.errors import TaskTimeout
from nbcellar.model import RunStatus
from nbcellar.store import RunQuery
from tests.frontends.magics.conftest import Shell

pytestmark = [  # bodies here leave files open, as people's cells do
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_an_exception_keeps_the_files_in_a_failed_run(shell: Shell) -> None:
    result, text = shell.run("%%task a -> out\nopen('half.txt', 'w').write('1')\n1/0")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    assert "✗ a · a@1 failed after" in text and "1 file kept for 7 days" in text
    run = shell.cellar.runs(RunQuery(name="a"))[0]
    assert run.status is RunStatus.FAILED and run.asset is not None
    assert run.error == "ZeroDivisionError: division by zero"
    assert "out" not in shell.shell.user_ns


def test_a_version_before_that_is_damaged_fails_no_cell(shell: Shell) -> None:
    shell.ok("%%task a\nopen('a.txt', 'w').write('1')")
    for pack in (shell.cellar.folder / "packs").iterdir():
        pack.unlink()
    shell.ok("%cellar repair packs")
    text = shell.ok("%%task a -> out\nopen('a.txt', 'w').write('12')")
    assert "a@1, the version before, is damaged in the store: `nbcellar check` says more" in text
    assert shell.ok("out['a.txt'].read()") and shell.cellar.find("a").number == 2


def test_on_error_drop_keeps_no_files(shell: Shell) -> None:
    shell.run("%%task a --on-error drop\nopen('half.txt', 'w').write('1')\n1/0")
    run = shell.cellar.runs(RunQuery(name="a"))[0]
    assert run.status is RunStatus.FAILED and run.asset is None
    assert Path("half.txt").read_text() == "1"


def test_an_interrupt_is_recorded_as_such(shell: Shell) -> None:
    result, text = shell.run("%%task a\nopen('half.txt', 'w').write('1')\nraise KeyboardInterrupt")
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    run = shell.cellar.runs(RunQuery(name="a"))[0]
    assert run.status is RunStatus.INTERRUPTED and run.asset is not None
    assert "interrupted after" in text


def test_retries_run_the_body_again(shell: Shell) -> None:
    shell.ok("tries = []")
    text = shell.ok("%%task a --retries 2\ntries.append(1)\nif len(tries) < 3: raise OSError('Busy.')\n'done'")
    assert len(shell.shell.user_ns["tries"]) == 3
    assert "attempt 1 failed" in text and "OSError: Busy. Trying again.\n" in text
    run = shell.cellar.find("a")
    assert run.result == "done" and run.detail["attempt"] == 3
    assert len(shell.cellar.runs(RunQuery(name="a"))) == 1


def test_after_the_last_attempt_the_cell_fails(shell: Shell) -> None:
    shell.ok("tries = []")
    result, text = shell.run("%%task a --retries 1\ntries.append(1)\nraise OSError('busy')")
    assert isinstance(result.error_in_exec, OSError) and len(shell.shell.user_ns["tries"]) == 2
    assert "(attempt 2 of 2)" in text


def test_a_failure_that_capture_hid_marks_the_task_failed(shell: Shell) -> None:
    result, text = shell.run("%%task a\n%%capture got\nopen('x', 'w').write('1')\n1/0")
    assert result.success
    assert "✗ a" in text
    assert shell.cellar.runs(RunQuery(name="a"))[0].status is RunStatus.FAILED


def test_backoff_waits_between_attempts_and_an_interrupt_ends_it(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("nbcellar.tasks.attempts.attempt.time.sleep", waits.append)
    result, text = shell.run("%%task a --retries 3:10s..30s\nraise OSError('busy')")
    assert isinstance(result.error_in_exec, OSError)
    assert waits == [10.0, 20.0, 30.0] and "Trying again in 10.0 s." in text

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nbcellar.tasks.attempts.attempt.time.sleep", interrupt)
    result, text = shell.run("%%task b --retries 3:10s\nopen('half', 'w').write('1')\nraise OSError('busy')")
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert shell.cellar.runs(RunQuery(name="b"))[0].status is RunStatus.INTERRUPTED
    assert "1 file kept" in text


def test_a_missing_file_that_a_task_once_wrote_is_explained(shell: Shell) -> None:
    shell.ok("%%task clean -> cleaned\nopen('c.csv', 'w').write('1')")
    Path("c.csv").unlink()
    _, text = shell.run("open('c.csv')")
    assert "FileNotFoundError" in text and "c.csv is in clean@1: cleaned['c.csv']" in text
    shell.ok("del cleaned")
    _, text = shell.run("open('c.csv')")
    assert "c.csv is in clean@1: cellar['clean@1']['c.csv']" in text
    _, text = shell.run("open('never.csv')")
    assert "is in" not in text


def test_a_body_that_takes_too_long_is_ended(shell: Shell) -> None:
    result, text = shell.run("%%task a --timeout 100ms\nopen('x', 'w').write('1')\nimport time\ntime.sleep(30)")
    assert isinstance(result.error_in_exec, TaskTimeout)
    assert "a took longer than 0.1 s" in text and "1 file kept" in text
    shell.ok("import time\ntime.sleep(0.15)")


def test_a_body_that_awaits_too_long_is_ended(shell: Shell) -> None:
    result, _ = shell.run("%%task a --timeout 100ms\nimport asyncio\nawait asyncio.sleep(30)")
    assert isinstance(result.error_in_exec, TaskTimeout)
    shell.ok("%%task a\nimport asyncio\nawait asyncio.sleep(0)")


def test_a_body_in_time_is_left_alone(shell: Shell) -> None:
    shell.ok("%%task a --timeout 10s\n1")
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_each_attempt_has_its_own_time(shell: Shell) -> None:
    shell.ok("tries = []")
    shell.ok(
        "%%task a --timeout 2s --retries 1\nimport time\ntries.append(1)\nif len(tries) == 1: time.sleep(30)\n'done'"
    )
    assert shell.cellar.find("a").result == "done"
