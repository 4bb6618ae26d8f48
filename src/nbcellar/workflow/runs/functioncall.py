"""What a function step calls, and with what."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from nbcellar.errors import RunError
from nbcellar.lightclasses import dataclass, field
from nbcellar.model import JSON
from nbcellar.store.catalogue.redaction import Redaction
from nbcellar.workflow.documents.secretreferences import variable_of, variables
from nbcellar.workflow.sources.function import FunctionSource

NONE = Redaction()


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """One call of a function.

    Attributes:
        emits: The names of what it gives.
        parent: Id of the workflow's run.
        series: The name that its run counts under.
        recorded: Whether it has a run of its own: where that can be taken later, or where others take from it.
        parameters: JSON arguments.
        objects: Live arguments that other functions emitted.
        key: The step's key, with its parts; empty where no earlier run can be taken.
        detail: The step, its reason, its attempt.
    """

    source: FunctionSource
    emits: tuple[str, ...]
    home: Path
    project: str
    parent: str
    series: str
    recorded: bool = True
    parameters: Mapping[str, JSON] = field(default_factory=dict)
    objects: Mapping[str, object] = field(default_factory=dict)
    timeout_s: float | None = None
    key: str = ""
    key_parts: Mapping[str, JSON] = field(default_factory=dict)
    detail: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def arguments(self) -> dict[str, object]:
        """The JSON arguments, with secrets out of the environment."""
        return {name: _plain(value) for name, value in self.parameters.items()}

    @property
    def redaction(self) -> Redaction:
        """Takes the secrets out of whatever is written down."""
        return Redaction.of(variables(self.parameters.values())) if self.parameters else NONE

    def named(self, value: object) -> dict[str, object]:
        """What the function returned, by the names that it emits.

        Raises:
            RunError: It emits several, and did not return a dict with them.
        """
        if isinstance(value, dict) and all(name in value for name in self.emits):
            return {name: value[name] for name in self.emits}
        if len(self.emits) == 1:
            return {self.emits[0]: value}
        if not isinstance(value, dict):
            kind = "nothing" if value is None else f"a {type(value).__name__}"
            message = f"{self.source.title} emits {', '.join(self.emits)}, and returned {kind}."
            raise RunError(message, hint=f"Return a dict with these keys: {', '.join(self.emits)}.")
        missing = [name for name in self.emits if name not in value]
        raise RunError(
            f"{self.source.title} emits {', '.join(missing)}, which is not in the dict that it returned.",
            hint=f"It returned {', '.join(map(repr, value)) or 'an empty one'}.",
        )


def _plain(value: JSON) -> object:
    variable = variable_of(value)
    return value if variable is None else os.environ[variable]
