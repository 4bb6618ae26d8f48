"""A notebook in another language: it gets parameters, runs, is kept, and is taken only where an age is given."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.workflow.runs.runner import run_workflow
from nbcellar.workflow.runs.workflowrun import WorkflowRun

Write = Callable[..., Path]
pytestmark = pytest.mark.slow

BASH = """
    import subprocess
    from ipykernel.kernelapp import IPKernelApp
    from ipykernel.kernelbase import Kernel

    class Bash(Kernel):
        implementation, implementation_version, banner = "bash", "1", "bash"
        language_info = {"name": "bash", "mimetype": "text/x-sh", "file_extension": ".sh"}

        def do_execute(self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, **rest):
            if not hasattr(self, "bash"):
                self.bash = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            self.bash.stdin.write(code + "\\necho \\"=end $?\\"\\n")
            self.bash.stdin.flush()
            while not (line := self.bash.stdout.readline()).startswith("=end"):
                if not silent:
                    self.send_response(self.iopub_socket, "stream", {"name": "stdout", "text": line})
            if line.split()[1] == "0":
                return {"status": "ok", "execution_count": self.execution_count, "user_expressions": {}}
            error = {"ename": "ExitCode", "evalue": line.split()[1], "traceback": ["ExitCode"]}
            self.send_response(self.iopub_socket, "error", error)
            return {"status": "error", "execution_count": self.execution_count, **error}

        def do_shutdown(self, restart):
            if hasattr(self, "bash"):
                self.bash.communicate()
            return {"status": "ok", "restart": restart}

    IPKernelApp.launch_instance(kernel_class=Bash)
"""


@pytest.fixture
def bash(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel for bash."""
    spec = project / "share" / "kernels" / "bash"
    spec.mkdir(parents=True)
    (spec / "bash.py").write_text(textwrap.dedent(BASH))
    argv = [sys.executable, str(spec / "bash.py"), "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "language": "bash", "display_name": "bash"}))
    monkeypatch.setenv("JUPYTER_PATH", str(project / "share"))


def printed(run: WorkflowRun, step: str) -> str:
    cells = json.loads(run[step].notebook.read())["cells"]
    return "".join("".join(each["text"]) for cell in cells for each in cell.get("outputs", ()) if "text" in each)


def test_a_notebook_of_bash_gets_its_parameters_and_says_why_it_runs_again(
    bash: None, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("a.ipynb", "#parameters\nwho=nobody", 'echo "hello $who"', kernel="bash", language="bash")
    step = "{notebook: a.ipynb, parameters: {who: world's end}, cache: auto}"
    text = f"cellar: 1\nname: flow\nsteps:\n  a: {step}\n"
    run = run_workflow(write_workflow(text))
    assert run.succeeded, run.run.error
    assert printed(run, "a") == "hello world's end\n"
    assert run["a"].runs[0].detail["kernel"] == "cold: its kernelspec is not `python -m ipykernel_launcher`"
    again = run_workflow(write_workflow(text))
    assert "it is not known what flow-a@1 read: its kernel speaks bash" in again.steps["a"].reason
    kept = run_workflow(write_workflow(text.replace("auto", "1h")))
    assert kept.steps["a"].refs == ("flow-a@2",)


def test_a_cell_of_bash_that_fails_ends_its_notebook(bash: None, write_notebook: Write, write_workflow: Write) -> None:
    write_notebook("a.ipynb", "echo before", "false", "echo never", kernel="bash", language="bash")
    run = run_workflow(write_workflow("cellar: 1\nname: flow\nsteps: {a: {notebook: a.ipynb}}\n"))
    assert not run.succeeded
    assert run.steps["a"].error.endswith("ExitCode: 1")
    assert printed(run, "a") == "before\n"
