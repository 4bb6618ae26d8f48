"""Which codec keeps a value, and which one reads it again."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from nbcellar.errors import EncodingError, FormatTooNewError, UsageError
from nbcellar.tasks.codecs.protocol import Codec, KindCodec


class Registry:
    """Codecs in order: what was added last is asked first."""

    def __init__(self, codecs: Iterable[Codec] = ()) -> None:
        self._asked: list[Codec] = []
        self._by_kind: dict[type, Codec] = {}
        self._readers: dict[tuple[str, int], Codec] = {}
        for codec in codecs:
            self.add(codec)

    def add(self, codec: Codec) -> None:
        """Let a codec write what it claims, and read what it wrote.

        Raises:
            UsageError: Its name cannot be one.
        """
        if not codec.name or "/" in codec.name:
            raise UsageError(f"{codec.name!r} cannot name a codec.", hint="Use letters, digits and dots.")
        self._readers[codec.name, codec.version] = codec
        if isinstance(codec, KindCodec):
            known = self._by_kind.get(codec.kind)
            if known is None or known.name != codec.name or known.version <= codec.version:
                self._by_kind[codec.kind] = codec
        else:
            self._asked.insert(0, codec)

    def find(self, value: object) -> Codec | None:
        """The codec that keeps a value; None where there is none."""
        for codec in self._asked:
            if codec.claims(value):
                return codec
        return self._by_kind.get(type(value))

    def reader(self, tag: str) -> Codec:
        """The codec that wrote ``name/version``.

        Raises:
            FormatTooNewError: The version is not known here.
            EncodingError: There is no codec of this name.
        """
        name, _, version = tag.rpartition("/")
        number = int(version) if version.isascii() and version.isdigit() else 0
        if (name, number) in self._readers:
            return self._readers[name, number]
        known = sorted(version for other, version in self._readers if other == name)
        if known:
            raise FormatTooNewError(
                f"A stored value was written by version {version} of the codec {name!r}; here is version {known[-1]}.",
                saved="What is stored is unchanged.",
                hint="Load it with the version of nbcellar, or of your code, that wrote it.",
            )
        raise EncodingError(
            f"A stored value was written by the codec {name!r}, which is not registered here.",
            saved="What is stored is unchanged.",
            hint="Run the code that registers it first: nbcellar.codec(...).",
        )


@cache
def standard() -> Registry:
    """The registry of this process, with the built-in codecs."""
    from nbcellar.tasks.codecs.arrays import ARRAYS  # here, since building it is work, and import does none
    from nbcellar.tasks.codecs.assets import ASSETS
    from nbcellar.tasks.codecs.frames import FRAMES
    from nbcellar.tasks.codecs.pickles import PICKLE
    from nbcellar.tasks.codecs.plain import PLAIN
    from nbcellar.tasks.codecs.times import TIMES

    registry = Registry((*PLAIN, *TIMES, *ASSETS, *ARRAYS, *FRAMES))
    registry.add(PICKLE)
    return registry
