"""Notebooks: their cells and what these printed, as text. Nothing that was saved in them is rendered."""

from __future__ import annotations

from nbcellar.frontends.browsing.previews.head import WHOLE_BYTES, Head
from nbcellar.frontends.browsing.views import TextView
from nbcellar.frontends.notebooktext import cells_text

_MOST = 400_000
"""Characters that are shown."""


def notebook_view(head: Head) -> TextView | None:
    """The cells in order; None where it is too large to be read unasked, or no notebook."""
    if head.size_bytes > WHOLE_BYTES:
        return None
    text = cells_text(head.whole())
    return TextView(text[:_MOST], len(text) <= _MOST, head.size_bytes) if text else None
