"""Steps that talk to others: what was read there may have changed, so they run again unless an age is given."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbcellar.model import RunStatus
from nbcellar.workflow.runs.planning import Action, plan_workflow
from nbcellar.workflow.runs.runner import run_workflow

Write = Callable[..., Path]
# 0.0.0.0 is this machine too, and not the address by which the parts of one program talk to each other
ASKS = "import socket\nwith socket.create_connection(('0.0.0.0', {port})) as other:\n    answer = other.recv(9)"
FLOW = """
    cellar: 1
    name: flow
    steps:
      alone: {{notebook: alone.ipynb}}
      book: {{notebook: book.ipynb, cache: {cache}}}
      call: {{function: caller.ask, cache: {cache}}}
"""


@pytest.fixture
def port() -> Iterator[int]:
    """A server on this machine that answers ``b"7"`` to everybody."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:
                try:
                    other, _ = server.accept()
                except OSError:  # it was closed
                    return
                with other:
                    other.sendall(b"7")

        thread = threading.Thread(target=answer)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.slow
def test_a_step_that_opened_a_connection_is_taken_only_with_an_age_and_the_plan_says_so(
    port: int, project: Path, write_notebook: Write, write_workflow: Write
) -> None:
    write_notebook("alone.ipynb", ASKS.format(port=port).replace("0.0.0.0", "127.0.0.1"))
    write_notebook("book.ipynb", ASKS.format(port=port))
    body = ASKS.format(port=port).replace("\n", "\n    ")
    (project / "caller.py").write_text(f"def ask():\n    {body}\n    return answer.decode()\n")
    path = write_workflow(FLOW.format(cache="auto"))
    first = run_workflow(path)
    assert first.succeeded and first.steps["call"].status is RunStatus.SUCCEEDED, first.run.error

    plan = {each.step: each for each in plan_workflow(path).steps}
    assert plan["alone"].action is Action.TAKE
    for name in ("book", "call"):
        assert plan[name].action is Action.RUN
        assert f"it opened tcp://0.0.0.0:{port}, which may have changed; `cache: AGE`" in plan[name].reason

    path = write_workflow(FLOW.format(cache="1h"))
    assert {each.action for each in plan_workflow(path).steps} == {Action.TAKE}
