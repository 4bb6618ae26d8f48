"""Forked kernels: the same as cold ones in all that a notebook can see, and only where that is sure."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from nbcellar.model import RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.workflow.kernels.forkhost import HOST
from nbcellar.workflow.runs.runner import run_workflow, start_workflow
from nbcellar.workflow.runs.workflowrun import WorkflowRun
from tests.workflow.conftest import gone_within

Write = Callable[..., Path]
pytestmark = pytest.mark.slow

STREAMS = ("stdout", "stderr")
PICTURES = """
    import matplotlib.pyplot as plt
    import numpy as np
    import pandas as pd

    np.random.seed(1)
    frame = pd.DataFrame({"x": np.arange(5), "y": np.random.rand(5) @ np.ones((5, 5))})
    frame.plot(x="x", y="y")
    plt.savefig("plot.svg", metadata={"Date": None})
    frame
"""
PROCESSES = """
    import multiprocessing, subprocess, sys, threading
    from concurrent.futures import ThreadPoolExecutor
    print(subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True, text=True).stdout)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(abs, [-1, -2]))
    with ThreadPoolExecutor(3) as pool:
        print(sorted(pool.map(len, ["a", "bb"])), threading.current_thread().name)
    !echo shell
    await __import__("asyncio").sleep(0)
"""
AROUND = """
    import os, signal, sys, time
    print(os.getcwd(), __name__, sys.argv[0].split("/")[-1], sys.path[1:], sys.flags, time.tzname)
    print(sorted(set(os.environ) - {"NBCELLAR_KERNELS"}), oct(os.umask(0o22)), os.getsid(0) == os.getpid())
    print(signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGCHLD), sys.stdin.isatty(), os.nice(0))
    print(sys.stdin.read() if False else "", "gc", __import__("gc").isenabled(), sys.getrecursionlimit())
"""
CHILD = """
    import subprocess
    ask = "trap 'echo > asked; exit' TERM; echo ready; while :; do sleep 0.1; done"
    child = subprocess.Popen(["sh", "-c", ask], stdout=subprocess.PIPE, text=True)
    child.stdout.readline()
"""
TASK = """
    %%task made
    from pathlib import Path
    Path("made.txt").write_text(frame.to_csv(index=False))
    frame.y.round(3).to_list()
"""


def outputs(run: WorkflowRun, step: str) -> list[object]:
    """What each cell showed; a stream may come in pieces, and cards hold times."""
    assert run.succeeded, run.run.error
    shown: list[object] = []
    for cell in json.loads(run[step].notebook.read())["cells"]:
        printed = [each for each in cell["outputs"] if each["output_type"] == "stream"]
        shown.append({name: "".join("".join(o["text"]) for o in printed if o["name"] == name) for name in STREAMS})
        rest = [each for each in cell["outputs"] if each["output_type"] != "stream"]
        shown += [each["data"] for each in rest if "application/vnd.nbcellar.asset+json" not in each["data"]]
    return shown


def kernel_of(run: WorkflowRun, step: str) -> str:
    return str(run[step].runs[-1].detail["kernel"])


def test_a_forked_kernel_shows_and_makes_what_a_cold_one_does(
    project: Path, write_notebook: Write, write_workflow: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_notebook("a.ipynb", "%load_ext nbcellar", PICTURES, PROCESSES, AROUND, TASK)
    path = write_workflow("cellar: 1\nname: flow\nsteps: {a: {notebook: a.ipynb}}\n")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    runs = {}
    for kernels in ("cold", "forked"):
        monkeypatch.setenv("NBCELLAR_KERNELS", kernels)
        runs[kernels] = run_workflow(path, force=True)
        assert runs[kernels].succeeded, runs[kernels].run.error
        assert kernel_of(runs[kernels], "a") == kernels
    assert outputs(runs["forked"], "a") == outputs(runs["cold"], "a")
    cold, forked = runs["cold"]["a"].assets["made"], runs["forked"]["a"].assets["made"]
    assert forked.digest == cold.digest
    assert runs["forked"]["a"].results == runs["cold"]["a"].results


UNFLUSHED = """
    import os, helper
    kept = open("kept.txt", "w")
    kept.write("in the namespace")
    helper.note("in a module")
    import atexit
    import threading
    atexit.register(lambda: open("atexit.txt", "w").write(" ".join(each.name for each in threading.enumerate())))
    open("pid", "w").write(str(os.getpid()))
    os.system("sleep 600 & echo $! > child")
