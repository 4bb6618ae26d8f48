"""What the code offers has a line in the documentation, and the line is true."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import nbcellar
from nbcellar import errors
from nbcellar.frontends.commands.manual import document
from nbcellar.settings import Settings
from nbcellar.tasks.taskline.line import FLAGS, MANY, ONCE
from tests.docs.conftest import ROOT
from tests.frontends.magics import test_cache_key, test_cache_leaves, test_cache_names

DOCS = ROOT / "docs"


def rows(page: Path) -> dict[str, list[str]]:
    """The rows of a page's tables by what stands in backticks in their first cell."""
    found = {}
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if line.startswith("|") and (name := re.match(r"`([^`]+)`", cells[0])):
            found[name[1]] = cells
    return found


def tree(root: type[errors.NbcellarError]) -> Iterator[type[errors.NbcellarError]]:
    """The errors that the module of errors defines, from the root down."""
    yield root
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from tree(child)


def test_every_error_is_documented_with_its_exit_code() -> None:
    documented = rows(DOCS / "errors.md")
    assert {name: cells[2] for name, cells in documented.items()} == {
        error.__name__: str(error.exit_code) for error in tree(errors.NbcellarError)
    }


def test_every_error_is_documented_with_the_builtin_that_it_is_too() -> None:
    for name, cells in rows(DOCS / "errors.md").items():
        if also := re.match(r"`(\w+)`", cells[1]):
            assert issubclass(getattr(errors, name), getattr(errors, also[1], None) or __builtins__[also[1]]), name


def test_every_option_of_a_task_is_documented() -> None:
    documented = {option.split()[0] for option in rows(DOCS / "tasks.md")}
    assert documented >= {*FLAGS, *ONCE, *MANY}


def test_the_page_of_commands_is_what_the_verbs_say() -> None:
    assert (DOCS / "commands.md").read_text(encoding="utf-8") == document()


def test_every_setting_is_documented_with_its_default() -> None:
    documented = rows(DOCS / "settings.md")
    for field in dataclasses.fields(Settings):
        assert field.name in documented, f"{field.name} is not in docs/settings.md"
        default = field.default
        shown = documented[field.name][1].strip("`")
        assert shown == (str(default) if default not in ("", ()) else "(empty)"), f"{field.name}: {default!r}"


def test_every_setting_of_the_lab_extension_is_documented() -> None:
    documented = rows(DOCS / "browser.md")
    for schema in sorted((ROOT / "labextension" / "schema").glob("*.json")):
        for name, field in json.loads(schema.read_text(encoding="utf-8"))["properties"].items():
            assert name in documented, f"{name} of {schema.name} is not in docs/browser.md"
            if field["type"] == "boolean":
                assert documented[name][1] == ("on" if field["default"] else "off"), name


def test_every_public_name_is_documented() -> None:
    page = (DOCS / "python.md").read_text(encoding="utf-8")
    known_errors = set(rows(DOCS / "errors.md"))
    missing = [name for name in nbcellar.__all__ if name not in known_errors and f"`cellar.{name}`" not in page]
    assert not missing


@pytest.mark.parametrize(
    "name", ["python.md", "coming-from.md", "assets.md", "tasks.md", "workflows.md", "environments.md"]
)
def test_every_documented_name_is_there(name: str) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    for name in re.findall(r"`cellar\.(\w+)`", page):
        assert name in nbcellar.__all__, f"cellar.{name}"
    for owner, member in re.findall(r"`(Asset|AssetEntry|Environment|Workflow)\.(\w+)[`(]", page):
        assert hasattr(getattr(nbcellar, owner), member), f"{owner}.{member}"


def test_the_page_of_caching_lists_each_case_that_is_tried() -> None:
    sections = (DOCS / "caching.md").read_text(encoding="utf-8").split("\n## ")[1:]
    listed = [re.findall(r"^\| ([^|]+?) \|", section, re.MULTILINE)[1:] for section in sections[:3]]
    assert listed == [
        [*test_cache_names.BODIES, *test_cache_leaves.LEFT],
        [*test_cache_leaves.REFUSED],
        [*test_cache_key.CHANGES],
    ]


def test_the_architecture_names_every_folder_of_the_rooms() -> None:
    package = ROOT / "src" / "nbcellar"
    there = {f"{one.parent.parent.name}/{one.parent.name}/" for one in package.glob("*/*/__init__.py")}
    named = {name for name in rows(ROOT / "ARCHITECTURE.md") if name.count("/") == 2}
    assert named == there
