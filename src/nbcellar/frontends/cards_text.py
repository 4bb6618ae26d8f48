"""Cards as plain text, for terminals, logs and every front end that shows no HTML."""

from __future__ import annotations

from nbcellar.frontends.cards import Card


def line(card: Card) -> str:
    """The first line alone."""
    return f"{card.mark} {' · '.join(card.head)}"


def text(card: Card) -> str:
    """The whole card."""
    lines = [line(card), *(f"  {reason}" for reason in card.reason)]
    if card.files or card.same:
        lines.append(f"  Files: {card.files_text()}")
    if card.inputs:
        lines.append(f"  Inputs: {card.inputs_text()}")
    if card.params:
        lines.append(f"  Params: {', '.join(card.params)}")
    lines += [f"  Note: {note}" for note in card.notes]
    return "\n".join(lines)
