"""Sounds: told by their first bytes; a player of the browser plays them."""

from __future__ import annotations

from dataclasses import dataclass

from nbcellar.assets.display import size_text
from nbcellar.frontends.browsing.facts import Fact
from nbcellar.frontends.browsing.previews.head import WHOLE_BYTES, Head
from nbcellar.frontends.browsing.views import FactsView, MediaView

_TOO_LARGE = f"Sounds over {size_text(WHOLE_BYTES)} are not played here. Open it, or restore it to listen to it."


@dataclass(frozen=True, slots=True)
class Sound:
    """What a header says; zeros where it does not, or is cut off."""

    format: str
    mime: str
    channels: int = 0
    rate_hz: int = 0
    seconds: float = 0.0


def sound_of(data: bytes) -> Sound | None:
    """Which sound begins so; None where it is none that browsers play."""
    if data.startswith(b"RIFF") and data[8:12] == b"WAVE":
        return _wave(data)
    if data.startswith(b"fLaC"):
        return _flac(data)
    if data.startswith(b"OggS"):
        return Sound("Ogg", "audio/ogg")
    if data.startswith(b"ID3") or (len(data) > 2 and data[0] == 0xFF and data[1] in (0xFB, 0xF3, 0xF2)):
        return Sound("MP3", "audio/mpeg")
    if data[4:12] in (b"ftypM4A ", b"ftypM4B "):
        return Sound("AAC", "audio/mp4")
    return None


def sound_view(head: Head, sound: Sound) -> MediaView | FactsView:
    """The sound to play, or why it is not played."""
    facts = [Fact("Format", sound.format)]
    if sound.rate_hz:
        facts.append(Fact("Channels", str(sound.channels)))
        facts.append(Fact("Samples", f"{sound.rate_hz} a second"))
    if sound.seconds:
        facts.append(Fact("Length", f"{sound.seconds:.1f} s"))
    facts.append(Fact("Size", size_text(head.size_bytes)))
    if head.size_bytes > WHOLE_BYTES:
        return FactsView(tuple(facts), _TOO_LARGE)
    return MediaView("audio", sound.mime, tuple(facts), head.whole())


def _wave(data: bytes) -> Sound:
    """The chunks before the samples: http://soundfile.sapp.org/doc/WaveFormat/."""
    at, channels, rate_hz, byte_rate = 12, 0, 0, 0
    while at + 8 <= len(data):
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 8 + length]
        if name == b"fmt " and len(body) >= 12:
            channels = int.from_bytes(body[2:4], "little")
            rate_hz = int.from_bytes(body[4:8], "little")
            byte_rate = int.from_bytes(body[8:12], "little")
        if name == b"data":
            return Sound("WAV", "audio/wav", channels, rate_hz, length / byte_rate if byte_rate else 0.0)
        at += 8 + length + length % 2
    return Sound("WAV", "audio/wav", channels, rate_hz)


def _flac(data: bytes) -> Sound:
    """The first block: https://www.rfc-editor.org/rfc/rfc9639#name-streaminfo."""
    bits = int.from_bytes(data[18:26])
    if len(data) < 26:
        return Sound("FLAC", "audio/flac")
    rate_hz, channels, samples = bits >> 44, (bits >> 41 & 7) + 1, bits & (1 << 36) - 1
    return Sound("FLAC", "audio/flac", channels, rate_hz, samples / rate_hz if rate_hz else 0.0)
