"""Pictures: told by their first bytes, measured from their headers, never decoded here."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from nbcellar.assets.display import size_text
from nbcellar.frontends.browsing.facts import Fact
from nbcellar.frontends.browsing.previews.head import WHOLE_BYTES, Head
from nbcellar.frontends.browsing.views import FactsView, MediaView

MOST_PIXELS = 64_000_000
_TOO_MANY_PIXELS = "This picture has too many pixels to be drawn here. Restore it to look at it."
_TOO_LARGE = f"Pictures over {size_text(WHOLE_BYTES)} are not drawn here. Restore it to look at it."
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class Picture:
    """What a header says; no width and height where it is cut off."""

    format: str
    mime: str
    width: int = 0
    height: int = 0


def picture_of(data: bytes) -> Picture | None:
    """Which picture begins so; None where it is none that browsers draw. SVG is text and stays it."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _measured("PNG", "image/png", ">II", data[16:24])
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _measured("GIF", "image/gif", "<HH", data[6:10])
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp(data)
    if data.startswith(b"BM") and len(data) > 26 and data[6:10] == b"\0\0\0\0":
        return _measured("BMP", "image/bmp", "<ii", data[18:26])
    return None


def picture_view(head: Head, picture: Picture) -> MediaView | FactsView:
    """The picture to draw, or why it is not drawn."""
    facts = [Fact("Format", picture.format)]
    if picture.width:
        facts.append(Fact("Pixels", f"{picture.width} × {picture.height}"))
    facts.append(Fact("Size", size_text(head.size_bytes)))
    if picture.width * picture.height > MOST_PIXELS:
        return FactsView(tuple(facts), _TOO_MANY_PIXELS)
    if head.size_bytes > WHOLE_BYTES:
        return FactsView(tuple(facts), _TOO_LARGE)
    return MediaView("image", picture.mime, tuple(facts), head.whole())


def _measured(name: str, mime: str, layout: str, data: bytes) -> Picture:
    try:
        width, height = struct.unpack(layout, data)
    except struct.error:
        return Picture(name, mime)
    return Picture(name, mime, width, abs(height))


def _jpeg(data: bytes) -> Picture:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _JPEG_SIZES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return Picture("JPEG", "image/jpeg", width, height)
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return Picture("JPEG", "image/jpeg")


def _webp(data: bytes) -> Picture:
    kind, body = data[12:16], data[20:30]
    if kind == b"VP8X" and len(body) == 10:
        return Picture("WebP", "image/webp", _three(body[4:7]) + 1, _three(body[7:10]) + 1)
    if kind == b"VP8 " and len(body) == 10:
        width, height = struct.unpack("<HH", body[6:10])
        return Picture("WebP", "image/webp", width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L" and len(body) >= 5:
        bits = int.from_bytes(body[1:5], "little")
        return Picture("WebP", "image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    return Picture("WebP", "image/webp")


def _three(data: bytes) -> int:
    return int.from_bytes(data, "little")
