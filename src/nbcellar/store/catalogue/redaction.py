"""Secrets that a workflow passes by reference stay out of what is stored.

Whoever runs a notebook names the environment variables that hold its secrets in ``NBCELLAR_SECRETS``; their values are
replaced wherever the notebook's process would write them into the catalogue.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping

from nbcellar.lightclasses import dataclass, replace
from nbcellar.model import JSON, Run

VARIABLE = "NBCELLAR_SECRETS"
"""Names of environment variables, with commas between them."""
MASK = "•••"
SHORTEST = 4
"""A shorter value is in too many texts to be searched for."""


@dataclass(frozen=True, slots=True)
class Redaction:
    """Replaces some values by dots.

    Attributes:
        values: The texts, longest first.
    """

    values: tuple[str, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str]) -> Redaction:
        """For the values that these environment variables have now, also as HTML, JSON and Python write them."""
        found = {value for name in names if len(value := os.environ.get(name, "")) >= SHORTEST}
        if not found:
            return cls()
        import html  # its table of names, which nearly nobody needs

        written = {form for value in found for form in (html.escape(value), json.dumps(value)[1:-1], repr(value)[1:-1])}
        return cls(tuple(sorted(found | written, key=len, reverse=True)))

    def text(self, text: str) -> str:
        """The text without secrets."""
        for value in self.values:
            text = text.replace(value, MASK)
        return text

    def json(self, value: JSON) -> JSON:
        """A JSON value without secrets, keys of mappings included."""
        if not self.values:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.json(item) for item in value]
        if isinstance(value, dict):
            return self.table(value)
        return value

    def table(self, value: Mapping[str, JSON]) -> dict[str, JSON]:
        """The same of a mapping."""
        return {self.text(key): self.json(item) for key, item in value.items()}

    def run(self, run: Run) -> Run:
        """A run without secrets."""
        if not self.values:
            return run
        return replace(
            run,
            params=self.table(run.params),
            result=self.json(run.result),
            result_repr=self.text(run.result_repr),
            code=self.text(run.code),
            error=self.text(run.error),
            key_parts=self.table(run.key_parts),
            detail=self.table(run.detail),
        )


def redaction() -> Redaction:
    """What this process must not store."""
    names = os.environ.get(VARIABLE, "")
    return Redaction.of(names.split(",")) if names else Redaction()
