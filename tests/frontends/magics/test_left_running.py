"""What a task cell leaves running, and who else runs."""

from __future__ import annotations

import pytest

from nbcellar.store import RunQuery
from tests.frontends.magics.conftest import Shell, names

pytestmark = [  # bodies here leave files open, as people's cells do
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_a_nested_task_is_an_asset_of_its_own(shell: Shell) -> None:
    shell.ok(
        "%%task outer\nopen('o.txt', 'w').write('1')\n"
        "get_ipython().run_cell(\"%%task inner\\nopen('i.txt', 'w').write('2')\")"
    )
    assert names(shell, "inner") == ["i.txt"]
    assert names(shell, "outer") == ["o.txt"]
    assert shell.cellar.find("inner").parent == shell.cellar.find("outer").id


def test_a_running_thread_is_noted(shell: Shell) -> None:
    text = shell.ok(
        "%%task a\nimport threading\nstop = threading.Event()\n"
        "thread = threading.Thread(target=stop.wait)\nthread.start()"
    )
    shell.ok("stop.set(); thread.join()")
    assert "1 thread still running; what it writes from now on is not in the asset" in text


def test_a_running_child_is_noted(shell: Shell) -> None:
    text = shell.ok("%%task a\nimport subprocess\nchild = subprocess.Popen(['sleep', '60'])")
    shell.ok("child.kill(); child.wait()")
    assert "1 child process still running" in text


def test_a_forked_child_publishes_nothing(shell: Shell) -> None:
    shell.ok(
        "%%task a\nimport os\nopen('x', 'w').write('1')\npid = os.fork()\nif pid == 0: os._exit(0)\nos.waitpid(pid, 0)"
    )
    assert len(shell.cellar.runs(RunQuery(name="a"))) == 1
