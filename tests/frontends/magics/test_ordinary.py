"""What people do in their first days, and what they must be told then."""

from __future__ import annotations

import pytest

from tests.frontends.magics.conftest import Shell, names

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_a_glob_that_keeps_nothing_does_not_say_that_nothing_was_written(shell: Shell) -> None:
    text = shell.ok("%%task a --match '*.png'\nopen('t.csv', 'w').write('1')")
    assert "a@1 · kept none of the 1 file that it wrote: none matches" in text and "wrote no files" not in text
    text = shell.ok("%%task a --match '*.csv'\nopen('t.csv', 'w').write('2')\nopen('u.png', 'w').write('2')")
    assert names(shell, "a") == ["t.csv"] and "kept none" not in text


@pytest.mark.parametrize("line", ["%%task late", "%task late"])
def test_a_marker_below_other_lines_says_where_it_belongs(shell: Shell, line: str) -> None:
    result, text = shell.run(f"x = 1\n{line}\nopen('x', 'w')")
    assert not result.success
    assert f"UsageError: {line.split()[0]} belongs on the first line of a cell." in text
    assert not shell.cellar.exists


def test_a_literal_parameter_beside_a_variable_of_its_name_is_said_to_set_none(shell: Shell) -> None:
    shell.ok("alpha, table = 0.2, [1]")
    assert "--param alpha=0.5 sets no variable: alpha is 0.2" in shell.ok("%%task a -p alpha=0.5\nalpha")
    assert "sets no variable" not in shell.ok("%%task a -p alpha=0.2 -p table=3 -p beta=4\nalpha")
    assert "sets no variable" in shell.ok("%%task a --cache -p alpha=0.5\nalpha")


def test_threads_that_libraries_keep_for_the_next_time_are_no_news(shell: Shell) -> None:
    shell.ok("import threading\nfrom joblib import Parallel, delayed\nfrom joblib.externals import loky")
    text = shell.ok("%%task a\nr = Parallel(2)(delayed(abs)(i) for i in [-1, 2])\nr, threading.active_count() > 1")
    assert "([1, 2], True)" in text and "still running" not in text
    shell.ok("loky.get_reusable_executor().shutdown(wait=True)")


def test_workers_of_a_pool_are_news_only_while_they_work(shell: Shell) -> None:
    shell.ok("import asyncio, threading\nfrom concurrent.futures import ThreadPoolExecutor")
    shell.ok("pool = ThreadPoolExecutor(2)\nbegun, go = threading.Event(), threading.Event()")
    for body in ("await asyncio.to_thread(len, 'abc')", "pool.submit(len, 'abc').result()", "[*pool.map(len, 'ab')]"):
        assert "still running" not in shell.ok(f"%%task a\n{body}")
    text = shell.ok("%%task a\njob = pool.submit(lambda: begun.set() or go.wait())\nbegun.wait()")
    assert "1 thread still running" in text
    shell.ok("go.set()\npool.shutdown(wait=True)\nawait asyncio.get_running_loop().shutdown_default_executor()")


def test_a_thread_of_the_user_s_own_is_news(shell: Shell) -> None:
    shell.ok("import threading\ngo = threading.Event()")
    text = shell.ok("%%task a\nt = threading.Thread(target=go.wait, daemon=True)\nt.start()")
    assert "1 thread still running; what it writes from now on is not in the asset" in text
    shell.ok("go.set(); t.join()")


def test_inputs_are_shown_in_one_line_each(shell: Shell) -> None:
    shell.ok("open('d.csv', 'w').write('a\\n1\\n')")
    shell.ok("%%task a --in d.csv -> got\nopen('d.csv').read()")
    assert "<Input file d.csv: declared, 4 bytes>" in shell.ok("got.inputs")
