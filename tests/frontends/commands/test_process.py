"""The command as a process: its streams, signals and colour, and what it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbcellar.frontends.cli import main
from tests.frontends.commands.conftest import Say

NBCELLAR = [sys.executable, "-m", "nbcellar"]


def test_there_is_colour_only_on_a_terminal_that_wants_it(kept: Path) -> None:
    import pty

    for extra, expected in ([], True), (["--no-color"], False):
        leader, follower = pty.openpty()
        env = {**os.environ, "TERM": "xterm"}
        env.pop("NO_COLOR", None)
        done = subprocess.run(
            [*NBCELLAR, "ls", *extra], cwd=kept, stdout=follower, stderr=follower, env=env, check=True
        )
        os.close(follower)
        text = os.read(leader, 65536)
        os.close(leader)
        assert done.returncode == 0
        assert (b"\x1b[1m" in text) is expected
    piped = subprocess.run([*NBCELLAR, "ls"], cwd=kept, capture_output=True, check=True)
    assert b"\x1b" not in piped.stdout


@pytest.fixture
def blocked(project: Path, say: Say) -> Iterator[subprocess.Popen[bytes]]:
    """A `cat` that waits for somebody to read on."""
    (project / "big").write_bytes(b"x" * 2**21)
    say("save", "big")
    with subprocess.Popen(
        [*NBCELLAR, "cat", "big/big"], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.read(10) == b"x" * 10
        yield process


def test_a_reader_that_goes_away_is_no_error_message(blocked: subprocess.Popen[bytes]) -> None:
    assert blocked.stdout is not None
    assert blocked.stderr is not None
    blocked.stdout.close()
    assert blocked.stderr.read() == b""
    assert blocked.wait(30) == 141


def test_ctrl_c_ends_with_130(blocked: subprocess.Popen[bytes]) -> None:
    blocked.send_signal(signal.SIGINT)
    _, err = blocked.communicate(timeout=30)
    assert (blocked.returncode, err) == (130, b"nbcellar: interrupted.\n")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_every_byte_reaches_a_slow_reader(project: Path, say: Say, unbuffered: str) -> None:
    content = os.urandom(2**21 + 7)
    (project / "big").write_bytes(content)
    say("save", "big")
    env = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run([*NBCELLAR, "cat", "big/big"], cwd=project, capture_output=True, check=True, env=env)
    assert done.stdout == content


def test_python_m_nbcellar_is_the_same_command(kept: Path, say: Say) -> None:
    done = subprocess.run([*NBCELLAR, "ls", "--json"], cwd=kept, capture_output=True, text=True, check=True)
    assert done.stdout == say("ls", "--json").out


def test_the_words_of_the_process_are_taken_where_none_are_given(
    say: Say, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["nbcellar", "config", "path"])
    assert main() == 0
    assert "nbcellar.toml" in capfd.readouterr().out


def test_a_command_leaves_what_it_wrote_in_the_catalogue_s_log_and_the_next_one_reads_it(project: Path) -> None:
    def run(*words: str) -> str:
        return subprocess.run([*NBCELLAR, *words], cwd=project, capture_output=True, text=True, check=True).stdout

    (project / "data").write_text("content")
    run("save", "data")
    log = project / ".cellar" / "catalogue.db-wal"
    assert log.stat().st_size
    run("note", "data", "a word on it")
    shown = run("show", "data")
    assert "a word on it" in shown
    code = "import nbcellar; nbcellar.show('data')"  # a Python program takes everything apart at its end
    subprocess.run([sys.executable, "-c", code], cwd=project, check=True)
    assert not log.exists()
    assert run("show", "data") == shown


def test_what_a_library_leaves_for_the_end_is_done(kept: Path) -> None:
    code = (
        "import atexit, sys, threading; sys.argv[1:] = ['ls']; "
        "atexit.register(lambda: print('at the end')); from nbcellar.frontends import cli; {}cli.run()"
    )
    thread = "threading.Thread(target=lambda: (threading.main_thread().join(), print('a thread'))).start(); "
    for started, last in (("", ["at the end"]), (thread, ["a thread", "at the end"])):
        out = subprocess.run(
            [sys.executable, "-c", code.format(started)], cwd=kept, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        assert out[-len(last) :] == last
