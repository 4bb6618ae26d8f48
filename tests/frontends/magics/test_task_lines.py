"""The task line: what is refused before the body runs, and what completes."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter

from nbcellar.errors import UsageError
from tests.frontends.magics.bodies import BODIES, CELL_MAGICS
from tests.frontends.magics.conftest import Shell

pytestmark = [  # bodies here leave files open, as people's cells do
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "A task needs a name"),
        ("a b", "Write a_b"),
        ("a -> if", "needs the name of a variable"),
        ("a -> 1x", "needs the name of a variable"),
        ("a/b", "'a/b' is not a usable task name"),
        ("a --in", "--in needs a value"),
        ("a --in x= ", "--in x= names nothing"),
        ("a --retries many", "'many' is not a number of retries"),
        ("a --timeout soon", "'soon' is not a duration"),
        ("a --cache 3x", "'3x' is not a duration"),
        ("a --on-error explode", "--on-error keep or --on-error drop"),
        ("a --fresh --at .", "Drop one of them"),
        ("a --fresh=yes", "--fresh takes no value"),
        ("a --at x --at y", "--at is given twice"),
        ("a --exclude !", "--exclude cannot be read"),
        ("a --match", "--match needs a value"),
        ("a --param 1x=3", "'1x' is not the name of a parameter"),
        ("a --alias ../x", "'../x' is not a usable alias"),
        ("a --vars x", "--vars means nothing without --cache"),
        ("a --new", "--new means nothing without --env"),
        ("a --in $nothing", "$nothing in the task line could not be read"),
        ("a 'open", "A quote ' is not closed"),
        ("a --in ${x", "A ${ is not closed"),
        ("a --dry-runn", "Did you mean '--dry-run'?"),
    ],
)
def test_a_line_that_cannot_be_meant_says_why_and_runs_nothing(shell: Shell, line: str, said: str) -> None:
    result, text = shell.run(f"%%task {line}\nopen('ran.txt', 'w').write('x')")
    assert isinstance(result.error_in_exec, UsageError)
    assert said in text and "The cell was not run." in text and "Traceback" not in text
    assert not Path("ran.txt").exists() and not shell.cellar.exists


def test_names_options_and_what_they_take_complete(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.ok("%%task clean --alias prod\nopen('table.csv', 'w').write('1')")
    shell.ok("alpha = 3")
    Path("folder").mkdir()

    def offered(line: str, cell: str = "") -> set[str]:
        """What the line can become, in a cell where more follows."""
        with provisionalcompleter():
            found = shell.shell.Completer.completions(line + cell, len(line))
            return {line[: one.start] + one.text for one in found}

    assert "%%task clean" in offered("%%task cl")
    assert "%task clean" in offered("%task cl", "\nx = 1")
    assert "%%task clean --fresh" in offered("%%task clean --fr", "\nx = 1")
    assert "%%task clean --fresh --fresh" not in offered("%%task clean --fresh --fr")
    assert "%%task fit --in clean" in offered("%%task fit --in cl")
    assert "%%task fit --in clean@prod" in offered("%%task fit --in clean@")
    assert "%%task fit --in t=table.csv" in offered("%%task fit --in t=ta")
    assert "%%task fit --in clean/table.csv" in offered("%%task fit --in clean/")
    assert "%%task fit --in $alpha" in offered("%%task fit --in $al")
    assert "%%task fit -p alpha" in offered("%%task fit -p al")
    assert "%%task fit --at folder/" in offered("%%task fit --at fo")
    assert "%%task fit --alias prod" in offered("%%task fit --alias pr")
    assert "%%task fit --on-error keep" in offered("%%task fit --on-error k")
    assert "%%task fit --cache 7d" in offered("%%task fit --cache ")
    assert "%%task --retries 3:10s clean" in offered("%%task --retries 3:10s cl")


def test_the_page_names_every_body_that_is_held_side_by_side() -> None:
    page = (Path(__file__).parents[3] / "docs" / "adoption.md").read_text(encoding="utf-8")
    listed = " ".join(page.partition("the marker's own line aside. All are the same.")[2].split()).rstrip(".")
    assert listed.split(" · ") == [*BODIES, *CELL_MAGICS]
