from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

import pytest

from nbcellar.errors import CorruptDataError, EncodingError, FormatTooNewError, UsageError
from nbcellar.model import JSON
from nbcellar.tasks.codecs import Parts, Pieces, add_codec, codec, decode, encode, registry
from nbcellar.tasks.codecs.encoding import Style, encoded
from nbcellar.tasks.codecs.sizes import Budget


@dataclass(frozen=True, slots=True)
class Host:
    name: str
    tags: list[str] = field(default_factory=list)


@dataclass
class Counted:
    n: int

    def __post_init__(self) -> None:
        self.n += 1


class Colour(Enum):
    RED = 1
    BLUE = 2


def codec_of(value: object) -> str:
    return encoded(value, "value", Budget(), Style.BY_VALUE).codec


def test_a_registered_dataclass_is_kept_by_its_fields() -> None:
    assert codec_of(Host("a")) == "pickle/1"
    assert codec(Host, name="host") is Host
    value = [Host("a", ["x"]), Host("b")]
    assert b"pickle" not in encode(value)
    assert decode(encode(value)) == value


def test_a_dataclass_is_set_as_it_was_and_not_made_again() -> None:
    codec(Counted)
    assert decode(encode(Counted(1))) == Counted(1)


def test_fields_that_hold_one_object_hold_one_object_afterwards() -> None:
    codec(Host)
    tags = ["x"]
    back = decode(encode([Host("a", tags), Host("b", tags)]))
    assert back[0].tags is back[1].tags  # type: ignore[index]


def test_a_registered_enum_is_kept_by_its_names() -> None:
    codec(Colour)
    assert decode(encode({"c": Colour.BLUE})) == {"c": Colour.BLUE}
    assert codec_of(Colour.RED).endswith("Colour/1")


def test_any_class_is_kept_by_two_functions() -> None:
    codec(
        Fraction,
        name="fraction",
        encode=lambda value: (value.numerator, value.denominator),
        decode=lambda pair: Fraction(*pair),  # type: ignore[misc]
    )
    assert decode(encode(Fraction(1, 3))) == Fraction(1, 3)
    assert codec_of(Fraction(1, 3)) == "fraction/1"


def test_a_class_without_fields_or_functions_is_refused() -> None:
    with pytest.raises(UsageError, match="Fraction cannot be registered"):
        codec(Fraction)
    with pytest.raises(UsageError, match="cannot name a codec"):
        codec(Host, name="a/b")


class Upper:
    """Keeps texts in capitals as such; a codec class of one's own."""

    name, version, media_type = "upper", 1, "text/plain"

    def claims(self, value: object) -> bool:
        return type(value) is Word

    def encode(self, value: object, parts: Parts) -> object:
        return parts.blob(str(value).encode())

    def decode(self, payload: JSON, pieces: Pieces) -> object:
        return Word(pieces.blob(payload).decode())


class Word(str):
    __slots__ = ()


def test_a_codec_of_ones_own_is_asked_first() -> None:
    add_codec(Upper())
    back = decode(encode([Word("A"), "b"]))
    assert [type(item) for item in back] == [Word, str]  # type: ignore[attr-defined]


def test_without_its_codec_a_value_is_refused_with_the_name_of_the_codec() -> None:
    codec(Host, name="host")
    data = encode(Host("a"))
    registry.standard.cache_clear()
    with pytest.raises(EncodingError, match="codec 'host', which is not registered"):
        decode(data)


def test_a_version_that_is_not_known_is_refused_and_an_older_one_that_is_registered_too_is_read() -> None:
    codec(Host, name="host", version=1)
    first = encode(Host("a"))
    codec(Host, name="host", version=2)
    second = encode(Host("b"))
    assert (decode(first), decode(second)) == (Host("a"), Host("b"))
    assert codec_of(Host("b")) == "host/2"
    registry.standard.cache_clear()
    codec(Host, name="host", version=1)
    with pytest.raises(FormatTooNewError, match="version 2 of the codec 'host'; here is version 1"):
        decode(second)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: data[:20],
        lambda data: b"",
        lambda data: data.replace(b'"list/1"', b'"set/1"'),
        lambda data: data.replace(b'"blobs":[2]', b'"blobs":[-1]'),
        lambda data: data.replace(b'"$":"blob","v":0', b'"$":"blob","v":7'),
        lambda data: data.replace(b'"$":"tuple/1"', b'"$":["tuple"]'),
    ],
)
def test_a_damaged_value_is_named_damaged(damage: object) -> None:
    data = encode((b"ab", {1: [2]}))
    changed = damage(data)  # type: ignore[operator]
    if changed == data:
        changed = data.replace(b"tuple/1", b"range/1")
    with pytest.raises(CorruptDataError):
        decode(changed)


def test_a_container_of_a_newer_format_is_refused() -> None:
    with pytest.raises(FormatTooNewError):
        decode(encode(1).replace(b"value 1", b"value 2", 1))
