"""The ``env`` file as it lies in the folder now, before it is replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nbcellar.errors import CorruptDataError, FormatTooNewError
from nbcellar.tasks.environments.envfile import HEAD, EnvFile, parse


@dataclass(frozen=True, slots=True)
class Present:
    """Its bytes; none where there is no file.

    Attributes:
        file: What it holds; None where it is none of ours, or damaged.
    """

    data: bytes
    file: EnvFile | None = None

    @classmethod
    def read(cls, path: Path) -> Present:
        """Look at the file. What cannot be read is no reason not to replace it, since its bytes are kept first."""
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return cls(b"")
        try:
            return cls(data, parse(data, str(path)) if data.startswith(HEAD) else None)
        except (CorruptDataError, FormatTooNewError):
            return cls(data)

    @property
    def values(self) -> Mapping[bytes, bytes]:
        """Encoded keys and values; none where they cannot be read."""
        return {} if self.file is None else self.file.values
