"""Runs under way: watched, their logs followed, their notebooks opened, shown live in a notebook and a terminal."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from nbcellar.store import Cellar
from nbcellar.workflow.runs.history import find_run
from tests.frontends.commands.conftest import Say
from tests.frontends.commands.test_running import NBCELLAR, notebook
from tests.frontends.magics.kernels import Kernel

pytestmark = pytest.mark.slow
WAITS = "import os, time\nwhile not os.path.exists('go'):\n    time.sleep(0.05)"
WORKFLOW = """\
cellar: 1
name: study
steps:
  first: {notebook: first.ipynb}
  second: {notebook: second.ipynb, needs: first}
"""


@pytest.fixture
def study(project: Path) -> Path:
    """A quick step, then one that prints, waits for a file ``go``, and fails where there is one called ``fail``."""
    (project / "study.yaml").write_text(WORKFLOW)
    notebook(project / "first.ipynb", "print('first prints')")
    fails = "if os.path.exists('fail'): raise ValueError('<b>no</b>')"
    notebook(project / "second.ipynb", "print('second begins')", WAITS, "print('second goes on')", fails, "'never'")
    return project


@pytest.fixture
def started(study: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([*NBCELLAR, "run", "study.yaml", "--quiet"], cwd=study, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not any((study / ".cellar" / "work").glob("*/second.ipynb")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    yield process
    (study / "go").touch()
    process.wait(60)


def terminal(study: Path, *words: str) -> pexpect.spawn[str]:
    """A line in a terminal of its own."""
    return pexpect.spawn(NBCELLAR[0], [*NBCELLAR[1:], *words], cwd=study, encoding="utf-8", timeout=60)


def test_logs_are_followed_and_a_run_is_watched_while_it_goes_on(
    study: Path, started: subprocess.Popen[bytes], say: Say
) -> None:
    with terminal(study, "logs", "-f") as logs:
        logs.expect("── first.*first prints.*── second.*second begins")
        with pexpect.spawn(
            NBCELLAR[0], [*NBCELLAR[1:], "status", "--watch"], cwd=study, encoding="utf-8", timeout=60
        ) as watch:
            watch.expect(r"✓ first  succeeded")
            watch.expect(r"▸ second \[2/5\] import os, time")
            opened = say("open", "latest", "--json").json
            assert (opened["step"], opened["status"], opened["cell"]) == ("second", "running", 2)
            (study / "go").touch()
            watch.expect("2 of 2 steps done")
            watch.expect(pexpect.EOF)
        logs.expect("second goes on.*── study@1 succeeded")
        logs.expect(pexpect.EOF)
    assert "first prints" in say("logs", "-f", "--json").json["steps"][0]["text"]  # type: ignore[index,call-overload,operator]
    assert say("logs", "-f", "latest", "thrid").code == 3


def test_open_leads_to_the_failing_cell(study: Path, say: Say) -> None:
    assert say("open").code == 3
    (study / "go").touch()
    (study / "fail").touch()
    assert say("run", "study.yaml", "--quiet").code == 1
    said = say("open", "--no-browser")
    assert "study@1 · second failed, at cell 4 of 5: if os.path.exists('fail')" in said.out
    found = say("open", "--json").json
    assert found["cell_id"] == "c3" and str(found["url"]).endswith("/second.html#cell-id=c3")
    page = Path(str(found["url"]).removeprefix("file://").partition("#")[0]).read_text()
    assert 'id="cell-id=c3"' in page and "<b>no</b>" not in page
    assert (
        json.loads(Path(str(found["notebook"])).read_text())["cells"][-1]["metadata"]["papermill"]["status"]
        == "pending"
    )
    assert say("open", "latest", "first", "--json").json["cell"] == 1
    assert "Did you mean 'second'" in say("open", "latest", "secnd").err


def test_a_run_shows_itself_in_the_cell_and_goes_on_until_it_has_ended(study: Path) -> None:
    kernel = Kernel.start(study)
    try:
        kernel.run("import nbcellar as cellar, time\nwf = cellar.Workflow.from_yaml('study.yaml')\nrun = wf.run()")
        sent = kernel.client.execute("run")
        updates = forms_of(kernel, sent)
        first = next(updates)
        assert {"text/plain", "text/html", "application/vnd.nbcellar.run+json", "text/vnd.mermaid"} <= first.keys()
        (study / "go").touch()
        kernel.client.execute("run.wait(); time.sleep(0)")
        last = first
        for last in updates:
            if last["application/vnd.nbcellar.run+json"]["status"] != "running":  # type: ignore[call-overload,index]
                break
        assert "✓ study@1 succeeded" in str(last["text/plain"]) and "data:image/svg+xml;base64," in str(
            last["text/html"]
        )

        blocking = kernel.client.execute("cellar.run('study.yaml', force=True)")
        shown = [str(each["text/plain"]) for each in forms_of(kernel, blocking)]
        assert "✓ study@2 succeeded" in shown[-2] and shown[-1] == "✓ study@2 succeeded"
        unseen = kernel.client.execute("cellar.run('study.yaml')", allow_stdin=False)  # as papermill does
        (whole,) = [str(each["text/plain"]) for each in forms_of(kernel, unseen)]
        assert whole.startswith("✓ study@3 succeeded after") and "2 of 2 steps done" in whole
        (study / "fail").touch()
        retried = kernel.run("failed = wf.run(); failed.wait(); print(failed.status.value)\nprint(failed.retry)")
        assert retried.status == "ok"
    finally:
        kernel.stop()


def forms_of(kernel: Kernel, request: str) -> Iterator[dict[str, object]]:
    """Each display, update and result of a request, until its cell is idle and a run that it showed has ended."""
    idle = live = False
    while not (idle and not live):
        message = kernel.client.get_iopub_msg(timeout=120)
        content = message["content"]
        if message["parent_header"].get("msg_id") == request and message["msg_type"] == "status":
            idle = idle or content["execution_state"] == "idle"
        data = content.get("data", {})
        if "text/plain" in data and re.search("study@", str(data["text/plain"])):
            facts = data.get("application/vnd.nbcellar.run+json")
            live = facts["status"] == "running" if facts else live
            yield data


def test_a_terminal_shows_the_cells_that_run_and_a_log_gets_lines(study: Path) -> None:
    (study / "go").touch()
    with pexpect.spawn(
        NBCELLAR[0], [*NBCELLAR[1:], "run", "study.yaml"], cwd=study, encoding="utf-8", timeout=60
    ) as run:
        run.logfile_read = shown = io.StringIO()
        run.expect(r"▸ second \[1/5\] print\('second begins'\)")
        run.expect("2 of 2 steps done")
        run.expect(pexpect.EOF)
        assert shown.getvalue().count("study@1 succeeded") == 1
    log = subprocess.run(
        [*NBCELLAR, "run", "study.yaml", "--force"], cwd=study, text=True, capture_output=True, check=True
    )
    assert [line.split()[0] for line in log.stderr.splitlines()] == ["study@2:", "▸", "✓", "▸", "✓", "✓"]
    assert "study@2 succeeded" in log.stderr and "study@2 succeeded" in log.stdout
    assert "\x1b" not in log.stderr and "\r" not in log.stderr
    assert find_run(Cellar.open(study)).detail["needs"] == {"second": ["first"]}


def test_a_failed_run_is_retried_from_where_it_stopped(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbcellar as cellar

    (study / "go").touch()
    (study / "fail").touch()
    run = cellar.Workflow.from_yaml(study / "study.yaml").run().wait()
    assert run.status.value == "failed"
    (study / "fail").unlink()
    again = run.retry()
    with pytest.raises(cellar.ConflictError, match="under way"):
        again.retry()
    assert again.wait().succeeded, again.run.error
    assert {name: step.status.value for name, step in again.steps.items()} == {"first": "cached", "second": "succeeded"}
    assert sys.modules["nbcellar"] is cellar
