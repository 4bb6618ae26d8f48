"""Small pictures of the images that a task wrote: at most 6, of at most 96 pixels, 40 kB in all."""

from __future__ import annotations

import base64
import importlib.util
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbcellar.lightclasses import dataclass

MOST = 6
SIDE = 96
BUDGET_BYTES = 40_000
LARGEST_FILE_BYTES = 20 * 2**20
MOST_PIXELS = 40_000_000
_ENDINGS = (".png", ".jpg", ".jpeg", ".gif", ".webp")


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A picture that needs nothing else.

    Attributes:
        url: A ``data:`` URL of a PNG.
    """

    name: bytes
    url: str
    width: int
    height: int


def thumbnails(paths: Mapping[bytes, str]) -> list[Thumbnail]:
    """Pictures of the first images among the files; none where Pillow is not installed."""
    images = [name for name in sorted(paths) if os.fsdecode(name).lower().endswith(_ENDINGS)]
    if not images or importlib.util.find_spec("PIL") is None:
        return []
    found: list[Thumbnail] = []
    left = BUDGET_BYTES
    for one in _made({name: paths[name] for name in images[: 3 * MOST]}):
        if len(found) < MOST and len(one.url) <= left:
            found.append(one)
            left -= len(one.url)
    return found


def _made(paths: Mapping[bytes, str]) -> Iterator[Thumbnail]:
    for name, path in paths.items():
        made = _thumbnail(name, path)
        if made is not None:
            yield made


def _thumbnail(name: bytes, path: str) -> Thumbnail | None:
    """The picture of one file; None where it is large, or no image that Pillow reads."""
    import warnings

    from PIL import Image  # here, since few tasks write images

    try:
        if Path(path).stat().st_size > LARGEST_FILE_BYTES:
            return None
        with warnings.catch_warnings(), Image.open(path, formats=("PNG", "JPEG", "GIF", "WEBP")) as image:
            warnings.simplefilter("ignore")
            if image.width * image.height > MOST_PIXELS:
                return None
            image.draft("RGB", (SIDE * 2, SIDE * 2))  # a JPEG is decoded small
            small = image.convert("RGBA" if image.mode in ("RGBA", "LA", "P", "PA") else "RGB")
            small.thumbnail((SIDE, SIDE))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):  # what Pillow raises for a damaged file
        return None
    out = io.BytesIO()
    small.quantize(64).save(out, "PNG", optimize=True)
    data = base64.b64encode(out.getvalue()).decode()
    return Thumbnail(name, f"data:image/png;base64,{data}", small.width, small.height)