"""


def test_a_child_that_a_kernel_left_is_asked_to_end_before_it_is_made_to(
    project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("n.ipynb", CHILD)
    run = run_workflow(write_workflow("cellar: 1\nname: flow\nsteps: {one: {notebook: n.ipynb}}\n"))
    assert run.succeeded and kernel_of(run, "one") == "forked"
    assert (project / "asked").exists()


def test_what_a_kernel_had_open_is_written_at_its_end_and_its_children_end_with_it(
    project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    (project / "helper.py").write_text("log = open('module.txt', 'w')\ndef note(text):\n    log.write(text)\n")
    write_notebook("a.ipynb", UNFLUSHED)
    run = run_workflow(write_workflow("cellar: 1\nname: flow\nsteps: {a: {notebook: a.ipynb}}\n"))
    assert run.succeeded and kernel_of(run, "a") == "forked"
    assert (project / "kept.txt").read_text() == "in the namespace"
    assert (project / "module.txt").read_text() == "in a module"
    speaking = (project / "atexit.txt").read_text()  # libzmq aborts where a thread speaks while its socket is closed
    assert "MainThread" in speaking and "Control" not in speaking and "Shell channel" not in speaking
    assert gone_within(int((project / "pid").read_text()), 10) and gone_within(int((project / "child").read_text()), 10)


CLOSING = """
    import threading, time
    from ipykernel.kernelapp import IPKernelApp
    app, names = IPKernelApp.instance(), set(globals())
    loop, speaker = app.control_thread.io_loop, app.iopub_thread.thread
    def slowly(close=loop.close, sleep=time.sleep):
        sleep(2)
        close()
    loop.close = slowly
    def noting(join=speaker.join, threads=threading.enumerate, **timeout):  # globals are gone by then
        open("closing.txt", "a").write(" ".join(["at", *(each.name for each in threads())]))
        join(**timeout)
    speaker.join = noting
    [name for name in names if "nbcellar" in name]
