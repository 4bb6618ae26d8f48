"""``--keep-kernel``: the kernel of a failed notebook lives on, can be attached to, and is ended by ``cancel``."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from jupyter_client.blocking.client import BlockingKernelClient

from nbcellar.frontends.commands.runstatus import cancel, status
from nbcellar.store import Cellar
from nbcellar.workflow.kernels.kept import KeptKernel, kept_kernel
from nbcellar.workflow.runs.history import find_run, workflow_status

Write = Callable[..., Path]
pytestmark = pytest.mark.slow
POLLS_S = 2.5
"""Longer than a kernel takes to notice that the process that started it is gone."""


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "nbcellar", "run", "flow.yaml", *options]
    return subprocess.run(line, cwd=folder, text=True, capture_output=True, timeout=120)


@pytest.fixture
def flow(write_notebook: Write, write_workflow: Write, project: Path) -> Path:
    write_notebook("good.ipynb", "open('good', 'w').write(str(__import__('os').getpid()))")
    write_notebook("bad.ipynb", "found = [1, 2, 3]", "found[5]")
    write_workflow("cellar: 1\nname: flow\nsteps: {good: {notebook: good.ipynb}, bad: {notebook: bad.ipynb}}\n")
    return project


def kept(folder: Path) -> KeptKernel:
    cellar = Cellar.open(folder)
    steps = {one.outcome.step: one for one in workflow_status(cellar, find_run(cellar)).steps}
    found = kept_kernel(cellar.run(steps["bad"].outcome.runs[-1]))
    assert found is not None
    assert kept_kernel(cellar.run(steps["good"].outcome.runs[-1])) is None
    return found


def test_a_failed_kernel_can_be_looked_around_in_until_it_is_cancelled(flow: Path) -> None:
    said = run(flow, "--keep-kernel")
    assert said.returncode == 1
    kernel = kept(flow)
    assert f"the kernel of bad lives on: {kernel.command}" in said.stderr
    shown = status(cellar=Cellar.open(flow))
    assert kernel.command in shown.text()
    assert [step.get("kernel") for step in shown._facts()["steps"]] == [None, kernel.command]
    assert os.stat(os.path.dirname(kernel.connection_file)).st_mode & 0o077 == 0
    time.sleep(POLLS_S)  # what is shown is that nothing happens meanwhile

    client = BlockingKernelClient(connection_file=kernel.connection_file)
    client.load_connection_file()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        reply = client.execute_interactive("", user_expressions={"found": "found"}, timeout=60)
        assert reply["content"]["user_expressions"]["found"]["data"]["text/plain"] == "[1, 2, 3]"
    finally:
        client.stop_channels()

    ended = cancel(cellar=Cellar.open(flow))
    assert ended.text() == "flow@1 had ended already (failed); 1 kernel that it left alive ended."
    assert not kernel.lives and not os.path.exists(kernel.connection_file)
    assert not os.path.exists(f"/proc/{(flow / 'good').read_text()}/cwd")
    assert "lives on" not in status(cellar=Cellar.open(flow)).text()


def test_without_the_option_no_kernel_is_left(flow: Path) -> None:
    assert run(flow).returncode == 1
    cellar = Cellar.open(flow)
    assert "kept_kernel" not in cellar.runs()[0].detail
    assert "lives on" not in status(cellar=cellar).text()


def test_a_process_that_took_over_the_id_is_not_taken_for_the_kernel() -> None:
    own = KeptKernel.of(os.getpid(), "/nowhere/kernel.json")
    assert own.lives
    other = KeptKernel(own.pid, "1", own.boot, own.host, own.connection_file)
    elsewhere = KeptKernel(own.pid, own.started, own.boot, "elsewhere", own.connection_file)
    for one in (other, elsewhere):
        assert not one.lives
        one.end()
