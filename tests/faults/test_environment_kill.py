"""An environment whose save is killed at any call is the old one or the new one, and its next save works."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcellar.tasks.environments import Environment

from .harness import Faults, assert_sound, fresh_copy, sample

POINTS = 10

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_save_killed_at_any_call_leaves_the_old_values_or_the_new_ones(
    faults: Faults, tmp_path: Path, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    template, project = tmp_path / "template", tmp_path / "project"
    template.mkdir()
    (template / "nbcellar.toml").write_text('project = "survey"\n')
    assert faults.run("environment", str(template), "old").code == 0
    calls = faults.count("environment", str(fresh_copy(template, project)), "new", report=tmp_path / "count")
    found = set()
    for call in sample(calls, POINTS):
        project = fresh_copy(template, tmp_path / f"project-{call}")
        monkeypatch.chdir(project)
        after = {"KILLAFTER": "1"} if when == "after" else {}
        ended = faults.run("environment", str(project), "new", KILLAT=str(call), **after)
        assert ended.code == -9, f"call {call} of {calls}: {ended}"
        env = Environment.load_from_file("xp1/env")
        assert env["list"] == [env["word"]] * 1000
        found.add(env["word"])
        env["word"] = "again"
        env.dump()
        assert Environment.load_from_file("xp1/env")["word"] == "again"
        assert sorted(path.name for path in (project / "xp1").iterdir()) == [".env.lock", "env"]
        assert_sound(project)
    assert found == {"old", "new"}
