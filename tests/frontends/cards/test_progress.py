"""Progress of a save: after half a second, at most five times a second, and replaced by the card."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from nbcellar.assets.saving.archiver import Step
from nbcellar.frontends.display import CellListener
from tests.frontends.cards.test_cards import FULL


class Clock:
    """Time that stands until it is told to pass."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr("nbcellar.frontends.display.time", SimpleNamespace(monotonic=lambda: self.now))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.delenv("CI", raising=False)
    return Clock(monkeypatch)


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    had = InteractiveShell.initialized()
    yield InteractiveShell.instance()
    if not had:
        InteractiveShell.clear_instance()


def saved(listener: CellListener, clock: Clock, *, seconds: float) -> None:
    """A save of so long, with a step every 10 ms."""
    for step in range(round(seconds * 100)):
        listener.saving("a@1", Step(step, 1000, step * 1000, 1_000_000))
        clock.now += 0.01


def test_a_short_save_shows_nothing_but_the_card(shell: InteractiveShell, clock: Clock) -> None:
    listener = CellListener(shell)
    with capture_output() as shown:
        saved(listener, clock, seconds=0.49)
        listener.finished(FULL)
    assert len(shown.outputs) == 1 and "nbcellar-card" in shown.outputs[0].data["text/html"]


def test_a_longer_one_is_shown_five_times_a_second_and_replaced_by_the_card(
    shell: InteractiveShell, clock: Clock
) -> None:
    listener = CellListener(shell)
    with capture_output() as shown:
        saved(listener, clock, seconds=2.5)
        listener.finished(FULL)
    progress = [one for one in shown.outputs if "Saving a@1:" in one.data["text/plain"]]
    assert 8 <= len(progress) <= 11
    assert "of 1,000 files" in progress[0].data["text/plain"]
    assert len({one.transient["display_id"] for one in shown.outputs}) == 1  # one place, updated
    assert "nbcellar-card" in shown.outputs[-1].data["text/html"]


@pytest.mark.parametrize("sign", ["CI", "NBCELLAR_RUN", "papermill"])
def test_where_nobody_looks_on_there_are_lines_in_a_log(
    shell: InteractiveShell, clock: Clock, monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    if sign == "papermill":  # its cells may not ask for input
        monkeypatch.setattr(shell, "kernel", SimpleNamespace(_allow_stdin=False), raising=False)
    else:
        monkeypatch.setenv(sign, "1")
    listener = CellListener(shell)
    with capture_output() as shown:
        saved(listener, clock, seconds=25)
        listener.finished(FULL)
    lines = shown.stderr.splitlines()
    assert 2 <= len(lines) <= 4 and all(line.startswith("Saving a@1: ") for line in lines)
    assert len(shown.outputs) == 1
