"""``clear_output(wait=True)`` waits for the cell's next output; the card below the cell is none that it waits for.

A loop that shows something and clears it at its end leaves the last thing standing. So such a clear is held back while
the body runs, sent where the body gives anything more, and dropped where it has ended well without.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from nbcellar.frontends.outputs import around, flush_figures

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


class HeldClear:
    """The clear that one body asked for last, and that waits."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._held = False
        self._undo: list[Callable[[], None]] = []
        self._clear: Callable[..., object] = shell.display_pub.clear_output

    def begin(self) -> None:
        """The body begins. In a terminal nothing is held: there every clear is at once."""
        shell = self._shell
        if getattr(shell, "kernel", None) is None:
            return
        self._clear = shell.display_pub.clear_output
        self._undo = [
            around(shell.display_pub, "publish", self._before_display),
            around(shell.displayhook, "write_format_data", self._send),
            *(around(stream, "write", self._send) for stream in (sys.stdout, sys.stderr) if hasattr(stream, "session")),
            around(shell.display_pub, "clear_output", self._hold, instead=True),
        ]

    def end(self, *, keep: bool) -> None:
        """The body has ended, and the card comes next.

        Args:
            keep: What it shows stays where nothing came after the clear; else the clear waits for what is shown next.
        """
        if keep:
            flush_figures(self._shell)  # they stand with the cell's other outputs, above the card
        else:
            self._send()
        self._held = False
        while self._undo:
            self._undo.pop()()

    def _hold(self, wait: bool = False) -> None:
        if captured():
            self._clear(wait)
        elif wait:
            self._held = True
        else:
            self._held = False
            self._clear(wait)

    def _send(self, *_: object, **__: object) -> None:
        if self._held:
            self._held = False
            self._clear(wait=True)

    def _before_display(self, *_: object, update: bool = False, **__: object) -> None:
        if not update:  # what replaces a display in its place is no next output
            self._send()


def captured() -> bool:
    """Whether an output widget takes what is shown now: what is cleared then is its own."""
    widgets, outputs = (sys.modules.get(f"ipywidgets.widgets.{name}") for name in ("widget", "widget_output"))
    known = getattr(widgets, "_instances", {})
    kind = getattr(outputs, "Output", None)
    return kind is not None and any(isinstance(one, kind) and one.msg_id for one in list(known.values()))
