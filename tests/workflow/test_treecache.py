"""What a workflow file said is remembered, counts only for the very same text, and is nothing but speed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.errors import InvalidWorkflow
from nbcellar.store import Cellar
from nbcellar.workflow.loading.document import read_document
from nbcellar.workflow.loading.treecache import TreeCache
from nbcellar.workflow.loading.yamltree import read_tree
from nbcellar.workflow.runs.planning import plan_workflow

Write = Callable[[str], Path]
TEXT = """
cellar: 1
name: flow   # a comment
parameters: {year: 2024, share: 0.5, far: .inf, none: ~, yes: true, words: ["a", 'b: c', "\\u00e9\\U0001F600"]}
steps:
  a: {notebook: a.ipynb, needs: []}
"""


def test_a_remembered_tree_is_the_tree_that_was_read(tmp_path: Path) -> None:
    cache = TreeCache(tmp_path / "cache", tmp_path / "flow.yaml")
    first = cache.read(TEXT, "flow.yaml")
    assert first == read_tree(TEXT, "flow.yaml")
    assert cache.path.is_file()
    assert TreeCache(tmp_path / "cache", tmp_path / "flow.yaml").read(TEXT, "flow.yaml") == first


def test_another_text_is_read_anew_and_takes_its_place(tmp_path: Path) -> None:
    cache = TreeCache(tmp_path / "cache", tmp_path / "flow.yaml")
    cache.read(TEXT, "flow.yaml")
    other = TEXT.replace("2024", "2025")
    assert cache.read(other, "flow.yaml") == read_tree(other, "flow.yaml")
    assert [each.name for each in cache.path.parent.iterdir()] == [cache.path.name]


@pytest.mark.parametrize("damage", [b"", b"x" * 10, b"x" * 5000])
def test_a_damaged_one_is_none(tmp_path: Path, damage: bytes) -> None:
    cache = TreeCache(tmp_path / "cache", tmp_path / "flow.yaml")
    tree = cache.read(TEXT, "flow.yaml")
    cache.path.write_bytes(cache.path.read_bytes()[:64] + damage)
    assert cache.read(TEXT, "flow.yaml") == tree
    content = bytearray(cache.path.read_bytes())
    content[-1] ^= 1
    cache.path.write_bytes(content)
    assert cache.read(TEXT, "flow.yaml") == tree


def test_a_folder_that_takes_nothing_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder")
    cache = TreeCache(tmp_path / "cache", tmp_path / "flow.yaml")
    assert cache.read(TEXT, "flow.yaml") == read_tree(TEXT, "flow.yaml")


def test_what_is_wrong_is_said_each_time_and_is_not_remembered(tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    path.write_text("cellar: 1\nname: [\n")
    for _ in range(2):
        with pytest.raises(InvalidWorkflow, match=r"flow\.yaml:"):
            read_document(path, caches=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_plan_makes_no_store(project: Path, write_workflow: Write) -> None:
    path = write_workflow("cellar: 1\nname: flow\nsteps: {}\n")
    cellar = Cellar.open(project)
    with pytest.raises(InvalidWorkflow):
        plan_workflow(path, cellar=cellar)
    assert not cellar.exists


def test_the_yaml_reader_is_not_loaded_for_what_is_remembered(tmp_path: Path) -> None:
    (tmp_path / "flow.yaml").write_text(TEXT)
    code = (
        "import sys; from pathlib import Path; from nbcellar.workflow.loading.document import read_document; "
        "print(read_document('flow.yaml', caches=Path('cache')).document.name, 'yaml' in sys.modules)"
    )
    said = [
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    ]
    assert said == ["flow True\n", "flow False\n"]
