"""What leaves no precedent, and what is none: other parameters, other programs, damage, and what files cannot tell."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from nbcellar.errors import InvalidWorkflow
from nbcellar.frontends.commands.running import Ran, run
from nbcellar.model import RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.runs.repetition import repeat_workflow
from nbcellar.workflow.runs.runoptions import RunOptions
from nbcellar.workflow.views.events import ignore
from tests.workflow.precedents.precedentkit import repeat, rewrite, settle

NEVER = {
    "functions": "steps: {add: {function: mine.add}}",
    "ages": "steps: {deep: {notebook: inner/deep.ipynb, cache: 7d}}",
    "no cache": "steps: {deep: {notebook: inner/deep.ipynb, cache: false}}",
}


@pytest.mark.slow
def test_parameters_and_options_that_are_others(home: Path) -> None:
    assert repeat(home, {"year": 2024}) is None
    assert repeat(home, {"nope": 1}) is None
    cellar, path = Cellar.open(home), home / "flow.yaml"
    assert repeat_workflow(cellar, path, {}, RunOptions(1, force=True), ignore) is None
    assert repeat_workflow(cellar, path, {}, RunOptions(1, start_from="fit"), ignore) is None
    assert repeat_workflow(cellar, home / "none.yaml", {}, RunOptions(1), ignore) is None
    assert repeat(home) is not None


@pytest.mark.slow
def test_another_program_decides_for_itself(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "version", "4.0")
        assert repeat(home) is None
    assert repeat(home) is not None


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "a folder"])
def test_a_damaged_precedent_is_none(home: Path, damage: str) -> None:
    (path,) = (home / ".cellar" / "cache" / "precedents").iterdir()
    content = path.read_bytes()
    path.unlink()
    match damage:
        case "empty":
            path.touch()
        case "cut":
            path.write_bytes(content[:-3])
        case "flipped":
            path.write_bytes(content[:-3] + bytes([content[-3] ^ 1]) + content[-2:])
        case _:
            path.mkdir()
    assert repeat(home) is None


@pytest.mark.slow
def test_a_run_that_something_forced_leaves_no_precedent(home: Path) -> None:
    (path,) = (home / ".cellar" / "cache" / "precedents").iterdir()
    path.unlink()
    rewrite(home / "data" / "birds.csv", "tit", "owl")
    assert isinstance(ran := run(home / "flow.yaml", quiet=True), Ran)
    assert ran.run.status is RunStatus.SUCCEEDED
    assert not path.exists()


@pytest.mark.slow
def test_a_kernel_that_is_gone_is_missed_and_one_that_came_back_is_not(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, away = home / "share" / "kernels" / "own", home / "away"
    spec.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "own", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(home / "share"))
    (home / "flow.yaml").write_text("cellar: 1\nname: own\nsteps: {deep: {notebook: inner/deep.ipynb, kernel: own}}\n")
    assert isinstance(run(home / "flow.yaml", quiet=True), Ran)
    settle(home)
    spec.rename(away)
    assert repeat(home) is None
    with pytest.raises(InvalidWorkflow, match=r"flow.yaml:3: steps.deep.kernel: there is no kernel 'own'"):
        run(home / "flow.yaml", quiet=True)
    away.rename(spec)
    assert repeat(home) is not None


@pytest.mark.slow
@pytest.mark.parametrize("kind", NEVER)
def test_what_files_cannot_tell_is_always_planned(home: Path, kind: str) -> None:
    (home / "mine.py").write_text("def add():\n    return 1\n")
    (home / "flow.yaml").write_text(f"cellar: 1\nname: other\n{NEVER[kind]}\n")
    for _ in range(3):
        assert isinstance(ran := run(home / "flow.yaml", quiet=True), Ran)
        assert ran.run.status is RunStatus.SUCCEEDED
        assert "repeats" not in ran.run.detail
        assert repeat(home) is None
