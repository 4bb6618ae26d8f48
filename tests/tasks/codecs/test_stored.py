"""A stored value is read part by part, and nothing of it is handed over that is not what was written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nbcellar.errors import CorruptDataError, FormatTooNewError, NbcellarError
from nbcellar.tasks.codecs import encode
from nbcellar.tasks.codecs.stored import StoredValue

SIZES = {"read at once": 1000, "read part by part": 200_000}


def value(count: int) -> dict[str, object]:
    return {"text": "é" * 3000, "large": np.arange(count, dtype="<f8"), "bytes": b"x" * 500, "few": np.zeros(3, "i2")}


@pytest.fixture(params=SIZES.values(), ids=SIZES.keys())
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> StoredValue:
    return StoredValue.write(tmp_path / "0", encode(value(request.param)))


def test_what_was_written_is_read(stored: StoredValue) -> None:
    found = stored.value()
    assert isinstance(found, dict)
    assert (found["text"], found["bytes"]) == ("é" * 3000, b"x" * 500)
    large = found["large"]
    assert np.array_equal(large, np.arange(len(large))) and np.array_equal(found["few"], np.zeros(3))
    assert large.flags.owndata and large.flags.writeable


def test_no_byte_can_be_another_one(stored: StoredValue) -> None:
    data = bytearray(stored.path.read_bytes())
    step = max(1, len(data) // 150)
    for at in (*range(40), *range(40, len(data), step), len(data) - 1):
        data[at] ^= 1
        stored.path.write_bytes(data)
        data[at] ^= 1
        with pytest.raises((CorruptDataError, FormatTooNewError)):
            stored.value()


@pytest.mark.parametrize("cut", [0, 5, 20, 100, 3000, -1])
def test_a_shorter_one_is_damaged(stored: StoredValue, cut: int) -> None:
    stored.path.write_bytes(stored.path.read_bytes()[:cut])
    with pytest.raises(CorruptDataError):
        stored.value()


def test_a_longer_one_is_damaged(stored: StoredValue) -> None:
    stored.path.write_bytes(stored.path.read_bytes() + b"x")
    with pytest.raises(CorruptDataError, match="more than was written"):
        stored.value()


def test_one_of_another_value_is_damaged(stored: StoredValue, tmp_path: Path) -> None:
    other = StoredValue.write(tmp_path / "1", encode({"other": np.ones(200_000)}))
    with pytest.raises(NbcellarError, match="it is not what was written"):
        StoredValue(other.path, stored.digests).value()
