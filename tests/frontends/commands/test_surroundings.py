"""What `config`, `records`, `doctor`, `autoload` and `browse` say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import nbcellar as cellar
from tests.frontends.commands.conftest import Say
from tests.frontends.commands.told import lines, rows


def test_config_says_where_each_value_is_from(project: Path, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBCELLAR_TRASH_DAYS", "3")
    found = {one["name"]: one for one in lines(say("config", "show", "--jsonl"))}
    assert found["trash_days"] == {"name": "trash_days", "value": 3, "source": "NBCELLAR_TRASH_DAYS"}
    assert found["project"]["source"] == str(project / "nbcellar.toml")
    assert "jupyter_cellar_config.py" in say("config", "path").out
    assert say("config", "shwo").code == 2


def test_records_are_listed_found_and_framed(project: Path, say: Say) -> None:
    assert "Nothing is recorded" in say("records").out
    for alpha in (0.1, 0.2):
        cellar.record(name="score", inputs={"alpha": alpha}, outputs={"rmse": alpha * 10})
    found = say("records", "--json").json["records"]
    assert rows(found, "outputs") == [{"rmse": 2.0}, {"rmse": 1.0}]
    assert [one.outputs["rmse"] for one in cellar.records.find("score", inputs={"alpha": 0.1})] == [1.0]
    assert len(cellar.records.find(outputs={"rmse": 3})) == 0
    assert cellar.records("score").to_frame()["outputs.rmse"].to_list() == [2.0, 1.0]
    deep = cellar.record("deep", outputs={"val": {"rmse": [0.5, "x"]}})
    assert cellar.records.find(outputs={"val.rmse.0": 0.5}).one() == deep
    assert cellar.records.find(outputs={"rmse": lambda rmse: rmse > 1.5}, since="1h").one().inputs == {"alpha": 0.2}
    assert len(cellar.records.find(outputs={"val.rmse.0": lambda value: value + "text"})) == 0
    assert [one.name for one in cellar.records.find(limit=2)] == ["deep", "score"]
    assert len(cellar.records.find(project="elsewhere")) == 0
    with pytest.raises(cellar.NotFoundError, match="No record fits"):
        cellar.records.find("score", outputs={"rmse": 9}).one()
    with pytest.raises(cellar.ConflictError, match=r"2 records fit \(score\)"):
        cellar.records.find("score").one()
    with pytest.raises(cellar.NotFoundError, match="Nothing is called 'nowhere'"):
        cellar.records.find(run="nowhere")
    with pytest.raises(cellar.UsageError, match="not a duration"):
        cellar.records.find(since="soon")
    said = say("records", "scor")
    assert said.code == 3
    assert "Did you mean 'score'" in said.err


def test_doctor_finds_nothing_wrong_here_and_names_what_is(
    project: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = say("doctor", "--json")
    assert said.code == 0, said.out
    found = (
        {one["what"]: one for one in said.json["findings"] if isinstance(one, dict)} if said.json["findings"] else {}
    )  # type: ignore[union-attr]
    assert found["store"]["value"] == f"{(project / '.cellar').as_uri()} (not made yet)"
    assert found["file system"]["value"]
    rescue = project / ".cellar" / "rescue" / "train-4"
    cellar.asset("nbcellar.toml")
    (rescue.parent / "under-way").mkdir(parents=True)  # of restores, empty when none is
    (rescue.parent / "undo").mkdir()
    assert "to rescue" not in say("doctor").out
    rescue.mkdir()
    said = say("doctor")
    assert said.code == 1
    assert "train-4" in said.out


def test_autoload_writes_and_removes_only_its_own_file(
    project: Path, say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    file = tmp_path / "ipython" / "profile_default" / "startup" / "50-nbcellar.py"
    assert say("autoload").out.startswith("off")
    assert say("autoload", "on").out.startswith("on")
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--quick", "-c", "print('x')"], capture_output=True, text=True, check=True
    )
    assert "x" in done.stdout
    assert file.is_file()
    assert say("autoload", "off", "--json").json["on"] is False
    assert not file.exists()
    assert say("autoload", "maybe").code == 2
    file.write_text("mine")
    assert say("autoload", "off").code == 4
    assert say("autoload", "on").code == 4
    assert file.read_text() == "mine"


def test_a_kernel_loads_the_extension_by_itself_where_that_is_on(
    project: Path, say: Say, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    say("autoload", "on")
    code = "get_ipython().run_line_magic('cellar', 'ls')"
    done = subprocess.run([sys.executable, "-m", "IPython", "-c", code], capture_output=True, text=True)
    assert "Nothing is kept here yet" in done.stdout, done


def test_browse_is_a_table_in_a_terminal(kept: Path, say: Say) -> None:
    assert say("browse").out == say("ls").out
    assert say("browse", "results").out == say("ls", "results").out
    assert say("browse", "--json").json["schema"] == "nbcellar/browse/1"
    assert say("browse", "none").code == 3
