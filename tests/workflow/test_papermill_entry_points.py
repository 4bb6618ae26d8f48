"""What papermill takes in of this project when it is imported: an engine, and handlers of URLs."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.workflow.notebooks.urls import UrlHandler

Write = Callable[..., Path]
SOURCES = Path(__file__).parents[2]


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder on the path in which the entry points of pyproject.toml are installed."""
    groups = tomllib.loads((SOURCES / "pyproject.toml").read_text())["project"]["entry-points"]
    site = tmp_path / "site"
    info = site / "nbcellar-0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: nbcellar\nVersion: 0\n")
    lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in names.items()) for group, names in groups.items()]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return site


def fresh(installed: Path, code: str, cwd: Path) -> str:
    """What a new interpreter prints."""
    start = f"import sys; sys.path[:0] = [{str(installed)!r}, {str(SOURCES / 'src')!r}]\n"
    done = subprocess.run(
        [sys.executable, "-c", start + textwrap.dedent(code)], cwd=cwd, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "first", ["nbcellar.workflow.notebooks.engine", "nbcellar.workflow.notebooks.execution", "papermill"]
)
def test_engine_and_papermill_are_imported_in_any_order(installed: Path, tmp_path: Path, first: str) -> None:
    code = f"""
        import importlib
        importlib.import_module({first!r})
        from papermill.engines import papermill_engines
        print(papermill_engines.get_engine("nbcellar").__module__, "nbcellar.workflow.kernels.kernel" in sys.modules)
    """
    loaded = "True" if first.endswith("execution") else "False"
    assert fresh(installed, code, tmp_path).split() == ["nbcellar.workflow.notebooks.engine", loaded]


@pytest.mark.slow
def test_papermill_reads_and_writes_urls_that_it_has_no_handler_for(
    installed: Path, project: Path, write_notebook: Write
) -> None:
    write_notebook("in.ipynb", "#parameters\nx = 1", "print(x * 2)")
    code = """
        import fsspec, papermill, json, pathlib, zipfile
        fsspec.filesystem("memory").pipe_file("/in.ipynb", pathlib.Path("in.ipynb").read_bytes())
        with zipfile.ZipFile("a.zip", "w") as archive:
            archive.write("in.ipynb")
        run = lambda *paths: papermill.execute_notebook(*paths, {"x": 21}, engine_name="nbcellar", progress_bar=False)
        run("memory://in.ipynb", "memory://out.ipynb")
        run("zip://in.ipynb::file://a.zip", pathlib.Path("out.ipynb").absolute().as_uri())
        texts = [fsspec.filesystem("memory").cat("/out.ipynb").decode(), pathlib.Path("out.ipynb").read_text()]
        print(json.dumps([json.loads(text)["cells"][-1]["outputs"][0]["text"] for text in texts]))
        print(papermill.iorw.papermill_io.listdir("memory://"))
    """
    outputs, listing = fresh(installed, code, project).splitlines()
    assert [[line.strip() for line in text] for text in json.loads(outputs)] == [["42"], ["42"]]
    assert "memory:///out.ipynb" in listing


@pytest.mark.slow
def test_s3_goes_through_fsspec_where_papermills_own_way_is_not_installed(installed: Path, tmp_path: Path) -> None:
    code = """
        sys.modules["boto3"] = None
        import fsspec
        from fsspec.implementations.memory import MemoryFileSystem
        from papermill.iorw import papermill_io
        bucket = type("Bucket", (MemoryFileSystem,), {"protocol": "s3", "store": {}})
        fsspec.register_implementation("s3", bucket, clobber=True)
        papermill_io.write("{}", "s3://bucket/a.ipynb")
        print(papermill_io.read("s3://bucket/a.ipynb"), papermill_io.listdir("s3://bucket"))
    """
    assert fresh(installed, code, tmp_path).strip() == "{} ['s3://bucket/a.ipynb']"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sftp://me:secret@host/a.ipynb", "sftp://me@host/a.ipynb"),
        ("sftp://host/a@b.ipynb", "sftp://host/a@b.ipynb"),
        ("memory://a.ipynb", "memory://a.ipynb"),
    ],
)
def test_a_password_in_a_url_is_not_shown(url: str, shown: str) -> None:
    assert UrlHandler.pretty_path(url) == shown
