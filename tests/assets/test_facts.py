"""What is said of an entry as JSON."""

from __future__ import annotations

import mimetypes

import pytest

from nbcellar.assets.facts import _FREQUENT, media_type


def test_frequent_endings_have_the_type_that_the_standard_library_gives_them() -> None:
    known = mimetypes.MimeTypes()
    assert {ending: known.guess_type(f"name{ending}", strict=False)[0] for ending in _FREQUENT} == _FREQUENT


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (b"a.csv", "text/csv"),
        (b"plots/A.PNG", "image/png"),
        (b"m.npz", "application/x-npz"),
        (b"a.webm", "video/webm"),
        (b".csv", ""),
        (b"csv", ""),
        (b"a.", ""),
        (b"folder.csv/a", ""),
        (b"a.\xff", ""),
        (b"a.tar.gz", ""),
    ],
)
def test_a_media_type_is_that_of_the_ending(name: bytes, kind: str) -> None:
    assert media_type(name) == kind