"""


def test_the_threads_of_a_cold_kernel_end_before_its_sockets_too(
    project: Path, write_notebook: Write, write_workflow: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBCELLAR_KERNELS", "cold")
    write_notebook("a.ipynb", CLOSING)
    run = run_workflow(write_workflow("cellar: 1\nname: flow\nsteps: {a: {notebook: a.ipynb}}\n"))
    assert kernel_of(run, "a") == "cold"
    assert outputs(run, "a")[1:] == [{"text/plain": ["[]"]}]
    speaking = (project / "closing.txt").read_text()
    assert speaking.startswith("at MainThread") and "Control" not in speaking and "Shell channel" not in speaking


def test_state_never_leaks_from_one_kernel_to_the_next(
    project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("first.ipynb", "import json, os\njson.leaked = 1\nos.environ['LEAKED'] = '1'\nos.chdir('/')")
    write_notebook(
        "second.ipynb",
        "import json, os, random, nbcellar as cellar",
        "assert not hasattr(json, 'leaked') and 'LEAKED' not in os.environ",
        "cellar.result('drawn', random.random())",
    )
    run = run_workflow(
        write_workflow(
            """
            cellar: 1
            name: flow
            steps:
              first: {notebook: first.ipynb}
              second: {notebook: second.ipynb, needs: first}
              third: {notebook: second.ipynb, needs: second}
            """
        )
    )
    assert run.succeeded, run.run.error
    assert {kernel_of(run, step) for step in run} == {"forked"}
    assert run["second"].result != run["third"].result


HANGS = "import os, time\nopen('begun', 'w').write(str(os.getpid()))\ntime.sleep(600)"


def begun(folder: Path) -> int:
    deadline = time.monotonic() + 120
    while not (folder / "begun").exists() or not (folder / "begun").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return int((folder / "begun").read_text())


def test_kernels_end_when_the_process_they_were_forked_from_dies(
    project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("a.ipynb", HANGS)
    run = start_workflow(write_workflow("cellar: 1\nname: flow\nsteps: {a: {notebook: a.ipynb}}\n"))
    kernel = begun(project)
    server = HOST.pid
    assert server is not None
    os.kill(server, signal.SIGKILL)
    run.wait(60)
    assert run.status is RunStatus.FAILED and "the kernel died (signal 9" in run.steps["a"].error
    assert gone_within(kernel, 10)
    assert HOST.pid is None
    write_notebook("a.ipynb", "1")
    again = run_workflow(project / "flow.yaml")
    assert again.succeeded and kernel_of(again, "a") == "forked"


def bare(project: Path, name: str, argv: list[str], environment: Mapping[str, str] | None = None) -> None:
    spec = project / "share/kernels" / name
    spec.mkdir(parents=True)
    content = {"argv": argv, "language": "python", "display_name": name, "env": dict(environment or {})}
    spec.joinpath("kernel.json").write_text(json.dumps(content))


def test_a_kernel_is_cold_where_a_forked_one_might_differ_and_the_run_says_why(
    project: Path, write_notebook: Write, write_workflow: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    launcher = ["-m", "ipykernel_launcher", "-f", "{connection_file}"]
    link = project / "otherpython"
    link.symlink_to(os.path.realpath(sys.executable))
    bare(project, "variable", [sys.executable, *launcher], {"OMP_NUM_THREADS": "1"})
    bare(project, "options", [sys.executable, "-X", "dev", *launcher])
    bare(project, "other", [str(link), *launcher], {"PYTHONPATH": os.pathsep.join(sys.path)})
    monkeypatch.setenv("JUPYTER_PATH", str(project / "share"))
    for name in ("variable", "options", "other"):
        write_notebook(f"{name}.ipynb", "1", kernel=name)
    write_notebook("plain.ipynb", "1")
    write_notebook("beside/shadowed.ipynb", "1")
    (project / "beside/colorsys.py").touch()  # nobody has imported that
    write_notebook("shadow/shadowed.ipynb", "1")
    (project / "shadow/psutil.py").touch()
    run = run_workflow(
        write_workflow(
            """
            cellar: 1
            name: flow
            steps:
              plain: {notebook: plain.ipynb}
              variable: {notebook: variable.ipynb}
              options: {notebook: options.ipynb}
              other: {notebook: other.ipynb}
              beside: {notebook: beside/shadowed.ipynb}
              shadow: {notebook: shadow/shadowed.ipynb}
            """
        )
    )
    assert {name: kernel_of(run, name) for name in run} == {
        "plain": "forked",
        "variable": "cold: OMP_NUM_THREADS is not what it was when the process to fork from began",
        "options": "cold: its kernelspec is not `python -m ipykernel_launcher`",
        "other": "cold: its kernelspec names another interpreter",
        "beside": "forked",
        "shadow": "cold: psutil beside the notebook has the name of a module that is imported already",
    }


def test_a_process_with_two_threads_is_not_forked(
    project: Path, write_notebook: Write, write_workflow: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "site").mkdir()
    (project / "site/sitecustomize.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{project / 'site'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    write_notebook("a.ipynb", "1")
    run = run_workflow(write_workflow("cellar: 1\nname: flow\nsteps: {a: {notebook: a.ipynb}}\n"))
    assert run.succeeded, run.run.error
    assert kernel_of(run, "a") == "cold: the process to fork from has 2 threads"


def test_a_process_that_cannot_begin_leaves_cold_kernels(
    project: Path, write_notebook: Write, write_workflow: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbcellar.workflow.kernels.forkhost.SERVER", "nbcellar.workflow.nosuch")
    write_notebook("a.ipynb", "1")
    run = run_workflow(write_workflow("cellar: 1\nname: flow\nsteps: {a: {notebook: a.ipynb}}\n"))
    assert run.succeeded, run.run.error
    assert "No module named nbcellar.workflow.nosuch" in kernel_of(run, "a")
    assert [each.status for each in Cellar.open(project).runs(RunQuery(name="flow-a"))] == [RunStatus.SUCCEEDED]
