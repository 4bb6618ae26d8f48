"""Cached cells: when they run, why, and what a hit leaves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbcellar.model import RunStatus
from nbcellar.store import RunQuery
from tests.frontends.magics.conftest import Shell, hit, miss

pytestmark = [
    pytest.mark.slow,
    # bodies here leave files open, as people's cells do
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("own_key"),
]


CELL = "%%task a --cache\nx = 40\nopen('out.txt', 'w').write(str(x + 2))\nprint('ran')\nx + 2"


def test_the_second_run_is_taken_and_leaves_what_the_first_left(shell: Shell) -> None:
    assert "never run before" in miss(shell, CELL, "never run before")
    os.remove("out.txt")
    del shell.shell.user_ns["x"]
    text = hit(shell, CELL)
    assert "ran\n" in text and ": 42" in text
    assert Path("out.txt").read_text() == "42"
    assert shell.shell.user_ns["x"] == 40


def test_comments_and_formatting_do_not_count(shell: Shell) -> None:
    miss(shell, CELL, "never run before")
    hit(shell, CELL.replace("x = 40", "# why\nx   =  40  # so"))


def test_a_changed_line_is_named(shell: Shell) -> None:
    miss(shell, CELL, "never run before")
    miss(shell, CELL.replace("x + 2", "x + 3"), "code changed (line 3)")


def test_a_parameter_is_named_with_both_values(shell: Shell) -> None:
    shell.ok("alpha = 0.1")
    cell = "%%task a --cache --param alpha\nalpha * 2"
    miss(shell, cell, "never run before")
    hit(shell, cell)
    shell.ok("alpha = 0.2")
    miss(shell, cell, "param alpha 0.1 → 0.2")
    shell.ok("alpha = 0.1")
    hit(shell, cell)


def test_names_that_the_body_reads_count_by_themselves(shell: Shell) -> None:
    shell.ok("k = 1\nitems = [1, 2]\ndef scale(v): return v * k")
    cell = "%%task a --cache\nscale(sum(items))"
    miss(shell, cell, "never run before")
    hit(shell, cell)
    shell.ok("items = [1, 3]")
    miss(shell, cell, "items changed")
    shell.ok("k = 2")
    miss(shell, cell, "scale changed")
    shell.ok("def scale(v): return v + k")
    miss(shell, cell, "scale changed")
    hit(shell, cell)


def test_names_that_the_body_binds_itself_do_not_count(shell: Shell) -> None:
    cell = "%%task a --cache\nimport math\nfor i in range(3):\n    y = i\nz = [i for i in range(4)]\nmath.pi"
    miss(shell, cell, "never run before")
    hit(shell, cell)
    shell.ok("z = 'other'")
    hit(shell, cell)
    assert shell.shell.user_ns["z"] == [0, 1, 2, 3]


def test_a_large_name_is_listed_as_not_in_the_key(shell: Shell) -> None:
    shell.ok("import numpy as np\nbig = np.zeros(3_000_000)")
    text = miss(shell, "%%task a --cache\nfloat(big.sum())", "never run before")
    assert "not in the key: big (24.0 MB)" in text
    hit(shell, "%%task a --cache\nfloat(big.sum())")


def test_an_input_that_was_found_counts(shell: Shell) -> None:
    Path("in.csv").write_text("1")
    cell = "%%task a --cache\nopen('in.csv').read()"
    miss(shell, cell, "never run before")
    hit(shell, cell)
    Path("in.csv").write_text("2")
    miss(shell, cell, "input in.csv changed")
    hit(shell, cell)
    Path("in.csv").write_text("1")
    hit(shell, cell)  # the first run is still there


def test_a_declared_input_counts(shell: Shell) -> None:
    Path("data").mkdir()
    Path("data/a.csv").write_text("1")
    cell = "%%task a --cache --in t=data\n!cat data/*"
    miss(shell, cell, "never run before")
    hit(shell, cell)
    Path("data/b.csv").write_text("2")
    miss(shell, cell, "input t changed")


def test_a_listing_counts_but_not_by_what_the_body_made(shell: Shell) -> None:
    Path("data").mkdir()
    cell = "%%task a --cache\nimport os\nn = len(os.listdir('data'))\nopen('data/made.txt', 'w').write(str(n))"
    miss(shell, cell, "never run before")
    hit(shell, cell)
    Path("data/new.csv").touch()
    miss(shell, cell, "folder data changed")


def test_a_project_module_counts(shell: Shell) -> None:
    Path("module_of_cache_test.py").write_text("n = 1")
    cell = "%%task a --cache\nimport sys; sys.path.insert(0, '')\nimport module_of_cache_test\nmodule_of_cache_test.n"
    miss(shell, cell, "never run before")
    hit(shell, cell)
    Path("module_of_cache_test.py").write_text("n = 2")
    miss(shell, cell, "module module_of_cache_test.py changed")
    import sys

    del sys.modules["module_of_cache_test"]


def test_an_asset_that_is_looked_up_by_name_counts(shell: Shell) -> None:
    shell.ok("%%task clean\nopen('t.csv', 'w').write('1')\n1")
    shell.ok("import nbcellar as cellar")
    cell = "%%task a --cache\ncellar['clean']['t.csv'].read()"
    miss(shell, cell, "never run before")
    hit(shell, cell)
    shell.ok("%%task clean\nopen('t.csv', 'w').write('2')\n2")
    assert "asset clean@1 → clean@2" in miss(shell, cell, "asset")


def test_an_old_result_is_not_taken(shell: Shell) -> None:
    cell = "%%task a --cache 1h\n1"
    miss(shell, cell, "never run before")
    hit(shell, cell)
    text = shell.ok("%%task a --cache 0s\n1")
    assert "(limit 0.0 s)" in text


def test_force_runs_and_replaces(shell: Shell) -> None:
    miss(shell, CELL, "never run before")
    miss(shell, CELL.replace("--cache", "--cache --force"), "--force")
    assert "cached: a@2" in hit(shell, CELL)


def test_a_failed_run_is_never_taken(shell: Shell) -> None:
    shell.run("%%task a --cache\n1/0")
    result, _ = shell.run("%%task a --cache\n1/0")
    assert isinstance(result.error_in_exec, ZeroDivisionError)


def test_what_a_hit_would_overwrite_is_stored_first_and_can_be_undone(shell: Shell) -> None:
    from nbcellar.assets.restoring.undo import undo

    miss(shell, CELL, "never run before")
    Path("out.txt").write_text("edited by hand")
    hit(shell, CELL)
    assert Path("out.txt").read_text() == "42"
    undo(shell.cellar)
    assert Path("out.txt").read_text() == "edited by hand"


def test_below_a_notebooks_run_a_hit_is_recorded(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    miss(shell, CELL, "never run before")
    monkeypatch.setenv("NBCELLAR_RUN", "01NOTEBOOK")
    shell.ok(CELL)
    taken = shell.cellar.runs(RunQuery(name="a", parent="01NOTEBOOK"))
    assert [run.status for run in taken] == [RunStatus.CACHED]
    assert taken[0].result == 42
    assert shell.cellar.find("a").number == 1


def test_a_dry_run_tells_hit_or_miss(shell: Shell) -> None:
    dry = CELL.replace("--cache", "--cache --dry-run")
    assert "cache MISS: never run before" in shell.ok(dry)
    miss(shell, CELL, "never run before")
    assert "cache hit: a@1 would be taken" in shell.ok(dry)


def test_the_asset_of_the_earlier_run_is_bound(shell: Shell) -> None:
    cell = CELL.replace("task a", "task a -> made")
    miss(shell, cell, "never run before")
    del shell.shell.user_ns["made"]
    hit(shell, cell)
    assert shell.shell.user_ns["made"].ref == "a@1"


def test_a_damaged_result_makes_it_run(shell: Shell) -> None:
    miss(shell, CELL, "never run before")
    [kept] = (shell.cellar.folder / "cache/results").iterdir()
    (kept / "0").write_bytes(b"damaged")
    assert "a@1 could not be taken" in miss(shell, CELL, "")
    [again] = [path for path in (shell.cellar.folder / "cache/results").iterdir() if path != kept]
    (again / "index").write_text("{")
    miss(shell, CELL, "")
