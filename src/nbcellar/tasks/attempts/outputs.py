"""What a body displays, as the engine sees it: captured during a run, shown again after a hit."""

from __future__ import annotations

from typing import Protocol

from nbcellar.model import JSON


class Outputs(Protocol):
    """Captures and repeats; a front end knows how."""

    def begin(self) -> None:
        """From now on note what is displayed; it is displayed as ever."""

    def end(self) -> list[JSON]:
        """No further; gives what was noted, in order."""

    def replay(self, outputs: list[JSON], value: object, has_value: bool) -> None:
        """Display it again.

        Args:
            value: Of the last expression, for the shell's own list of values.
        """


class NoOutputs:
    """Where nobody captures: outside of notebooks."""

    def begin(self) -> None:
        """Nothing."""

    def end(self) -> list[JSON]:
        """Nothing."""
        return []

    def replay(self, outputs: list[JSON], value: object, has_value: bool) -> None:
        """Nothing."""
