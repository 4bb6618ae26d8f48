"""The hazards of running where the user is, row by row, each in a real kernel."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbcellar.model import RunStatus
from nbcellar.store import Cellar, RunQuery
from tests.frontends.magics.kernels import Kernel, Said

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    started = Kernel.start(tmp_path_factory.mktemp("one"))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    started = Kernel.start(tmp_path_factory.mktemp("two"))
    yield started
    started.stop()


@pytest.fixture
def place(kernel: Kernel, tmp_path: Path) -> Path:
    """A project in which the kernel stands."""
    kernel.begin(tmp_path / "project")
    return tmp_path / "project"


def card(said: Said) -> str:
    (text,) = said.cards
    return text


def kept(place: Path, ref: str) -> list[str]:
    cellar = Cellar.open(place)
    run = cellar.find(ref, succeeded=False)
    return [os.fsdecode(entry.name) for entry in cellar.manifest(run.asset)] if run.asset else []


@pytest.mark.parametrize(
    ("ending", "error", "status"),
    [
        ("1/0", "ZeroDivisionError: division by zero", RunStatus.FAILED),
        ("raise KeyboardInterrupt", "KeyboardInterrupt: ", RunStatus.INTERRUPTED),
        ("import sys; sys.exit(3)", "SystemExit: 3", RunStatus.FAILED),
    ],
)
def test_whatever_ends_the_body_ends_the_cell_and_its_files_are_kept(
    kernel: Kernel, place: Path, ending: str, error: str, status: RunStatus
) -> None:
    said = kernel.run(f"%%task a\nopen('half.txt', 'w').write('1')\n{ending}")
    assert (said.status, said.error) == ("error", error)
    assert "nbcellar" not in said.traceback
    assert "1 file kept for 7 days" in card(said)
    assert Cellar.open(place).runs(RunQuery(name="a"))[0].status is status
    assert kept(place, "a@1") == ["half.txt"] and (place / "half.txt").exists()


def test_a_cell_that_misses_a_file_of_a_task_is_told_where_it_is(kernel: Kernel, place: Path) -> None:
    kernel.run("%%task clean -> cleaned\nimport pandas as pd\npd.DataFrame({'a': [1]}).to_parquet('clean.parquet')")
    (place / "clean.parquet").unlink()
    said = kernel.run("pd.read_parquet('clean.parquet')")
    assert "clean.parquet is in clean@1: cleaned['clean.parquet']" in said.traceback
    assert kernel.run("pd.read_parquet(cleaned['clean.parquet'])").status == "ok"


def test_a_fresh_task_that_misses_an_input_is_told_how_to_name_it(kernel: Kernel, place: Path) -> None:
    (place / "survey.csv").touch()
    said = kernel.run("%%task a --fresh\nopen('survey.csv')")
    assert "survey.csv is beside the notebook; this task runs in a fresh folder." in said.traceback
    assert "Add `--in survey.csv`, or drop `--fresh`" in said.traceback


def test_what_still_runs_at_the_end_is_noted_and_not_waited_for(kernel: Kernel, place: Path) -> None:
    said = kernel.run(
        "%%task a\nimport threading, subprocess\nstop = threading.Event()\n"
        "thread = threading.Thread(target=stop.wait)\nthread.start()\nchild = subprocess.Popen(['sleep', '600'])"
    )
    kernel.run("stop.set(); thread.join(); child.kill(); child.wait()")
    assert "1 thread and 1 child process still running; what they write from now on is not in the asset" in card(said)


def test_other_coroutines_that_see_the_fresh_folder_are_noted(kernel: Kernel, place: Path) -> None:
    body = "import asyncio, nbcellar as cellar\nawait asyncio.sleep(0.05)\nassert cellar.current.dir.is_absolute()"
    assert "coroutine" not in card(kernel.run(f"%%task alone --fresh\n{body}"))
    kernel.run(
        "import asyncio, os\nseen = []\nasync def watch():\n    while True:\n        seen.append(os.getcwd())\n"
        "        await asyncio.sleep(0.01)\nwatching = asyncio.create_task(watch())"
    )
    said = kernel.run(f"%%task a --fresh\n{body}")
    kernel.run("watching.cancel()")
    assert "1 other coroutine ran meanwhile, and saw this task's folder as the current one" in card(said)
    assert kernel.run(f"assert {str(place / '.cellar/work/a-1')!r} in seen").status == "ok"


def test_two_notebooks_in_one_folder_keep_what_each_opened(
    kernel: Kernel, other: Kernel, place: Path, tmp_path: Path
) -> None:
    other.run(f"%reset -f\nimport os; os.chdir({str(place)!r})")
    wait = "import os, time\nwhile not os.path.exists({!r}): time.sleep(0.01)"
    begun, done = str(tmp_path / "begun"), str(tmp_path / "done")
    first = f"%%task first\nopen('first.txt', 'w').close(); open({begun!r}, 'w').close()\n{wait.format(done)}"
    second = f"%%task second\n{wait.format(begun)}\nopen('second.txt', 'w').close()"
    sent = kernel.send(first)
    ended = other.run(second)
    Path(done).touch()
    assert ended.status == kernel.answer(sent).status == "ok"
    assert kept(place, "first") == ["first.txt"]
    assert kept(place, "second") == ["second.txt"]
    assert not list((place / ".cellar/work/claims").iterdir())


def test_what_two_tasks_may_both_have_written_is_kept_and_said(
    kernel: Kernel, other: Kernel, place: Path, tmp_path: Path
) -> None:
    other.run(f"%reset -f\nimport os; os.chdir({str(place)!r})")
    wait = "import os, time\nwhile not os.path.exists({!r}): time.sleep(0.01)"
    begun, done = str(tmp_path / "begun"), str(tmp_path / "done")
    first = f"%%task first\nopen({begun!r}, 'w').close()\n{wait.format(done)}"
    sent = kernel.send(first)
    other.run(f"%%task second\n{wait.format(begun)}\nos.system('echo x > by_child.txt')")
    Path(done).touch()
    said = kernel.answer(sent)
    assert "another task ran meanwhile, and may have written by_child.txt" in card(said)
    assert kept(place, "first") == kept(place, "second") == ["by_child.txt"]


def test_a_nested_task_is_an_asset_of_its_own(kernel: Kernel, place: Path) -> None:
    kernel.run(
        "%%task outer\nopen('o.txt', 'w').close()\n"
        "get_ipython().run_cell(\"%%task inner\\nopen('i.txt', 'w').close()\")"
    )
    cellar = Cellar.open(place)
    assert (kept(place, "outer"), kept(place, "inner")) == (["o.txt"], ["i.txt"])
    assert cellar.find("inner").parent == cellar.find("outer").id


def test_a_body_that_changes_folder_stays_there_and_both_are_looked_at(kernel: Kernel, place: Path) -> None:
    for name in ("nb", "sub"):
        (place / name).mkdir()
    kernel.run("import os\nos.chdir('nb')")
    kernel.run("%%task a\nos.system('echo > here.txt')\nos.chdir('../sub')\nos.system('echo > there.txt')")
    assert kept(place, "a") == ["here.txt", "project/sub/there.txt"]
    assert kernel.run(f"assert os.getcwd() == {str(place / 'sub')!r}").status == "ok"
    kernel.run("%%task b --fresh\nos.chdir('/')")
    assert kernel.run(f"assert os.getcwd() == {str(place / 'sub')!r}").status == "ok"


@pytest.mark.long
def test_of_a_folder_of_fifty_thousand_files_what_is_seen_and_mentioned_is_kept(kernel: Kernel, place: Path) -> None:
    for folder in range(51):
        (place / f"many/{folder}").mkdir(parents=True)
        for file in range(1000):
            os.close(os.open(place / f"many/{folder}/{file}", os.O_CREAT))
    kernel.run("import os\nfrom pathlib import Path\nRESULTS = Path('results')")
    said = kernel.run(
        "%%task a\nopen('many/3/7', 'w').write('seen')\nRESULTS.mkdir()\n"
        "os.system('echo > many/named.txt')\nos.system(f'echo > {RESULTS}/mentioned.txt; echo > un$(echo seen)')"
    )
    assert kept(place, "a") == ["many/3/7", "many/named.txt", "results/mentioned.txt"]
    assert "the folder holds more than 50,000 files" in card(said)


def test_files_that_cannot_be_saved_are_rescued_with_the_command_that_finishes(kernel: Kernel, place: Path) -> None:
    kernel.run("%%task a\nopen('first.txt', 'w').close()")
    packs = place / ".cellar/packs"
    packs.rename(place / ".cellar/packs-away")
    packs.write_text("in the way")
    said = kernel.run("%%task a\nopen('second.txt', 'w').write('2')")
    assert said.status == "error" and said.error.startswith("StorageError")
    rescued = place / ".cellar/rescue/a-2"
    assert f"nbcellar save --at {rescued} --name a" in said.error
    assert (rescued / "second.txt").read_text() == "2"
    packs.unlink()
    (place / ".cellar/packs-away").rename(packs)
    assert kernel.run(f"%cellar save --at {rescued} --name a").status == "ok"
    assert kept(place, "a") == ["second.txt"]


def test_a_failure_that_capture_hid_marks_the_task_failed(kernel: Kernel, place: Path) -> None:
    said = kernel.run("%%task a\n%%capture got\nopen('half.txt', 'w').close()\n1/0")
    assert said.status == "ok"  # as without the marker
    assert card(said).startswith("✗ a · a@1 failed") and "ZeroDivisionError" in card(said)
    assert Cellar.open(place).runs(RunQuery(name="a"))[0].status is RunStatus.FAILED


def test_a_name_that_another_notebook_wrote_last_is_said(kernel: Kernel, place: Path) -> None:
    kernel.run("import os; os.environ['JPY_SESSION_NAME'] = '/p/first.ipynb'")
    kernel.run("%%task a\nopen('x', 'w').write('1')")
    kernel.run("os.environ['JPY_SESSION_NAME'] = '/p/second.ipynb'")
    said = kernel.run("%%task a\nopen('x', 'w').write('2')")
    kernel.run("del os.environ['JPY_SESSION_NAME']")
    assert "a was last written by /p/first.ipynb" in card(said)


def test_a_notebook_that_a_workflow_ran_is_no_other_one_when_it_is_run_by_hand(kernel: Kernel, place: Path) -> None:
    kernel.run("import os; os.environ['NBCELLAR_NOTEBOOK'] = 'first.ipynb'")  # as a workflow says it
    kernel.run("%%task a\nopen('x', 'w').write('1')")
    kernel.run(f"del os.environ['NBCELLAR_NOTEBOOK']; os.environ['JPY_SESSION_NAME'] = {str(place / 'first.ipynb')!r}")
    by_hand = kernel.run("%%task a\nopen('x', 'w').write('2')")
    kernel.run(f"os.environ['JPY_SESSION_NAME'] = {str(place / 'second.ipynb')!r}")
    other = kernel.run("%%task a\nopen('x', 'w').write('3')")
    kernel.run("del os.environ['JPY_SESSION_NAME']")
    assert "last written by" not in card(by_hand)
    assert "a was last written by first.ipynb" in card(other)


def test_an_interrupt_while_a_retry_waits_ends_the_cell(kernel: Kernel, place: Path) -> None:
    said = kernel.run(
        "%%task a --retries 3:10m\nopen('half', 'w').close()\nraise OSError('busy')", interrupt_when="Trying again"
    )
    assert said.error.startswith("KeyboardInterrupt")
    assert "interrupted after" in card(said) and kept(place, "a@1") == ["half"]
