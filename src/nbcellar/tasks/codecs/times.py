"""Codecs of dates, times and time zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from nbcellar.errors import CorruptDataError
from nbcellar.model import JSON
from nbcellar.tasks.codecs.protocol import Codec, KindCodec, Parts, Pieces, damaged, items_of, text_of, whole_of


def _encode_moment(value: datetime | time, parts: Parts) -> object:
    return [value.replace(tzinfo=None, fold=0).isoformat(), value.fold, parts.encode(value.tzinfo)]


def _moment(payload: JSON, pieces: Pieces) -> tuple[str, int, tzinfo | None]:
    match items_of(payload):
        case [str(text), int(fold), zone]:
            found = pieces.decode(zone)
            if found is None or isinstance(found, tzinfo):
                return text, fold, found
    raise damaged(payload)


def _decode_datetime(payload: JSON, pieces: Pieces) -> datetime:
    text, fold, zone = _moment(payload, pieces)
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def _decode_time(payload: JSON, pieces: Pieces) -> time:
    text, fold, zone = _moment(payload, pieces)
    return time.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def _encode_delta(value: timedelta, _: Parts) -> object:
    return [value.days, value.seconds, value.microseconds]


def _decode_delta(payload: JSON, _: Pieces) -> timedelta:
    days, seconds, microseconds = map(whole_of, items_of(payload))
    return timedelta(days, seconds, microseconds)


def _encode_zone(value: timezone, parts: Parts) -> object:
    if value is UTC:
        return []
    offset, name = value.utcoffset(None), value.tzname(None)
    named = name != timezone(offset).tzname(None)
    return [_encode_delta(offset, parts), *([name] if named else [])]


def _decode_zone(payload: JSON, pieces: Pieces) -> timezone:
    match items_of(payload):
        case []:
            return UTC
        case [offset]:
            return timezone(_decode_delta(offset, pieces))
        case [offset, str(name)]:
            return timezone(_decode_delta(offset, pieces), name)
    raise damaged(payload)


class _ZoneCodec:
    """Zones of the IANA database, by key; those that were read from a file have none and are not claimed."""

    name, version, media_type = "zone", 1, "application/json"

    def claims(self, value: object) -> bool:
        return type(value) is ZoneInfo and value.key is not None

    def encode(self, value: object, parts: Parts) -> object:
        assert isinstance(value, ZoneInfo)
        return value.key

    def decode(self, payload: JSON, pieces: Pieces) -> object:
        key = text_of(payload)
        try:
            return ZoneInfo(key)
        except (KeyError, ValueError) as error:
            raise CorruptDataError(
                f"The time zone {key!r} is not known here.", hint="Install tzdata, or update it."
            ) from error


TIMES: tuple[Codec, ...] = (
    KindCodec("datetime", datetime, _encode_moment, _decode_datetime),
    KindCodec("time", time, _encode_moment, _decode_time),
    KindCodec("date", date, lambda value, _: value.isoformat(), lambda text, _: date.fromisoformat(text_of(text))),
    KindCodec("timedelta", timedelta, _encode_delta, _decode_delta),
    KindCodec("timezone", timezone, _encode_zone, _decode_zone),
    _ZoneCodec(),
)
