"""A question as it comes over the wire: each field is asked for by its type, and by nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nbcellar.errors import UsageError
from nbcellar.model import JSON

PAGE = 500
_LONGEST = 8192


@dataclass(frozen=True, slots=True)
class Question:
    """What is wanted, and of what.

    Attributes:
        verb: ``names``, ``versions``, ``files``, ``preview`` and so on.
    """

    verb: str
    fields: Mapping[str, JSON]

    def text(self, name: str, most: int = _LONGEST) -> str:
        """A text.

        Raises:
            UsageError: It is missing, no text, or longer than ``most``, which is more than any name has.
        """
        value = self.fields.get(name, "")
        if not isinstance(value, str) or len(value) > most:
            raise UsageError(f"{name!r} of the question {self.verb!r} is not a text of at most {most} characters.")
        return value

    def number(self, name: str, default: int, most: int = 2**53) -> int:
        """A count from 0 to ``most``.

        Raises:
            UsageError: It is none.
        """
        value = self.fields.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise UsageError(f"{name!r} of the question {self.verb!r} is not a number from 0 to {most}.")
        return value

    @property
    def start(self) -> int:
        """The first row of a page."""
        return self.number("start", 0)

    def page_start(self, place: Callable[[str], int]) -> int:
        """The first row of the page: of the one that holds what the question names, whose row ``place`` tells.

        Raises:
            UsageError: A field is wrong.
        """
        holding = self.text("holding")
        return place(holding) // max(1, self.count) * max(1, self.count) if holding else self.start

    @property
    def count(self) -> int:
        """How many rows of a page."""
        return self.number("count", PAGE, 2 * PAGE)
