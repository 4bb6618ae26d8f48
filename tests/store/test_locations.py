"""Where blobs lie, asked by few digests and by most of them."""

from __future__ import annotations

import sqlite3

import pytest

from nbcellar.model import Digest
from nbcellar.store.catalogue.locations import Location, known_digests, locate
from nbcellar.store.catalogue.schema import make_tables


@pytest.mark.parametrize("stored", [0, 10, 1500, 9000])
@pytest.mark.parametrize("asked", [0, 3, 1200])
def test_what_is_known_is_the_same_asked_one_by_one_or_all_at_once(stored: int, asked: int) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    make_tables(connection, "")
    connection.execute("INSERT INTO pack VALUES (1, 'pack', 1, 'holder', 0, 0)")
    digests = [Digest(number.to_bytes(32, "big")) for number in range(stored + 1000)]
    rows = [(digest, 1, 0, 1) for digest in digests[1000:]]
    connection.executemany("INSERT INTO blob VALUES (?, ?, ?, ?)", rows)
    wanted = digests[990 : 990 + asked]
    assert known_digests(connection, wanted) == known_digests(connection, set(wanted)) == set(wanted[10:])
    connection.close()


@pytest.mark.parametrize("asked", [0, 3, 1200])
def test_places_come_pack_by_pack_from_front_to_back_asked_one_by_one_or_all_at_once(asked: int) -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    make_tables(connection, "")
    for pack, name in enumerate(["c", "a", "b"]):
        connection.execute("INSERT INTO pack VALUES (?, ?, 1, 'holder', 0, 0)", (pack, name))
    digests = [Digest((number * 7919 % 2000).to_bytes(32, "big")) for number in range(2000)]
    rows = [(digest, number % 3, 10 * number, number) for number, digest in enumerate(digests)]
    connection.executemany("INSERT INTO blob VALUES (?, ?, ?, ?)", rows)
    wanted = {*digests[:asked], Digest(b"\xff" * 32)}  # nothing has a row of that one
    expected = [Location("cab"[pack], offset, length, digest) for digest, pack, offset, length in rows[:asked]]
    assert locate(connection, wanted) == sorted(expected)
    connection.close()
