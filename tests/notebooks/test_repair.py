"""The catalogue is an index: deleted and made again, every listing is as it was, and so is what runs again."""

from __future__ import annotations

import pytest

from tests.notebooks.conftest import Project

pytestmark = pytest.mark.slow

BROKEN = """%%task broken
open("half.txt", "w").write("as far as it came")
1 / 0"""

LISTINGS = (
    ("ls",),
    ("ls", "tidy"),
    ("ls", "fit@1/**"),
    ("ls", "fit", "-p", "holdout=2009"),
    ("ls", "--tag", "stage=final"),
    ("show", "tidy@1"),
    ("show", "fit"),
    ("show", "report@good"),
    ("show", "broken@1"),
    ("log",),
    ("log", "tidy"),
    ("diff", "tidy@1", "tidy@2"),
    ("graph", "report"),
    ("whence", "predictions.csv"),
    ("trash",),
    ("du",),
    ("runs",),
    ("status", "latest"),
    ("status", "1"),
)


def make_history(project: Project) -> None:
    """Labels, a failed run, a removed one and a second version, beside the workflow's first run."""
    commands = (
        ("alias", "report@1", "good"),
        ("tag", "fit@1", "stage=final"),
        ("note", "fit@1", "the first"),
        ("save", "data", "--name", "raw"),
        ("save", "data/README.md", "--name", "raw"),
        ("rm", "raw@1"),
        ("save", "survey", "--name", "code"),
        ("alias", "code@1", "old"),
        ("alias", "code@1", "old", "--remove"),
    )
    for words in commands:
        assert project.types(*words).returncode == 0, words
    project.edit("survey/cleaning.py", "table.dropna()", 'table.dropna().query("season > 2007")')
    assert project.types("run", "survey.yaml").returncode == 0
    (project.folder / "broken.yaml").write_text("cellar: 1\nname: bad\nsteps:\n  broken:\n    notebook: broken.ipynb\n")
    project.write_notebook(
        "broken.ipynb", "%load_ext nbcellar", "%%task broken\nopen('half.txt', 'w').write('x')\n1 / 0"
    )
    assert project.types("run", "broken.yaml").returncode == 1


def listings(project: Project) -> dict[tuple[str, ...], str]:
    answers = {}
    for words in LISTINGS:
        done = project.types("--json", *words)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        answers[words] = done.stdout
    return answers


def test_every_listing_is_as_it_was_after_the_catalogue_was_deleted_and_repaired(project: Project) -> None:
    make_history(project)
    before = listings(project)
    for file in (project.folder / ".cellar").glob("catalogue.db*"):
        file.unlink()
    done = project.types("repair", "catalogue")
    assert done.returncode == 0, done.stderr
    after = listings(project)
    for words in LISTINGS:
        assert after[words] == before[words], f"nbcellar --json {' '.join(words)}"
    assert project.types("check", "--read-data").returncode == 0


def test_nothing_runs_again_after_a_repair(project: Project) -> None:
    project.kernels()
    for file in (project.folder / ".cellar").glob("catalogue.db*"):
        file.unlink()
    assert project.types("repair", "catalogue").returncode == 0
    assert project.types("run", "survey.yaml").returncode == 0
    assert project.kernels() == 0
