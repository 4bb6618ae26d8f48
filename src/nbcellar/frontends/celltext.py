"""The text of a rewritten cell, as tracebacks and debuggers show it."""

from __future__ import annotations

import linecache

from nbcellar.frontends.transformer import BUILTIN

_CALL = f"{BUILTIN}("


def show_marker(cell: str, marker: str) -> None:
    """Show the marker where our call stands: a comment, for debuggers parse the text to find what failed in a line.

    Args:
        cell: The file name that the cell was compiled under.
        marker: The marker's line as it was typed.
    """
    for number, line in enumerate(lines := linecache.getlines(cell)):
        if line.startswith(_CALL):
            lines[number] = f"# {marker}\n"
            return
        before, call, _ = line.partition(f"; {_CALL}")
        if call:  # behind future imports; its own line is empty
            lines[number] = f"{before}\n"
            return
