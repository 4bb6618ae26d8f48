"""Turns JSON and bytes back into the value. Nothing that is stored is run, but for pickles that this user signed."""

from __future__ import annotations

from nbcellar.errors import CorruptDataError, NbcellarError
from nbcellar.model import JSON
from nbcellar.tasks.codecs.blobs import BlobReader, Blobs
from nbcellar.tasks.codecs.encoder import BLOB, NUMBER, SAME, TAG, VALUE
from nbcellar.tasks.codecs.plain import DICT, LIST
from nbcellar.tasks.codecs.protocol import damaged
from nbcellar.tasks.codecs.registry import Registry

_KINDS = (str, int, float, bool, type(None))


class Decoder:
    """Decodes one value."""

    def __init__(self, document: JSON, blobs: Blobs, registry: Registry) -> None:
        self._document = document
        self._blobs = blobs
        self._registry = registry
        self._made: dict[int, object] = {}
        self._anchors: dict[int, JSON] | None = None

    def value(self) -> object:
        """The value.

        Raises:
            CorruptDataError: The document is none that an encoder wrote.
            EncodingError: Its codec is not registered.
            FormatTooNewError: The version of its codec is not known.
            UnsafeError: It is a pickle that this user did not sign.
        """
        try:
            return self.decode(self._document)
        except NbcellarError:
            raise
        except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, ArithmeticError) as error:
            raise CorruptDataError(f"A stored value cannot be read: {type(error).__name__}: {error}.") from error

    def decode(self, part: JSON) -> object:
        """A part of the value."""
        if isinstance(part, _KINDS):
            return part
        if isinstance(part, list):
            return self._registry.reader(LIST).decode(part, self)
        tag = part.get(TAG)
        if tag is None:
            return self._registry.reader(DICT).decode(part, self)
        number = part.get(NUMBER)
        if tag == SAME:
            return self._same(part.get(VALUE))
        if not isinstance(tag, str):
            raise damaged(part)
        if isinstance(number, int) and number in self._made:
            return self._made[number]
        made = self._registry.reader(tag).decode(part.get(VALUE), self)
        if isinstance(number, int):
            self._made[number] = made
        return made

    def _same(self, number: JSON) -> object:
        if not isinstance(number, int):
            raise damaged(number)
        if number in self._made:
            return self._made[number]
        if self._anchors is None:
            self._anchors = {}
            _collect(self._document, self._anchors)
        return self.decode(self._anchors[number])

    def blob(self, part: JSON) -> bytes:
        """The bytes that a part stands for."""
        return self._blobs.read(self._index(part))

    def open(self, part: JSON) -> BlobReader:
        """Reads the bytes that a part stands for; whoever reads them calls its ``finish`` at their end."""
        return self._blobs.open(self._index(part))

    def _index(self, part: JSON) -> int:
        match part:
            case {"$": kind, "v": int(index)} if kind == BLOB and 0 <= index < len(self._blobs):
                return index
        raise damaged(part)


def _collect(part: JSON, anchors: dict[int, JSON]) -> None:
    if isinstance(part, dict):
        number = part.get(NUMBER)
        if TAG in part and isinstance(number, int):
            anchors[number] = part
        for item in part.values():
            _collect(item, anchors)
    elif isinstance(part, list):
        for item in part:
            _collect(item, anchors)
