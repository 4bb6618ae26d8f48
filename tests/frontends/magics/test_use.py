"""``%%task --use``: live resources by their names, for as long as their scope says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nbcellar.model import RunStatus
from nbcellar.store import Cellar, RunQuery
from nbcellar.tasks.resources.session import SESSION
from tests.frontends.magics.conftest import Shell
from tests.frontends.magics.kernels import Kernel

DIARY = """
import nbcellar as cellar
from pathlib import Path
def opened(name, fails=""):
    if fails == "open":
        raise OSError(f"{name} does not open")
    print(f"+{name}")
    try:
        yield {"name": name, "uses": []}
    except BaseException as error:
        print(f"{name} got {type(error).__name__}")
        raise
    finally:
        print(f"-{name}")
        Path(f"closed-{name}.txt").write_text("yes")
        if fails == "close":
            raise OSError(f"{name} does not close")
for scope in ("runner", "process", "node"):
    cellar.resource(scope, opened, scope=scope, params=[scope])
"""


@pytest.fixture(autouse=True)
def _nothing_registered() -> Iterator[None]:
    yield
    SESSION.end()
    SESSION.__init__()  # type: ignore[misc]


@pytest.fixture
def diary(shell: Shell) -> Shell:
    shell.ok(DIARY)
    return shell


def said(text: str) -> list[str]:
    """What the resources printed, in order."""
    return [line for line in text.splitlines() if line[:1] in "+-=" or " got " in line]


def use(diary: Shell, *names: str, body: str = "pass", options: str = "") -> str:
    uses = " ".join(f"--use {name}" for name in names)
    return diary.run(f"%%task work {uses} {options}\n{body}")[1]


def test_node_is_fresh_for_each_task(diary: Shell) -> None:
    for _ in range(2):
        assert said(use(diary, "node", body="print('=', node['name'])")) == ["+node", "= node", "-node"]


def test_process_lasts_until_the_next_pass(diary: Shell) -> None:
    body = "process['uses'].append(1); print('=', len(process['uses']))"
    assert said(use(diary, "process", body=body)) == ["+process", "= 1"]
    assert said(use(diary, "process", body=body)) == ["= 2"]
    assert said(diary.ok("cellar.next_pass()")) == ["-process"]
    assert said(use(diary, "process", body=body)) == ["+process", "= 1"]


def test_runner_outlives_passes(diary: Shell) -> None:
    assert said(use(diary, "runner")) == ["+runner"]
    assert said(diary.ok("cellar.next_pass()")) == []
    assert said(use(diary, "runner")) == []


def test_several_are_closed_in_reverse_when_the_session_ends(diary: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(use(diary, "runner", "process", "node")) == ["+runner", "+process", "+node", "-node"]
    capsys.readouterr()
    SESSION.end()
    assert said(capsys.readouterr().out) == ["-process", "-runner"]


def test_the_name_is_there_for_the_body_alone(diary: Shell) -> None:
    use(diary, "node", body="inside = node['name']")
    assert diary.ok("print(inside, 'node' in globals())").split() == ["node", "False"]


def test_a_variable_of_the_same_name_is_put_back(diary: Shell) -> None:
    diary.ok("node = 'mine'")
    use(diary, "node", body="inside = node['name']; node = 5")
    assert diary.ok("print(inside, node)").split() == ["node", "mine"]


def test_the_error_of_the_body_is_handed_on(diary: Shell) -> None:
    result, text = diary.run("%%task work --use node --use process\nraise ValueError('wrong')")
    assert isinstance(result.error_in_exec, ValueError)
    assert said(text)[:4] == ["+process", "+node", "node got ValueError", "-node"]
    assert said(diary.ok("cellar.next_pass()")) == ["-process"]
    assert diary.ok("print('node' in globals(), 'process' in globals())").split() == ["False", "False"]


def test_each_attempt_has_its_own(diary: Shell) -> None:
    body = "tries = globals().get('tries', 0) + 1\nassert tries == 2"
    assert said(use(diary, "node", body=body, options="--retries 1")) == [
        *("+node", "node got AssertionError", "-node"),
        *("+node", "-node"),
    ]


def test_an_awaiting_body_may_use_one(diary: Shell) -> None:
    body = "import asyncio\nawait asyncio.sleep(0)\nprint('=', node['name'])"
    assert said(use(diary, "node", body=body)) == ["+node", "= node", "-node"]


def test_one_that_does_not_open_fails_the_task_before_its_body(diary: Shell) -> None:
    diary.ok("cellar.resource('broken', opened, scope='node', params=['broken', 'open'])")
    result, text = diary.run("%%task work --use process --use broken\nprint('the body')")
    assert isinstance(result.error_in_exec, OSError)
    assert "the body" not in text.replace("print('the body')", "")
    assert "This was raised while the resource 'broken' was made." in text
    (run,) = diary.cellar.runs(RunQuery(name="work"))
    assert run.status is RunStatus.FAILED
    assert "broken does not open" in run.error


def test_one_that_does_not_close_fails_the_task_and_says_so(diary: Shell) -> None:
    diary.ok("cellar.resource('broken', opened, scope='node', params=['broken', 'close'])")
    result, text = diary.run("%%task work --use broken\nPath('made.txt').write_text('1')")
    assert not result.success
    assert "The resource 'broken' (OSError: broken does not close) could not be closed." in text
    (run,) = diary.cellar.runs(RunQuery(name="work"))
    assert run.status is RunStatus.FAILED
    assert run.asset is not None  # its files are kept all the same


def test_registering_anew_closes_the_one_before(diary: Shell) -> None:
    use(diary, "runner")
    again = diary.ok("_ = cellar.resource('runner', opened, scope='runner', params=['second'])")
    assert said(again) == ["-runner"]
    assert said(use(diary, "runner")) == ["+second"]


def test_a_function_is_registered_by_its_name(diary: Shell) -> None:
    diary.ok("@cellar.resource(scope='node')\ndef numbers():\n    yield [1, 2]")
    assert said(use(diary, "numbers", body="print('=', sum(numbers))")) == ["= 3"]


def test_the_resources_of_a_workflow_are_registered(diary: Shell) -> None:
    diary.ok(
        "flow = cellar.Workflow('loop', resources=[cellar.Resource(id='bins', type=dict, scope='node')])\n"
        "for each in flow.resources.values():\n    cellar.resource(each)"
    )
    assert said(use(diary, "bins", body="print('=', bins)")) == ["= {}"]


def test_the_run_says_what_it_used(diary: Shell) -> None:
    use(diary, "node", "process")
    (run,) = diary.cellar.runs(RunQuery(name="work"))
    assert run.detail["use"] == ["node", "process"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--use nod", "--use nod: there is no resource 'nod'. The cell was not run. Did you mean 'node'?"),
        ("--use zzz", "There are runner, process, node."),
        ("--use node --cache", "--use and --cache do not go together"),
        ("--use", "--use needs a value."),
        ("--use 'a b'", "'a b' is not a usable resource."),
    ],
)
def test_what_cannot_be_used_runs_nothing(diary: Shell, line: str, message: str) -> None:
    result, text = diary.run(f"%%task work {line}\nprint('the body')")
    assert not result.success
    assert message in text
    assert not diary.cellar.exists or not diary.cellar.runs(RunQuery(name="work"))


def test_with_none_registered_the_message_says_how(shell: Shell) -> None:
    _, text = shell.run("%%task work --use db\npass")
    assert "Register it first: cellar.resource('db', TYPE, scope='runner')." in text


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("cellar.resource('db')", "The resource 'db' has no type."),
        ("cellar.resource('db', dict)", "it has no scope"),
        ("cellar.resource('d b', dict, scope='node')", "is not a Python identifier"),
        ("cellar.resource('db', 'os.system', scope='node')\n", ""),
    ],
)
def test_what_cannot_be_registered_is_refused(diary: Shell, call: str, message: str) -> None:
    result, text = diary.run(call)
    assert result.success is (message == "")
    assert message in text


def test_a_type_by_name_needs_leave_when_it_is_made(diary: Shell) -> None:
    diary.ok("_ = cellar.resource('db', 'os.system', scope='node')")
    assert "may not be imported" in use(diary, "db")


@pytest.mark.slow
def test_a_kernel_that_ends_closes_what_lives_in_it(tmp_path: Path) -> None:
    kernel = Kernel.start(tmp_path)
    try:
        assert kernel.run(DIARY).status == "ok"
        first = kernel.run("%%task work --use runner --use process --use node\nprint(runner['name'], node['name'])")
        assert first.status == "ok", first.traceback
        assert ("stdout", "+runner\n+process\n+node\nrunner node\n-node\n") in first.outputs
        assert (tmp_path / "closed-node.txt").exists()
        second = kernel.run("%%task work --use runner\nprint('again', runner['name'])")
        assert ("stdout", "again runner\n") in second.outputs
        assert not (tmp_path / "closed-runner.txt").exists()
        kernel.manager.shutdown_kernel(now=False)  # as "Shut down kernel" does
    finally:
        kernel.stop()
    assert (tmp_path / "closed-runner.txt").read_text() == "yes"
    assert (tmp_path / "closed-process.txt").read_text() == "yes"
    assert len(Cellar.open(tmp_path).runs(RunQuery(name="work"))) == 2
