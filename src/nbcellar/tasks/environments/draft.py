"""What a save would write: every value that can be kept, and of the others the one that was kept before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from nbcellar.errors import EncodingError, NbcellarError
from nbcellar.tasks.codecs import encode
from nbcellar.tasks.environments.envfile import EnvFile

MOST_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value that cannot be read here; its bytes are kept as they are."""

    key: bytes
    value: bytes
    error: NbcellarError


@dataclass(slots=True)
class Draft:
    """The file to be, and what is not in it as it should be.

    Attributes:
        problems: Why a key's value cannot be kept.
        older: Those of them whose value from before is kept.
    """

    file: EnvFile
    problems: dict[object, EncodingError] = field(default_factory=dict)
    older: list[object] = field(default_factory=list)

    def refusal(self) -> EncodingError:
        """The error that names everything that was not saved."""
        reasons = " ".join(error.message for error in self.problems.values())
        saved = "All other values are saved."
        if self.older:
            saved += f" Of {', '.join(map(repr, self.older))} the value saved before is kept."
        return EncodingError(reasons, saved=saved, hint=next(iter(self.problems.values())).hint)


def draft(
    file: EnvFile, data: Mapping[object, object], sealed: Iterable[Sealed], older: Mapping[bytes, bytes]
) -> Draft:
    """Encode the values one by one.

    Args:
        file: Whose id and series it keeps.
        sealed: Values that are handed on as they are.
        older: What is stored now.
    """
    found, values = Draft(file), dict[bytes, bytes]()
    for key, value in data.items():
        stored = b""
        try:
            stored = encode(key, name=f"the key {key!r:.60}")
            values[stored] = encode(value, name=f"env[{key!r:.60}]", most_bytes=MOST_BYTES)
        except EncodingError as error:
            found.problems[key] = error
            if stored in older:
                values[stored] = older[stored]
                found.older.append(key)
    values.update({one.key: one.value for one in sealed})
    found.file = replace(file, values=values)
    return found
