"""Parameters typed on a command line become JSON values."""

from __future__ import annotations

import json
from collections.abc import Iterable

from nbcellar.errors import UsageError
from nbcellar.model import JSON
from nbcellar.workflow.documents.document import Document
from nbcellar.workflow.documents.secretreferences import variable_of
from nbcellar.workflow.documents.valuetypes import parse_type


def parameters_from_text(document: Document, pairs: Iterable[str]) -> dict[str, JSON]:
    """Values of ``NAME=VALUE`` pairs: text where the document wants text, else JSON where it reads as such.

    Raises:
        UsageError: A pair is none.
    """
    found: dict[str, JSON] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise UsageError(f"{pair!r} is no parameter.", hint="Write NAME=VALUE.")
        found[name] = value_of_text(document, name, text)
    return found


def value_of_text(document: Document, name: str, text: str) -> JSON:
    """What was typed for a parameter: text where the document wants text, else JSON where it reads as such."""
    declared = document.parameters.get(name)
    kind = parse_type(declared.type) if declared and declared.type else None
    try:
        value: JSON = json.loads(text)
    except ValueError:
        return text
    if variable_of(value):
        return value
    if kind is None:  # a default that is text wants text: `version=2`
        return text if declared and isinstance(declared.default, str) else value
    return text if kind.fits(text) and not kind.fits(value) else value
