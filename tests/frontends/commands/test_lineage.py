"""What `du`, `whence` and `graph` know."""

from __future__ import annotations

from pathlib import Path

import nbcellar as cellar
from tests.frontends.commands.conftest import Say
from tests.frontends.commands.told import lines


def test_du_tells_own_from_shared(kept: Path, say: Say) -> None:
    cellar.asset({"x": cellar.get("results")["results/plots/x.png"]}, name="part")
    found = say("du", "--json").json
    names = (
        {one["name"]: one for one in found["names"] if isinstance(one, dict)}
        if isinstance(found["names"], list)
        else {}
    )
    assert (names["results"]["size_bytes"], names["results"]["own_bytes"]) == (4 + 4 + 11 + 4, 4 + 4 + 11)
    assert (names["part"]["size_bytes"], names["part"]["own_bytes"]) == (4, 0)
    assert found["content_bytes"] == 23


def test_du_counts_what_versions_share_once(project: Path, say: Say) -> None:
    for content in ("one", "two", "three"):
        (project / "a").write_text(content)
        (project / "b").write_text("the same")
        cellar.asset(["a", "b"], name="kept")
    cellar.asset(["b"], name="other")
    names = lines(say("du", "--jsonl"))
    assert [(one["name"], one["asset_count"], one["size_bytes"], one["own_bytes"]) for one in names] == [
        ("kept", 3, 3 + 3 + 5 + 8, 3 + 3 + 5),
        ("other", 1, 8, 0),
    ]
    cellar.rm("kept@1")
    assert lines(say("du", "--jsonl")) == names


def test_whence_finds_a_file_by_its_content(kept: Path, say: Say) -> None:
    (kept / "copy").write_text("one\n")
    assert "results@1  results/a.txt" in say("whence", "copy").out
    (kept / "copy").write_text("never kept")
    assert say("whence", "copy").code == 3
    assert say("whence", "gone").code == 3


def test_graph_shows_both_ways(kept: Path, say: Say) -> None:
    middle = cellar.asset({"x": cellar.get("results@1")}, name="middle")
    cellar.asset({"y": middle}, name="last")
    assert say("graph", "middle").lines == [
        "middle@1 is made of",
        "  results@1",
        "and used by",
        "  last@1",
    ]
    edges = say("graph", "results@1", "--json").json["edges"]
    assert edges == [{"from": "results@1", "to": "middle@1"}, {"from": "middle@1", "to": "last@1"}]
    assert "-->" in str(say("graph", "last", "--json").json["mermaid"])


def test_graph_without_a_reference_is_that_of_the_newest_asset(kept: Path, say: Say) -> None:
    assert say("graph").lines[0] == "results@2 is made of"
    cellar.asset({"x": cellar.get("results@1")}, name="middle")
    assert say("graph").lines == ["middle@1 is made of", "  results@1", "and used by", "  nothing"]
    assert cellar.graph().as_json() == say("graph", "middle", "--json").json


def test_graph_of_a_project_without_assets_says_what_to_give(project: Path, say: Say) -> None:
    said = say("graph")
    assert said.code == 3 and "has no asset yet" in said.err and "nbcellar graph survey.yaml" in said.err


def test_the_graph_of_a_workflow_file_is_that_of_its_steps(project: Path, say: Say) -> None:
    steps = "{b: {notebook: n.ipynb, needs: [a]}, a: {notebook: n.ipynb}, in: {workflow: inner.yml, needs: [b]}}"
    (project / "flow.yaml").write_text(f"cellar: 1\nname: flow\nsteps: {steps}\n")
    (project / "inner.yml").write_text("cellar: 1\nname: inner\nsteps: {c: {notebook: n.ipynb}}\n")
    found = say("graph", "flow.yaml", "--json").json
    assert found["steps"] == [
        {"step": "a", "after": []},
        {"step": "b", "after": ["a"]},
        {"step": "in.c", "after": ["b"]},
    ]
    assert str(found["mermaid"]).splitlines()[-1] == "  s1 --> s2"
    assert say("graph", "flow.yml").code == 3
    (project / "flow.yaml").write_text("cellar: 1\nname: flow\nsteps: {a: {}}\n")
    assert say("graph", "flow.yaml").code == 2
