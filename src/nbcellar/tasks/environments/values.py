"""A dict of which some values are stored and cannot be read here: those raise when asked for, and stay as they are."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Iterator, Mapping

from nbcellar.errors import NbcellarError
from nbcellar.tasks.codecs import decode
from nbcellar.tasks.environments.draft import Sealed


class SealableValues(UserDict[object, object]):
    """Values by key; a sealed one is in it, raises when it is asked for, and can be replaced or removed."""

    def __init__(self) -> None:
        """Nothing yet."""
        super().__init__()
        self._sealed: dict[object, Sealed] = {}

    def __missing__(self, key: object) -> object:
        if key in self._sealed:
            raise self._sealed[key].error
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return key in self.data or key in self._sealed

    def __setitem__(self, key: object, value: object) -> None:
        self._sealed.pop(key, None)
        self.data[key] = value

    def __delitem__(self, key: object) -> None:
        if self._sealed.pop(key, None) is None:
            del self.data[key]

    def __iter__(self) -> Iterator[object]:
        return iter(self.data)

    @property
    def sealed(self) -> dict[object, NbcellarError]:
        """The values that are stored and cannot be read here, with the reasons."""
        return {key: one.error for key, one in self._sealed.items()}

    def _fill(self, encoded: Mapping[bytes, bytes]) -> None:
        """Take these, key and value as codecs encode them, in place of all that is there."""
        self.data, self._sealed = {}, {}
        for key_bytes, value_bytes in encoded.items():
            key = decode(key_bytes)
            try:
                self.data[key] = decode(value_bytes)
            except NbcellarError as error:
                self._sealed[key] = Sealed(key_bytes, value_bytes, error)
