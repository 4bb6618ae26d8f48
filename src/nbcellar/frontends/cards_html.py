"""Cards as HTML without a kernel, a script, a colour or a style that matters.

JupyterLab's sanitizer drops ``<style>``, ``<svg>``, ``role`` and ``aria-*``; so marks are characters, what folds is a
``<details>``, and every part reads as a sentence when all attributes are gone.
"""

from __future__ import annotations

from collections.abc import Sequence

from nbcellar.assets.display import html_text, size_text, visible
from nbcellar.frontends.cards import IN_LINE, Card
from nbcellar.frontends.thumbnails import Thumbnail

_WORDS = {"+": "new", "~": "changed", "-": "gone"}


def line(card: Card) -> str:
    """The first line alone."""
    return f'<div class="nbcellar-card">{_head(card)}</div>'


def html(card: Card, thumbnails: Sequence[Thumbnail] = ()) -> str:
    """The whole card."""
    parts = [_head(card), *(f"<div>{html_text(reason)}</div>" for reason in card.reason)]
    if thumbnails:
        parts.append(f"<div>{' '.join(map(_image, thumbnails))}</div>")
    if card.files or card.same:
        parts.append(_folded("Files", card.files_text(), _file_table(card)))
    if card.inputs:
        parts.append(_list("Inputs", card.inputs_text(), card.inputs))
    if card.params:
        parts.append(_list("Params", ", ".join(card.params), card.params))
    parts += [f"<div>Note: {html_text(note)}</div>" for note in card.notes]
    return f'<div class="nbcellar-card">{"".join(parts)}</div>'


def _head(card: Card) -> str:
    name, *rest = card.head
    tail = "".join(f" · {html_text(part)}" for part in rest)
    return f"<div>{card.mark} <b>{html_text(name)}</b>{tail}</div>"


def _folded(title: str, summary: str, body: str) -> str:
    return f"<details><summary><b>{title}</b>: {html_text(summary)}</summary>{body}</details>"


def _list(title: str, shown: str, items: Sequence[str]) -> str:
    """Items in a line, and below it one a line where there are more than a few."""
    if len(items) <= IN_LINE:
        return f"<div><b>{title}</b>: {html_text(shown)}</div>"
    return _folded(title, shown, "<ul>" + "".join(f"<li>{html_text(item)}</li>" for item in items) + "</ul>")


def _file_table(card: Card) -> str:
    rows = "".join(
        f"<tr><td>{one.mark} {_WORDS[one.mark]}</td><td>{html_text(visible(one.name))}</td>"
        f"<td>{size_text(one.size_bytes)}</td></tr>"
        for one in card.files
    )
    head = "<thead><tr><th>Change</th><th>File</th><th>Size</th></tr></thead>"
    more = f"<p>and {card.more:,} more</p>" if card.more else ""
    return f"<table>{head}<tbody>{rows}</tbody></table>{more}"


def _image(one: Thumbnail) -> str:
    name = html_text(visible(one.name)).replace('"', "&quot;")
    return f'<img src="{one.url}" alt="{name}" title="{name}" height="{one.height}" width="{one.width}">'
