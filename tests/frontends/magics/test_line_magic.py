"""``%cellar`` and ``%config Cellar`` in a real shell."""

from __future__ import annotations

import pytest
from IPython.core.completer import provisionalcompleter

from nbcellar.assets.asset import Asset
from nbcellar.errors import NotFoundError, UsageError
from nbcellar.frontends.commands.listing import Names
from nbcellar.settings import load
from tests.frontends.magics.conftest import Shell


@pytest.fixture
def kept(shell: Shell) -> Shell:
    (shell.folder / "a.jpg").write_text("a")
    (shell.folder / "b.png").write_text("b")
    (shell.folder / "c.txt").write_text("c")
    shell.ok("import nbcellar as cellar\nmade = cellar.asset(name='images')")
    return shell


def test_a_verb_answers_with_an_object(kept: Shell) -> None:
    result, _ = kept.run("%cellar ls")
    assert isinstance(result.result, Names)
    assert [one.name for one in result.result] == ["images"]


def test_globs_with_braces_are_not_read_as_python(kept: Shell) -> None:
    kept.ok("jpg, png = 1, 2")
    result, _ = kept.run("%cellar ls images --match *.{jpg,png}")
    assert [entry.name for entry in result.result] == [b"a.jpg", b"b.png"]


def test_dollar_names_stand_for_values_and_assets(kept: Shell) -> None:
    kept.ok("folder = 'out'")
    kept.ok("%cellar restore $made --to $folder")
    assert (kept.folder / "out" / "a.jpg").read_text() == "a"
    result, _ = kept.run("%cellar show ${made.name + '@1'}")
    assert result.result.run.ref == "images@1"


def test_an_error_fails_the_cell_in_few_words(kept: Shell) -> None:
    result, text = kept.run("%cellar show imges")
    assert isinstance(result.error_in_exec, NotFoundError)
    assert "Did you mean 'images'" in text
    assert "Traceback" not in text
    result, text = kept.run("%cellar lss")
    assert isinstance(result.error_in_exec, UsageError)
    assert "Did you mean 'ls'" in text


def test_help_is_printed(kept: Shell) -> None:
    assert "Verbs" in kept.ok("%cellar")
    assert "nbcellar restore: " in kept.ok("%cellar restore --help")
    assert "%cellar show train@3" in (kept.shell.find_line_magic("cellar").__doc__ or "")


def test_settings_are_set_for_the_session(shell: Shell, caplog: pytest.LogCaptureFixture) -> None:
    shell.ok("%config Cellar.summary = 'line'")
    assert load(shell.folder).summary == "line"
    shell.run("%config Cellar.summary = 'big'")
    assert "expected any of ['card', 'line', 'off']" in caplog.text
    assert load(shell.folder).summary == "line"
    result, _ = shell.run("%cellar config")
    assert ("summary", "%config") in [(one.name, one.source) for one in result.result.settings]
    shell.ok("%config Cellar.summary = 'card'")


def test_verbs_options_names_and_paths_complete(kept: Shell) -> None:
    def offered(text: str) -> list[str]:
        """As a kernel answers a frontend: what the line can become, from the cursor's word on."""
        with provisionalcompleter():
            return [text[: one.start] + one.text for one in kept.shell.Completer.completions(text, len(text))]

    assert "%cellar restore" in offered("%cellar res")
    assert "%cellar show images" in offered("%cellar show ima")
    assert "%cellar show images@1" in offered("%cellar show images@")
    assert "%cellar cat images/a.jpg" in offered("%cellar cat images/a")
    assert "%cellar ls --match" in offered("%cellar ls --ma")


def test_an_asset_in_a_cell_is_shown_with_its_files(kept: Shell) -> None:
    result, _ = kept.run("made")
    assert isinstance(result.result, Asset)
    formatted, _ = kept.shell.display_formatter.format(result.result)
    assert "a.jpg" in formatted["text/html"]
    assert formatted["application/vnd.nbcellar.asset+json"]["ref"] == "images@1"
