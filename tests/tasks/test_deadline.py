"""Deadlines outside of the main thread."""

from __future__ import annotations

import threading

import pytest

from nbcellar.errors import TaskTimeout
from nbcellar.tasks.attempts.deadline import Deadline


def test_a_deadline_in_a_thread_says_whose_it_was() -> None:
    raised: list[BaseException] = []

    def work() -> None:
        deadline = Deadline("fit", 0.05)
        deadline.begin()
        try:
            while True:
                pass
        except TaskTimeout as error:
            raised.append(error)
        finally:
            deadline.end(None)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(60)
    (error,) = raised
    assert str(error).startswith("fit took longer than")
    with pytest.raises(TimeoutError):
        raise error
