"""The transformer can never leave a body to run unguarded: each stage broken in turn."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from nbcellar.assets.uses import enclosing_run
from nbcellar.tasks.context.current import running
from nbcellar.tasks.files.tracer import active_traces
from tests.frontends.magics.conftest import Shell, names

pytestmark = [
    pytest.mark.slow,
    # bodies here leave files open, as people's cells do
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def broken(*_: object, **__: object) -> NoReturn:
    raise RuntimeError("broken on purpose")


STAGES = [
    "nbcellar.frontends.transformer.MarkerTransformer.__call__",
    "nbcellar.frontends.transformer.MarkerTransformer._body",
    "nbcellar.frontends.extension.rewrite",
    "nbcellar.frontends.extension.TreeTransformer._compiles",
    "nbcellar.frontends.transformer._source",
    "nbcellar.frontends.transformer._show",
    "nbcellar.frontends.transformer._loop",
    "nbcellar.frontends.guard.parse",
    "nbcellar.frontends.guard.Task",
    "nbcellar.frontends.guard.Guard.attempts",
    "nbcellar.tasks.attempts.execution.Task.__iter__",
    "nbcellar.tasks.attempts.execution.Task._prepare",
    "nbcellar.tasks.attempts.execution.Task._open",
    "nbcellar.frontends.guard.ShortAttempt.__enter__",
    "nbcellar.tasks.attempts.attempt.Attempt.__init__",
    "nbcellar.tasks.attempts.attempt.Attempt._prepare",
    "nbcellar.tasks.attempts.attempt.Claim.open",
    "nbcellar.tasks.attempts.attempt.mentioned",
    "nbcellar.tasks.attempts.attempt.Running.now",
    "nbcellar.tasks.attempts.attempt.enter",
    "nbcellar.tasks.attempts.attempt.begin_context",
    "nbcellar.tasks.attempts.attempt.begin",
]


@pytest.mark.parametrize("stage", STAGES)
def test_a_body_never_runs_unguarded_whatever_breaks_before_it(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(stage, broken)
        result, text = shell.run("%%task a\nopen('ran.txt', 'w').write('x')")
    assert not result.success and "broken on purpose" in text
    assert not Path("ran.txt").exists()
    assert running() is None and enclosing_run.get() is None and not active_traces()  # nothing of it goes on
    assert not any(Path(".cellar/work/claims").glob("*"))
    shell.ok("%%task b\nopen('x', 'w').write('1')")
    assert names(shell, "b") == ["x"]


@pytest.mark.parametrize("taken", ["input_transformers_cleanup", "ast_transformers"])
def test_a_body_never_runs_unguarded_when_a_step_is_gone_for_good(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, taken: str
) -> None:
    steps = getattr(shell.shell, taken)
    kept = list(steps)
    with monkeypatch.context() as patched:
        patched.setattr("nbcellar.frontends.extension.Extension.ensure", lambda self: None)
        steps.clear()
        try:
            result, _ = shell.run("%%task a\nopen('ran.txt', 'w').write('x')")
        finally:
            steps[:] = kept
    assert not result.success
    assert not Path("ran.txt").exists()


def test_a_body_that_nests_deeper_than_python_code_can_follow_still_runs(shell: Shell) -> None:
    deep = "+".join("1" for _ in range(900))
    shell.ok(f"%%task a\n{deep}")
    assert shell.cellar.find("a").result == 900
    shell.ok(f"%%task a --cache\n{deep}")
    assert "cached" in shell.ok(f"%%task a --cache\n{deep}")
    assert "MISS: code changed" in shell.ok(f"%%task a --cache\n{deep}+1")
