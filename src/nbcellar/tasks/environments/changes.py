"""What differs between two versions of an environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nbcellar.assets.display import Table
from nbcellar.errors import NbcellarError
from nbcellar.tasks.codecs import decode


@dataclass(frozen=True, slots=True)
class EnvironmentDiff:
    """Keys by what became of their values; ``changed`` has both values, as text where they cannot be read here."""

    new: Mapping[object, object]
    changed: Mapping[object, tuple[object, object]]
    same: tuple[object, ...]
    gone: Mapping[object, object]

    @property
    def identical(self) -> bool:
        """Whether nothing differs."""
        return not (self.new or self.changed or self.gone)

    def _table(self) -> Table:
        rows = [("new", str(key), "", f"{value!r:.60}") for key, value in self.new.items()]
        rows += [("changed", str(key), f"{old!r:.60}", f"{new!r:.60}") for key, (old, new) in self.changed.items()]
        rows += [("gone", str(key), f"{value!r:.60}", "") for key, value in self.gone.items()]
        return Table(("", "Key", "Before", "After"), rows)

    def __repr__(self) -> str:
        return "<EnvironmentDiff: no difference>" if self.identical else self._table().text()

    def _repr_html_(self) -> str:
        return "<p>no difference</p>" if self.identical else self._table().html()


def compare(older: Mapping[bytes, bytes], newer: Mapping[bytes, bytes]) -> EnvironmentDiff:
    """Compare encoded values."""
    both = [key for key in newer if key in older]
    return EnvironmentDiff(
        new={decode(key): _read(value) for key, value in newer.items() if key not in older},
        changed={decode(key): (_read(older[key]), _read(newer[key])) for key in both if older[key] != newer[key]},
        same=tuple(decode(key) for key in both if older[key] == newer[key]),
        gone={decode(key): _read(value) for key, value in older.items() if key not in newer},
    )


def _read(value: bytes) -> object:
    try:
        return decode(value)
    except NbcellarError as error:
        return f"not readable here: {error.message}"
