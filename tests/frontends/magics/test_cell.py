"""What a task cell does, in a real shell."""

from __future__ import annotations

import builtins
import os
import signal
from pathlib import Path

import pytest

from nbcellar.errors import TaskTimeout, UsageError
from nbcellar.model import InputKind, InputOrigin, RunStatus
from nbcellar.store import RunQuery
from tests.frontends.magics.conftest import Shell

pytestmark = [  # bodies here leave files open, as people's cells do
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def names(shell: Shell, ref: str) -> list[str]:
    run = shell.cellar.find(ref)
    return [] if run.asset is None else [os.fsdecode(entry.name) for entry in shell.cellar.manifest(run.asset)]


def test_what_a_cell_writes_becomes_an_asset(shell: Shell) -> None:
    text = shell.ok("%%task clean\nopen('out.csv', 'w').write('a,b')\nopen('in.csv', 'w').write('x')")
    assert names(shell, "clean") == ["in.csv", "out.csv"]
    assert (shell.folder / "out.csv").read_text() == "a,b"
    assert "✓ clean · clean@1" in text
    assert "2 files, 4 B" in text


def test_only_what_this_cell_wrote_is_kept(shell: Shell) -> None:
    Path("before.txt").write_text("x")
    shell.ok("open('plain.txt', 'w').write('x')")
    shell.ok("%%task a\nopen('one.txt', 'w').write('1')")
    shell.ok("%%task b\nopen('two.txt', 'w').write('2')")
    assert names(shell, "a") == ["one.txt"]
    assert names(shell, "b") == ["two.txt"]


def test_all_keeps_the_folder(shell: Shell) -> None:
    Path("before.txt").write_text("x")
    shell.ok("%%task a --all --exclude '*.log'\nopen('one.txt', 'w').write('1')\nopen('x.log', 'w').write('1')")
    assert names(shell, "a") == ["before.txt", "nbcellar.toml", "one.txt"]


def test_match_and_exclude_choose(shell: Shell) -> None:
    shell.ok(
        "%%task a --match *.{csv,txt} --exclude skip*\n"
        "for name in ['a.csv', 'b.txt', 'c.log', 'skip.csv', 'd/e.csv']:\n"
        "    import pathlib; p = pathlib.Path(name); p.parent.mkdir(exist_ok=True); p.write_text(name)"
    )
    assert names(shell, "a") == ["a.csv", "b.txt"]


def test_braces_in_the_line_stay_braces_when_those_names_exist(shell: Shell) -> None:
    shell.ok("jpg, png = 1, 2")
    shell.ok("%%task a --match *.{jpg,png}\nopen('x.png', 'w').write('1'); open('x.gif', 'w').write('1')")
    assert names(shell, "a") == ["x.png"]


def test_files_above_the_folder_are_kept_as_the_projects(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    (shell.folder / "notebooks").mkdir()
    (shell.folder / "results").mkdir()
    monkeypatch.chdir(shell.folder / "notebooks")
    shell.ok("%%task a\nopen('../results/x.csv', 'w').write('1')\nopen('y.csv', 'w').write('2')")
    assert names(shell, "a") == ["project/results/x.csv", "y.csv"]


def test_files_outside_of_the_project_are_named_and_not_saved(shell: Shell, tmp_path: Path) -> None:
    text = shell.ok(f"%%task a\nopen({str(tmp_path / 'else.csv')!r}, 'w').write('1')")
    assert f"written elsewhere, not saved: {tmp_path / 'else.csv'}" in text
    assert shell.cellar.find("a").asset is None


def test_another_folder_can_be_looked_at(shell: Shell) -> None:
    Path("out").mkdir()
    shell.ok("%%task a --at out\nopen('out/x.csv', 'w').write('1')\nopen('y.csv', 'w').write('1')")
    assert names(shell, "a") == ["project/y.csv", "x.csv"]


def test_children_and_libraries_are_seen_by_the_scan(shell: Shell) -> None:
    shell.ok("%%task a\n!echo hi > by_shell.txt\nimport numpy as np\nnp.save('x.npy', np.arange(3))")
    assert names(shell, "a") == ["by_shell.txt", "x.npy"]


def test_a_folder_that_the_body_made_current_is_looked_at_too(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    (shell.folder / "sub").mkdir()
    (shell.folder / "nb").mkdir()
    monkeypatch.chdir(shell.folder / "nb")
    shell.ok("%%task a\nimport os\nos.chdir('../sub')\nos.system('echo hi > by_shell.txt')")
    assert Path.cwd() == shell.folder / "sub"
    assert names(shell, "a") == ["project/sub/by_shell.txt"]


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


def test_inputs_find_themselves(shell: Shell) -> None:
    Path("read.csv").write_text("a")
    Path("by_shell.csv").write_text("b")
    Path("other.csv").write_text("c")
    Path("my_module_of_this_test.py").write_text("n = 1")
    text = shell.ok(
        "%%task a\nimport sys; sys.path.insert(0, '')\nopen('read.csv').read()\n!cat by_shell.csv > /dev/null\n"
        "import my_module_of_this_test\nopen('made.csv', 'w').write('x')\nopen('made.csv').read()"
    )
    found = {(one.kind, one.origin, one.path) for one in shell.cellar.find("a").inputs}
    assert found == {
        (InputKind.FILE, InputOrigin.FOUND, "read.csv"),
        (InputKind.FILE, InputOrigin.LITERAL, "by_shell.csv"),
        (InputKind.MODULE, InputOrigin.FOUND, "my_module_of_this_test.py"),
    }
    assert "found read.csv" in text


def test_a_file_that_is_read_and_then_written_is_both(shell: Shell) -> None:
    from blake3 import blake3

    Path("state.txt").write_text("before")
    shell.ok("%%task a\ntext = open('state.txt').read()\nopen('state.txt', 'w').write(text + ' after')")
    run = shell.cellar.find("a")
    assert [(one.path, one.digest) for one in run.inputs] == [("state.txt", blake3(b"before").digest())]
    assert names(shell, "a") == ["state.txt"]


def test_a_file_that_an_earlier_task_made_names_its_maker(shell: Shell) -> None:
    shell.ok("%%task clean\nopen('clean.csv', 'w').write('some content')")
    shell.ok("%%task fit\nopen('clean.csv').read()")
    maker = shell.cellar.find("clean")
    assert [(one.path, one.run) for one in shell.cellar.find("fit").inputs] == [("clean.csv", maker.id)]


def test_declared_inputs_of_every_form_are_recorded(shell: Shell) -> None:
    shell.ok("%%task clean -> made\nopen('t.csv', 'w').write('table')")
    Path("a.csv").write_text("a")
    Path("data").mkdir()
    Path("data/b.txt").write_text("b")
    Path("data/c.txt").write_text("c")
    shell.ok("import pathlib; where = pathlib.Path('a.csv')")
    shell.ok("%%task fit --in a.csv --in data --in d=data/*.txt --in x=cellar:clean/t.csv --in $made --in w=$where\n1")
    inputs = shell.cellar.find("fit").inputs
    assert [(one.kind, one.alias, one.path) for one in inputs] == [
        (InputKind.FILE, "", "a.csv"),
        (InputKind.FILE, "", "data/"),
        (InputKind.FILE, "d", "data/*.txt"),
        (InputKind.ASSET, "x", "clean@1/t.csv"),
        (InputKind.ASSET, "", "clean@1"),
    ]
    assert all(one.digest for one in inputs)


def test_a_missing_input_is_named_and_the_body_does_not_run(shell: Shell) -> None:
    result, text = shell.run("%%task fit --in nowhere.csv\nopen('ran.txt', 'w').write('x')")
    assert not result.success
    assert "--in nowhere.csv: there is no such file" in text and "The cell was not run." in text
    assert not Path("ran.txt").exists()
    assert not shell.cellar.runs(RunQuery(name="fit"))


def test_an_input_that_fits_two_things_is_an_error_naming_both(shell: Shell) -> None:
    shell.ok("%%task clean\nopen('t.csv', 'w').write('table')")
    Path("clean").mkdir()
    result, text = shell.run("%%task fit --in clean\n1")
    assert not result.success
    assert "the file clean, and the asset clean@1" in text
    assert "--in ./clean" in text and "--in cellar:clean" in text
    shell.ok("%%task fit --in cellar:clean\n1")
    shell.ok("%%task fit --in ./clean\n1")


def test_parameters_are_recorded(shell: Shell) -> None:
    shell.ok("alpha = 0.5\nimport pandas as pd\nframe = pd.DataFrame({'a': [1]})")
    shell.ok("%%task fit --param alpha -p n=3 -p frame\nimport nbcellar as cellar\nprint(cellar.current.params['n'])")
    params = dict(shell.cellar.find("fit").params)
    frame = params.pop("frame")
    assert params == {"alpha": 0.5, "n": 3}
    assert isinstance(frame, dict) and frame["type"] == "DataFrame"
    shell.ok("%%task fit --param frame\n1")
    assert shell.cellar.find("fit").params["frame"] == frame


def test_an_unknown_parameter_is_refused_with_a_guess(shell: Shell) -> None:
    shell.ok("alpha = 0.5")
    result, text = shell.run("%%task fit --param alpah\n1")
    assert not result.success and "Did you mean 'alpha'?" in text


def test_labels_are_set(shell: Shell) -> None:
    shell.ok("%%task fit --alias prod --tag stage=final --note 'best so far'\nopen('x', 'w').write('1')")
    run = shell.cellar.find("fit@prod")
    assert {(label.kind.value, label.key, label.value) for label in shell.cellar.labels([run.id])} >= {
        ("alias", "prod", ""),
        ("tag", "stage", "final"),
    }
    assert "best so far" in {label.value for label in shell.cellar.labels([run.id])}


def test_an_exception_keeps_the_files_in_a_failed_run(shell: Shell) -> None:
    result, text = shell.run("%%task a -> out\nopen('half.txt', 'w').write('1')\n1/0")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    assert "✗ a · a@1 failed after" in text and "1 file kept for 7 days" in text
    run = shell.cellar.runs(RunQuery(name="a"))[0]
    assert run.status is RunStatus.FAILED and run.asset is not None
    assert run.error == "ZeroDivisionError: division by zero"
    assert "out" not in shell.shell.user_ns


def test_on_error_drop_keeps_no_files(shell: Shell) -> None:
    shell.run("%%task a --on-error drop\nopen('half.txt', 'w').write('1')\n1/0")
    run = shell.cellar.runs(RunQuery(name="a"))[0]
    assert run.status is RunStatus.FAILED and run.asset is None
    assert Path("half.txt").read_text() == "1"


def test_an_interrupt_is_recorded_as_such(shell: Shell) -> None:
    result, text = shell.run("%%task a\nopen('half.txt', 'w').write('1')\nraise KeyboardInterrupt")
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    run = shell.cellar.runs(RunQuery(name="a"))[0]
    assert run.status is RunStatus.INTERRUPTED and run.asset is not None
    assert "interrupted after" in text


def test_retries_run_the_body_again(shell: Shell) -> None:
    shell.ok("tries = []")
    text = shell.ok("%%task a --retries 2\ntries.append(1)\nif len(tries) < 3: raise OSError('busy')\n'done'")
    assert len(shell.shell.user_ns["tries"]) == 3
    assert "attempt 1 failed" in text and "OSError: busy" in text
    run = shell.cellar.find("a")
    assert run.result == "done" and run.detail["attempt"] == 3
    assert len(shell.cellar.runs(RunQuery(name="a"))) == 1


def test_after_the_last_attempt_the_cell_fails(shell: Shell) -> None:
    shell.ok("tries = []")
    result, text = shell.run("%%task a --retries 1\ntries.append(1)\nraise OSError('busy')")
    assert isinstance(result.error_in_exec, OSError) and len(shell.shell.user_ns["tries"]) == 2
    assert "(attempt 2 of 2)" in text


def test_a_fresh_folder_is_empty_holds_inputs_and_is_left_again(shell: Shell) -> None:
    Path("data").mkdir()
    Path("data/in.csv").write_text("x")
    Path("other.csv").write_text("y")
    shell.ok(
        "%%task a --fresh --in data/in.csv --in name=other.csv\n"
        "import os\nhere, files = os.getcwd(), sorted(os.listdir('.'))\n"
        "text = open('data/in.csv').read() + open('name').read()\nopen('out.txt', 'w').write(text)"
    )
    namespace = shell.shell.user_ns
    assert namespace["here"] == str(shell.cellar.folder / "work" / "a-1")
    assert namespace["files"] == ["data", "name"]
    assert Path.cwd() == shell.folder
    assert names(shell, "a") == ["out.txt"]
    assert not Path("out.txt").exists()
    assert (shell.cellar.folder / "work/a-1/out.txt").read_text() == "xy"


def test_a_linked_input_cannot_be_written(shell: Shell) -> None:
    Path("in.csv").write_text("x")
    result, _ = shell.run("%%task a --fresh --in in.csv\nopen('in.csv', 'w')")
    assert isinstance(result.error_in_exec, PermissionError)
    assert Path("in.csv").read_text() == "x"
    assert Path.cwd() == shell.folder


def test_assets_are_linked_into_a_fresh_folder(shell: Shell) -> None:
    shell.ok("%%task clean\nimport os\nos.makedirs('d')\nopen('d/t.csv', 'w').write('table')")
    shell.ok(
        "%%task a --fresh --in clean --in cellar:clean/d/t.csv\n"
        "both = open('clean/d/t.csv').read(), open('t.csv').read()"
    )
    assert shell.shell.user_ns["both"] == ("table", "table")
    assert shell.cellar.find("a").asset is None


def test_a_body_that_changes_folder_in_a_fresh_one_is_brought_back(shell: Shell) -> None:
    shell.ok("%%task a --fresh\nimport os\nopen('x', 'w').write('1')\nos.chdir('/')")
    assert Path.cwd() == shell.folder
    assert names(shell, "a") == ["x"]


def test_a_nested_task_is_an_asset_of_its_own(shell: Shell) -> None:
    shell.ok(
        "%%task outer\nopen('o.txt', 'w').write('1')\n"
        "get_ipython().run_cell(\"%%task inner\\nopen('i.txt', 'w').write('2')\")"
    )
    assert names(shell, "inner") == ["i.txt"]
    assert names(shell, "outer") == ["o.txt"]
    assert shell.cellar.find("inner").parent == shell.cellar.find("outer").id


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


def test_a_failure_that_capture_hid_marks_the_task_failed(shell: Shell) -> None:
    result, text = shell.run("%%task a\n%%capture got\nopen('x', 'w').write('1')\n1/0")
    assert result.success
    assert "✗ a" in text
    assert shell.cellar.runs(RunQuery(name="a"))[0].status is RunStatus.FAILED


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


def test_backoff_waits_between_attempts_and_an_interrupt_ends_it(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("nbcellar.tasks.attempts.time.sleep", waits.append)
    result, text = shell.run("%%task a --retries 3:10s..30s\nraise OSError('busy')")
    assert isinstance(result.error_in_exec, OSError)
    assert waits == [10.0, 20.0, 30.0] and "Trying again in 10.0 s." in text

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nbcellar.tasks.attempts.time.sleep", interrupt)
    result, text = shell.run("%%task b --retries 3:10s\nopen('half', 'w').write('1')\nraise OSError('busy')")
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert shell.cellar.runs(RunQuery(name="b"))[0].status is RunStatus.INTERRUPTED
    assert "1 file kept" in text


def test_out_is_what_it_is_without_a_marker(shell: Shell) -> None:
    shell.ok("%%task a\n41")
    shell.ok("%%task b\n_ + 1")
    assert shell.shell.user_ns["_"] == 42
    shell.ok("%%task c\nlist(Out.values())")
    assert shell.cellar.find("c").result == [41, 42]


def test_quiet_shows_nothing(shell: Shell) -> None:
    assert shell.ok("%%task a -q\nx = open('x', 'w').write('1')") == ""


def test_a_special_file_is_named_on_the_card(shell: Shell) -> None:
    text = shell.ok("%%task a\nimport os\nos.mkfifo('pipe')\nopen('x', 'w').write('1')")
    assert "not kept: pipe (a named pipe)" in text
    assert names(shell, "a") == ["x"]


def test_a_name_that_is_no_utf8_is_kept(shell: Shell) -> None:
    text = shell.ok("%%task a\nopen(b'caf\\xe9.txt', 'w').write('1')")
    run = shell.cellar.find("a")
    assert run.asset is not None
    assert [entry.name for entry in shell.cellar.manifest(run.asset)] == [b"caf\xe9.txt"]
    assert "caf\\xe9.txt" in text


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


def test_a_missing_file_that_a_task_once_wrote_is_explained(shell: Shell) -> None:
    shell.ok("%%task clean -> cleaned\nopen('c.csv', 'w').write('1')")
    Path("c.csv").unlink()
    _, text = shell.run("open('c.csv')")
    assert "FileNotFoundError" in text and "c.csv is in clean@1: cleaned['c.csv']" in text
    shell.ok("del cleaned")
    _, text = shell.run("open('c.csv')")
    assert "c.csv is in clean@1: cellar['clean@1']['c.csv']" in text
    _, text = shell.run("open('never.csv')")
    assert "is in" not in text


def test_a_relative_input_that_a_fresh_folder_lacks_is_explained(shell: Shell) -> None:
    Path("survey.csv").write_text("x")
    _, text = shell.run("%%task a --fresh\nopen('survey.csv')")
    assert "survey.csv is beside the notebook; this task runs in a fresh folder. Add `--in survey.csv`" in text


def test_assets_that_a_body_looks_into_are_inputs(shell: Shell) -> None:
    shell.ok("%%task clean -> made\nopen('t.csv', 'w').write('table')\nopen('u.csv', 'w').write('other')")
    shell.ok("import nbcellar as cellar")
    shell.ok("%%task a\nopen(made['t.csv']).read()")
    shell.ok("%%task b\ncellar['clean']['u.csv'].read()")
    shell.ok("%%task c --in whole=clean\nopen(cellar.current.inputs['whole'] / 't.csv').read()")
    found = {name: [(one.kind, one.path) for one in shell.cellar.find(name).inputs] for name in "abc"}
    assert found["a"] == [(InputKind.ASSET, "clean@1/t.csv")]
    assert found["b"] == [(InputKind.ASSET, "clean@1/u.csv")]
    assert found["c"] == [(InputKind.ASSET, "clean@1"), (InputKind.ASSET, "clean@1/t.csv")]
    maker = shell.cellar.find("clean")
    assert {run.name for run in shell.cellar.used_by(maker)} == {"a", "b", "c"}


def test_a_body_that_takes_too_long_is_ended(shell: Shell) -> None:
    result, text = shell.run("%%task a --timeout 100ms\nopen('x', 'w').write('1')\nimport time\ntime.sleep(30)")
    assert isinstance(result.error_in_exec, TaskTimeout)
    assert "a took longer than 0.1 s" in text and "1 file kept" in text
    shell.ok("import time\ntime.sleep(0.15)")


def test_a_body_that_awaits_too_long_is_ended(shell: Shell) -> None:
    result, _ = shell.run("%%task a --timeout 100ms\nimport asyncio\nawait asyncio.sleep(30)")
    assert isinstance(result.error_in_exec, TaskTimeout)
    shell.ok("%%task a\nimport asyncio\nawait asyncio.sleep(0)")


def test_a_body_in_time_is_left_alone(shell: Shell) -> None:
    shell.ok("%%task a --timeout 10s\n1")
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_each_attempt_has_its_own_time(shell: Shell) -> None:
    shell.ok("tries = []")
    shell.ok(
        "%%task a --timeout 200ms --retries 1\nimport time\ntries.append(1)\nif len(tries) == 1: time.sleep(30)\n'done'"
    )
    assert shell.cellar.find("a").result == "done"


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


def test_caches_of_libraries_are_no_outputs_and_a_fresh_folder_is_no_input(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nbcellar.tasks.places import _machinery

    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home/.cache/lib").mkdir(parents=True)
    _machinery.cache_clear()
    text = shell.ok(f"%%task a\nopen({str(tmp_path / 'home/.cache/lib/x')!r}, 'w').write('1')")
    _machinery.cache_clear()
    assert "elsewhere" not in text
    Path("in.csv").write_text("x")
    shell.ok("%%task b --fresh --in in.csv\nimport pathlib\nsorted(pathlib.Path().rglob('*'))")
    assert [one.path for one in shell.cellar.find("b").inputs] == ["in.csv"]


def test_an_asset_without_files_says_so(shell: Shell) -> None:
    assert "wrote no files" in shell.ok("%%task a -> z\nx = 1")
