"""Asset references: how people and programs name a version, or a part of one."""

from __future__ import annotations

import re

from nbcellar.errors import UsageError
from nbcellar.lightclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ref:
    """An asset reference, parsed; what it means is the catalogue's to say.

    ``train`` · ``train@3`` · ``train@prod`` · ``train~1`` · ``9f3c1d2`` · ``other:train`` · any with ``/path/or/glob``.

    Attributes:
        word: A series name or, where nothing is called so, a digest prefix.
        back: How many successes before the newest.
    """

    word: str
    project: str | None = None
    number: int | None = None
    alias: str | None = None
    back: int = 0
    path: str = ""

    def __str__(self) -> str:
        text = f"{self.project}:{self.word}" if self.project else self.word
        if self.number is not None:
            text += f"@{self.number}"
        elif self.alias:
            text += f"@{self.alias}"
        elif self.back:
            text += f"~{self.back}"
        return f"{text}/{self.path}" if self.path else text

    @staticmethod
    def parse(text: str) -> Ref:
        """Read a reference.

        Raises:
            UsageError: It is none.
        """
        body = text.removeprefix("cellar://").removeprefix("cellar:")
        match = re.fullmatch(_REF, body, re.DOTALL)
        if not match:
            raise UsageError(
                f"{text!r} is not an asset reference.",
                hint="Write NAME, NAME@3, NAME@alias, NAME~1 or 6 or more hex digits of a digest, then /path.",
            )
        at = match["at"]
        return Ref(
            word=match["word"],
            project=match["project"],
            number=int(at) if at and at.isdigit() else None,
            alias=at if at and not at.isdigit() else None,
            back=int(match["back"] or 0),
            path=match["path"] or "",
        )


_REF = (
    r"(?:(?P<project>[A-Za-z_][A-Za-z0-9_.-]*):)?"
    r"(?P<word>[A-Za-z_][A-Za-z0-9_-]{0,127}|[0-9a-f]{6,64})"
    r"(?:@(?P<at>[0-9]{1,15}|[A-Za-z_][A-Za-z0-9_-]{0,127})|~(?P<back>[0-9]{1,6}))?"
    r"(?:/(?P<path>.*))?"
)
