"""The steps of a graph that may be begun: those whose needs are all done."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping


class Frontier:
    """Steps become ready in the order in which the last of their needs is done.

    The standard library's sorter looks for circles first, which a checked workflow has not, and keeps an object for
    each step: with thousands of them that takes as long as to call them.

    Args:
        needs: From each step to those that it waits for; without circles.
    """

    def __init__(self, needs: Mapping[str, frozenset[str]]) -> None:
        self.ready = deque(name for name, each in needs.items() if not each)
        self._missing = {name: len(each) for name, each in needs.items() if each}
        self._waiting: dict[str, list[str]] = {}
        for name in self._missing:
            for need in needs[name]:
                self._waiting.setdefault(need, []).append(name)

    def done(self, name: str) -> None:
        """A step is done: those that waited for nothing else are ready now."""
        for waiting in self._waiting.pop(name, ()):
            self._missing[waiting] -= 1
            if not self._missing[waiting]:
                self.ready.append(waiting)
