"""What a task cell does, in a real shell."""

from __future__ import annotations

import builtins
import logging
import sys
from pathlib import Path

import pytest

from nbcellar.errors import UsageError
from nbcellar.model import RunStatus
from nbcellar.store import RunQuery
from tests.frontends.magics.conftest import Shell, names

pytestmark = [  # bodies here leave files open, as people's cells do
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_the_asset_is_bound_and_nothing_else_in_the_namespace_changes(shell: Shell) -> None:
    before = set(shell.shell.user_ns) | {"out", "_1", "_i1", "x"}
    shell.ok("%%task a -> out\nx = open('f.txt', 'w').write('1')")
    assert {name for name in shell.shell.user_ns if not name.startswith("_")} <= before
    assert shell.shell.user_ns["out"].ref == "a@1"
    assert "__cellar__" not in shell.shell.user_ns


def test_an_asset_is_bound_even_when_nothing_was_written(shell: Shell) -> None:
    shell.ok("%%task a -> out\nx = 1")
    assert len(shell.shell.user_ns["out"]) == 0


def test_the_last_expression_is_shown_and_recorded(shell: Shell) -> None:
    result, text = shell.run("%%task a\nimport numpy as np\nnp.float64(0.5)")
    assert result.result == 0.5
    assert "Out[" in text and text.index("Out[") < text.index("✓ a")
    assert shell.cellar.find("a").result == 0.5


def test_a_result_that_is_no_json_is_recorded_in_words(shell: Shell) -> None:
    shell.ok("%%task a\nobject()")
    run = shell.cellar.find("a")
    assert run.result is None
    assert run.result_repr.startswith("object: <object object at")


def test_a_semicolon_hides_the_value_and_keeps_the_result(shell: Shell) -> None:
    result, text = shell.run("%%task a\n40 + 2;")
    assert result.result is None and "Out[" not in text
    assert shell.cellar.find("a").result == 42


@pytest.mark.parametrize("mode", ["all", "last", "last_expr", "none", "last_expr_or_assign"])
def test_every_interactivity_mode_shows_what_the_bare_cell_shows(shell: Shell, mode: str) -> None:
    body = "1\nfor i in range(2):\n    i\nx = 5"
    shell.shell.ast_node_interactivity = mode
    _, bare = shell.run(body)
    _, marked = shell.run("%%task a -q\n" + body)
    assert [line.partition(": ")[2] for line in bare.split("\n")] == [
        line.partition(": ")[2] for line in marked.split("\n")
    ]


def test_labels_are_set(shell: Shell) -> None:
    shell.ok("%%task fit --alias prod --tag stage=final --note 'best so far'\nopen('x', 'w').write('1')")
    run = shell.cellar.find("fit@prod")
    assert {(label.kind.value, label.key, label.value) for label in shell.cellar.labels([run.id])} >= {
        ("alias", "prod", ""),
        ("tag", "stage", "final"),
    }
    assert "best so far" in {label.value for label in shell.cellar.labels([run.id])}


def test_reset_in_a_body_takes_nothing_of_ours(shell: Shell) -> None:
    result, _ = shell.run("%%task a\nopen('x', 'w').write('1')\n%reset -f\n5")
    assert result.success and result.result == 5
    assert names(shell, "a") == ["x"]
    shell.ok("%%task a\n6")


def test_an_unknown_option_does_not_run_the_body(shell: Shell) -> None:
    result, text = shell.run("%%task clean --frsh\nopen('ran.txt', 'w').write('x')")
    assert isinstance(result.error_in_exec, UsageError)
    assert text.strip() == "UsageError: Unknown option '--frsh'. The cell was not run. Did you mean '--fresh'?"
    assert not Path("ran.txt").exists()


def test_without_the_second_step_the_body_does_not_run(shell: Shell) -> None:
    taken = list(shell.shell.ast_transformers)

    def take(info: object) -> None:
        shell.shell.ast_transformers.clear()

    shell.shell.events.register("pre_run_cell", take)
    try:
        result, text = shell.run("%%task a\nopen('ran.txt', 'w').write('x')")
    finally:
        shell.shell.events.unregister("pre_run_cell", take)
        shell.shell.ast_transformers[:] = taken
    assert not result.success and "its body did not run" in text
    assert not Path("ran.txt").exists()


def test_what_was_taken_away_is_put_back_before_the_next_cell(shell: Shell) -> None:
    del builtins.__cellar__  # type: ignore[attr-defined]
    shell.shell.ast_transformers.clear()
    shell.ok("1")
    shell.ok("%%task a\nopen('x', 'w').write('1')")
    assert names(shell, "a") == ["x"]


def test_a_dry_run_runs_and_stores_nothing(shell: Shell) -> None:
    Path("in.csv").write_text("x")
    text = shell.ok("%%task a --dry-run --in t=in.csv -p n=3\nopen('ran.txt', 'w').write('x')")
    assert "nothing ran" in text and "t ← in.csv" in text and "n=3" in text
    assert not Path("ran.txt").exists()
    assert not shell.cellar.exists


def test_much_disk_use_is_said_with_the_command_that_helps(shell: Shell) -> None:
    shell.ok("%config Cellar.soft_limit_bytes = 4000")
    for number in range(4):
        text = shell.ok(f"%%task a\nopen('x', 'w').write(str({number}) * 1000)\nopen('same', 'w').write('s' * 500)")
    assert "4 versions of a hold" in text and "`nbcellar gc a --keep-last 3` frees up to 1 kB" in text
    shell.ok("%config Cellar.soft_limit_bytes = 5000")
    assert "versions of a hold" not in shell.ok("%%task a\nopen('same', 'w').write('s' * 500)")


@pytest.mark.parametrize(
    "marker", ["%%time\n%%task a", "%%task a\n%%time", "%%capture got\n%%task a", "%%task a\n%%capture got"]
)
def test_time_and_capture_stand_above_or_below(shell: Shell, marker: str) -> None:
    result, text = shell.run(f"{marker}\nprint('said')\nopen('x', 'w').write('1')\n7")
    assert result.success
    assert names(shell, "a") == ["x"]
    if "time" in marker:
        assert "Wall time" in text and "said" in text and "✓ a" in text
    else:
        assert shell.shell.user_ns["got"].stdout.startswith("said") and "said" not in text
    shell.run(f"{marker}\nopen('x', 'w').write('2')\n1/0")
    assert shell.cellar.runs(RunQuery(name="a"))[0].status is RunStatus.FAILED


def test_out_is_what_it_is_without_a_marker(shell: Shell) -> None:
    shell.ok("%%task a\n41")
    shell.ok("%%task b\n_ + 1")
    assert shell.shell.user_ns["_"] == 42
    shell.ok("%%task c\nlist(Out.values())")
    assert shell.cellar.find("c").result == [41, 42]


def test_the_setting_workdir_makes_every_cell_run_in_a_fresh_folder(shell: Shell) -> None:
    shell.ok("%config Cellar.workdir = 'fresh'")
    try:
        shell.ok("%%task a -q\nimport os; where = os.getcwd()\nopen('x.txt', 'w').close()")
        shell.ok("%%task b -q --at .\nopen('y.txt', 'w').close()")
    finally:
        shell.ok("%config Cellar.workdir = 'here'")
    assert shell.shell.user_ns["where"] == str(shell.folder / ".cellar/work/a-1")
    assert names(shell, "a") == ["x.txt"] and not Path("x.txt").exists()
    assert names(shell, "b") == ["y.txt"] and Path("y.txt").exists()


def test_a_fresh_folder_hides_no_module_beside_the_notebook(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", ["", *(each for each in sys.path if each not in ("", str(shell.folder)))])
    before = list(sys.path)
    Path("besidekit.py").write_text("HERE = 5\n")
    shell.ok("%%task a -q --fresh\nimport besidekit\nbesidekit.HERE")
    assert shell.cellar.find("a").result == 5
    assert [each.path for each in shell.cellar.find("a").inputs] == ["besidekit.py"]
    assert sys.path == before


def test_a_body_can_ask_about_itself(shell: Shell, caplog: pytest.LogCaptureFixture) -> None:
    shell.ok(
        "%%task a -q -p n=3\nimport nbcellar as cellar\nme = cellar.current\n"
        "seen = me.dir, me.home, dict(me.params), me.attempt, dict(me.inputs)\nme.log.warning('so far')"
    )
    assert shell.shell.user_ns["seen"] == (shell.folder, shell.folder, {"n": 3}, 1, {})
    assert caplog.record_tuples == [("nbcellar.task.a", logging.WARNING, "so far")]


def test_quiet_shows_nothing(shell: Shell) -> None:
    assert shell.ok("%%task a -q\nx = open('x', 'w').write('1')") == ""


def test_percent_task_elsewhere_than_on_the_first_line_is_refused(shell: Shell) -> None:
    result, text = shell.run("x = 1\n%task a")
    assert not result.success and "belongs on the first line" in text


def test_help_shows_examples_first(shell: Shell) -> None:
    magic = shell.shell.find_cell_magic("task")
    assert magic.__doc__.index("Examples") < magic.__doc__.index("Options")


def test_unloading_takes_everything_out(shell: Shell) -> None:
    shell.ok("%unload_ext nbcellar")
    try:
        assert not hasattr(builtins, "__cellar__")
        assert not shell.shell.ast_transformers
    finally:
        shell.ok("%load_ext nbcellar")
    shell.ok("%%task a\nopen('x', 'w').write('1')")


def test_an_environment_is_loaded_and_saved_around_the_cell(shell: Shell) -> None:
    shell.ok("%%task one --env xp1 --new\nenv['nodes'] = 3")
    shell.ok("del env")
    shell.ok("%%task two --env xp1\nenv['nodes'] += 1\nenv['nodes']")
    assert shell.cellar.find("two").result == 4
    result, _ = shell.run("%%task three --env xp1\nenv['half'] = True\n1/0")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    shell.ok("%%task four --env xp1\nsorted(k for k in env if k in ('half', 'nodes'))")
    assert shell.cellar.find("four").result == ["half", "nodes"]


def test_an_environment_that_is_not_there_is_an_error_before_the_body(shell: Shell) -> None:
    result, text = shell.run("%%task one --env nowhere\nopen('ran.txt', 'w').write('x')")
    assert not result.success and "nowhere" in text
    assert "Traceback" not in text
    assert not Path("ran.txt").exists()
