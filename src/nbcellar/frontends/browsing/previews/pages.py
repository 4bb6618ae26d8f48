"""PDF: its version and how many pages it says it has. It is not drawn here: a PDF can hold scripts."""

from __future__ import annotations

import re

from nbcellar.assets.display import size_text
from nbcellar.frontends.browsing.facts import Fact
from nbcellar.frontends.browsing.previews.head import Head
from nbcellar.frontends.browsing.previews.window import Window
from nbcellar.frontends.browsing.views import FactsView

_TAIL_BYTES = 256 * 1024
_TREE = re.compile(rb"/Type\s*/Pages\b")
_COUNT = re.compile(rb"/Count\s+(\d{1,9})\b")
_NOTE = "PDF files are not drawn here. Open it, or restore it to read it."


def pdf_view(head: Head) -> FactsView:
    """What is known of a PDF file without running anything of it."""
    facts = [Fact("Format", f"PDF {head.data[5:8].decode('ascii', 'replace')}")]
    pages = _pages(head)
    if pages:
        facts.append(Fact("Pages", str(pages)))
    facts.append(Fact("Size", size_text(head.size_bytes)))
    return FactsView(tuple(facts), _NOTE)


def _pages(head: Head) -> int:
    """The largest count of a page tree near the beginning or the end; 0 where they are compressed."""
    tail_at = max(len(head.data), head.size_bytes - _TAIL_BYTES)
    data = head.data + Window(head).part(tail_at, _TAIL_BYTES)
    found = 0
    for tree in _TREE.finditer(data):
        around = data[max(0, tree.start() - 300) : tree.end() + 300]
        found = max([found, *(int(count) for count in _COUNT.findall(around))])
    return found
