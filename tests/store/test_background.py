"""Work in a thread of its own: joined whatever comes, and its trouble is told."""

from __future__ import annotations

import signal
import threading

import pytest

from nbcellar.store.packs.background import Background


def test_what_ends_it_early_is_raised_once() -> None:
    def fail() -> None:
        raise MemoryError("no room")

    background = Background("test")
    assert not background.started
    background.join()
    background.complain()
    background.start(fail)
    background.join()
    assert background.started
    with pytest.raises(MemoryError, match="no room"):
        background.complain()
    background.complain()


def test_an_interrupt_is_raised_after_the_work_has_ended() -> None:
    go_on = threading.Event()
    done = threading.Event()

    def work() -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        go_on.wait()
        done.set()

    background = Background("test")
    with pytest.raises(KeyboardInterrupt):  # also where the signal comes before the main thread waits
        background.start(work)
        background.join(go_on.set)
    go_on.set()
    background.join()
    assert done.is_set()
