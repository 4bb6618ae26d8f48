"""What is installed with the wheel, and what the sources of the extension may not hold."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[2] / "labextension"
INSTALLED = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / "nbcellar"


@pytest.mark.slow
def test_jupyterlab_lists_the_extension_as_enabled() -> None:
    command = [sys.executable, "-m", "jupyter", "labextension", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    line = next(line for line in (done.stdout + done.stderr).splitlines() if "nbcellar v" in line)
    assert "enabled" in line
    assert "OK" in line
    assert "python, nbcellar" in line


def test_the_installed_extension_names_its_version_schema_and_entry() -> None:
    package = json.loads((INSTALLED / "package.json").read_text())
    assert package["version"] == json.loads((SOURCES / "package.json").read_text())["version"]
    assert (INSTALLED / package["jupyterlab"]["_build"]["load"]).is_file()
    assert json.loads((INSTALLED / "schemas/nbcellar/browser.json").read_text())["title"] == "Cellar"
    assert json.loads((INSTALLED / "install.json").read_text())["packageManager"] == "python"


def test_script_style_and_extension_together_are_under_300_kb() -> None:
    from nbcellar.frontends.widgets.bundle import bundled

    extension = sum(path.stat().st_size for path in (INSTALLED / "static").glob("*.js"))
    assert 0 < extension < 300_000
    assert 0 < len(bundled("index.js").encode()) < 100_000
    assert 0 < len(bundled("browser.css").encode()) < 50_000


def test_entry_points_resolve() -> None:
    groups = {"console_scripts": "nbcellar", "papermill.engine": "nbcellar", "fsspec.specs": "cellar"}
    for group, name in groups.items():
        (point,) = entry_points(group=group, name=name)
        assert point.load() is not None, group


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((SOURCES / "package-lock.json").read_text())
    assert lock["packages"]
    assert not [name for name, package in lock["packages"].items() if "resolved" in package and not package.get("link")]


SCRIPTS = sorted((SOURCES / "src").rglob("*.ts"))


@pytest.mark.parametrize("path", SCRIPTS, ids=[str(path.relative_to(SOURCES / "src")) for path in SCRIPTS])
def test_no_source_makes_markup_of_text_or_gives_up_types(path: Path) -> None:
    text = path.read_text()
    if path.name == "inertmarkup.ts":  # takes markup apart in a document where nothing loads, and only reads it
        text = re.sub(r"return [a-zA-Z.]+\.innerHTML;|new DOMParser\(\)", "", text)
    markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|dangerouslySet|\beval\(|new Function"
    assert not re.search(markup, text)
    assert not re.search(r"window\.open\(|location\s*=|\.href\s*=", text)
    assert not re.search(r":\s*any\b|\bas any\b|<any>|@ts-ignore|@ts-expect-error|as unknown as", text)


def test_only_one_file_of_the_extension_fetches() -> None:
    fetching = [
        path.name for path in SCRIPTS if re.search(r"\bfetch\(|makeRequest|XMLHttpRequest|WebSocket", path.read_text())
    ]
    assert set(fetching) <= {"api.ts"}


def test_colours_come_from_jupyterlab() -> None:
    style = (SOURCES / "style" / "browser.css").read_text()
    body = re.sub(r"/\*.*?\*/", "", style, flags=re.S)
    bare = [
        line.strip() for line in body.splitlines() if re.search(r"#[0-9a-fA-F]{3,6}\b", line) and "var(--jp" not in line
    ]
    assert bare == [
        "color: #fff;",  # on the brand's colour
        "background: repeating-conic-gradient(#e9e9e9 0 25%, #fff 0 50%) 0 0 / 16px 16px;",  # behind pictures
    ]
