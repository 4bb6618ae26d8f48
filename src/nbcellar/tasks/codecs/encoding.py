"""Any value as bytes and back: by codecs where every part has one, else as one signed pickle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nbcellar.errors import EncodingError
from nbcellar.model import JSON
from nbcellar.tasks.codecs.blame import culprit, type_name
from nbcellar.tasks.codecs.blobs import Memory, Source
from nbcellar.tasks.codecs.container import pack, unpack
from nbcellar.tasks.codecs.decoder import Decoder
from nbcellar.tasks.codecs.encoder import BLOB, TAG, VALUE, Encoder, NotClaimed
from nbcellar.tasks.codecs.pickles import PICKLE, Style, pickled, signed
from nbcellar.tasks.codecs.registry import Registry, standard
from nbcellar.tasks.codecs.sizes import MOST_BYTES, Budget, TooLarge

CURE = "Keep its fields instead, write it to a file, or register a codec for it: nbcellar.codec(...)."


@dataclass(frozen=True, slots=True)
class Encoded:
    """A value as bytes.

    Attributes:
        seen: The objects in it that another value could hold too, by id.
        codec: ``name/version`` of the codec of the outermost value; empty for plain JSON.
    """

    data: bytes
    seen: dict[int, object]
    codec: str


def encode(value: object, *, name: str = "value", most_bytes: int = MOST_BYTES) -> bytes:
    """The bytes of a value.

    Args:
        name: What an error calls it.
        most_bytes: What it may have at most.

    Raises:
        EncodingError: It cannot be kept; the message names the part that cannot, its type and the cure.
        UnsafeError: It must be pickled, and others can read this user's key.
    """
    return encoded(value, name, Budget.of(most_bytes), Style.BY_VALUE).data


def decode(data: bytes) -> object:
    """The value of the bytes.

    Raises:
        UnsafeError: It is a pickle that this user did not sign; no byte of it was unpickled.
        EncodingError: A codec, package or class that it needs is not there.
        FormatTooNewError: A newer version wrote it.
        CorruptDataError: They are not what was written.
    """
    return decode_source(Memory(data))


def decode_source(source: Source, digests: Sequence[bytes] | None = None) -> object:
    """As :func:`decode`, from where the bytes lie.

    Args:
        digests: Of the head and of each blob, where what is read is to be compared.
    """
    document, blobs = unpack(source, digests)
    return Decoder(document, blobs, standard()).value()


def encoded(value: object, name: str, budget: Budget, style: Style) -> Encoded:
    """The bytes of a value, with what else is known of it.

    Raises:
        EncodingError, UnsafeError: As for `encode`.
    """
    try:
        return _encoded(value, budget, style, standard())
    except EncodingError as error:
        raise _explained(name, value, error, style) from error


def _encoded(value: object, budget: Budget, style: Style, registry: Registry) -> Encoded:
    before = budget.left_bytes
    encoder = Encoder(registry, budget)
    try:
        document = encoder.document(value)
    except NotClaimed:
        budget.left_bytes = before
        return _pickled(value, budget, style)
    return Encoded(pack(document, encoder.blobs), encoder.seen, _outermost(document))


class _OneBlob:
    """The parts of a document that is one pickle."""

    def __init__(self) -> None:
        self.blobs: list[bytes] = []

    def encode(self, value: object) -> object:
        raise AssertionError("a pickle has no parts of its own")

    def blob(self, data: bytes) -> object:
        self.blobs.append(data)
        return {TAG: BLOB, VALUE: 0}


def _pickled(value: object, budget: Budget, style: Style) -> Encoded:
    found = pickled(value, budget, style)
    parts, tag = _OneBlob(), f"{PICKLE.name}/{PICKLE.version}"
    payload = signed(found, parts)
    fields: dict[str, JSON] = {"by": str(payload["by"]), "python": str(payload["python"])}
    fields["signature"] = str(payload["signature"])
    fields["data"] = {TAG: BLOB, VALUE: 0}
    return Encoded(pack({TAG: tag, VALUE: fields}, parts.blobs), found.seen, tag)


def _outermost(document: JSON) -> str:
    match document:
        case {"$": str(tag)}:
            return tag
    return ""


def _explained(name: str, value: object, error: EncodingError, style: Style) -> EncodingError:
    if isinstance(error, TooLarge):
        return TooLarge(f"{name} is too large to keep. {error.message}", hint=error.hint)

    def refusal(part: object) -> EncodingError | None:
        try:
            _encoded(part, Budget(), style, standard())
        except EncodingError as found:
            return found
        return None

    found = culprit(name, value, error, refusal)
    return EncodingError(
        f"{found.path} is a {type_name(found.value)}, which cannot be kept. {found.reason.message}",
        hint=found.reason.hint or CURE,
    )
