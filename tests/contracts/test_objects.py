"""What the store relies on, wherever its bytes lie."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest

from nbcellar.store.objects.protocol import Objects, write_object


def test_what_was_written_is_read_whole_and_in_parts(objects: Objects) -> None:
    data = os.urandom(100_000)
    write_object(objects, "packs/a", [data[:10], b"", memoryview(data)[10:99_999], bytearray(data[99_999:])])
    assert objects.read("packs/a") == data
    assert objects.size("packs/a") == len(data)
    for offset, length in product((0, 1, 50_000, 99_999, 100_000), (0, 1, 4096, 50_000, None)):
        end = None if length is None else offset + length
        assert objects.read("packs/a", offset, length) == data[offset:end], (offset, length)


def test_a_read_beyond_the_end_is_short_and_no_error(objects: Objects) -> None:
    write_object(objects, "packs/a", [b"12345"])
    assert objects.read("packs/a", 3, 10) == b"45"
    assert objects.read("packs/a", 5, 10) == b""


def test_an_object_of_no_bytes_and_one_of_many_parts(objects: Objects) -> None:
    write_object(objects, "packs/none", [])
    write_object(objects, "packs/many", [b"%04d" % number for number in range(2000)])
    assert (objects.read("packs/none"), objects.size("packs/none")) == (b"", 0)
    assert objects.read("packs/many") == b"".join(b"%04d" % number for number in range(2000))


@pytest.mark.parametrize("key", ["packs/none", "journal/none.json", "format.json", "other/none"])
def test_what_is_not_there_is_file_not_found(objects: Objects, key: str) -> None:
    for ask in (objects.read, objects.size):
        with pytest.raises(FileNotFoundError):
            ask(key)
    with pytest.raises(FileNotFoundError):
        objects.read(key, 5, 10)
    with pytest.raises(FileNotFoundError):
        objects.move(key, "rescue/here")
    objects.delete(key)


def test_nobody_sees_an_object_before_it_is_finished(objects: Objects) -> None:
    writer = objects.create("packs/a")
    writer.write([b"half"])
    assert list(objects.listed("packs")) == []
    with pytest.raises(FileNotFoundError):
        objects.read("packs/a")
    writer.write([b" whole"])
    writer.finish()
    objects.settle("packs")
    assert objects.read("packs/a") == b"half whole"
    assert [stored.key for stored in objects.listed("packs")] == ["packs/a"]


def test_what_is_discarded_was_never_there(objects: Objects) -> None:
    writer = objects.create("packs/a")
    writer.write([b"half"])
    writer.discard()
    writer.discard()
    assert list(objects.listed("packs")) == []

    def parts() -> list[bytes]:
        raise RuntimeError("the source failed")

    with pytest.raises(RuntimeError):
        write_object(objects, "packs/b", parts())
    assert list(objects.listed("packs")) == []


def test_parts_are_put_at_their_places_in_any_order_by_several_threads(objects: Objects) -> None:
    data = os.urandom(1_000_000)
    writer = objects.create("packs/a")
    places = range(0, len(data), 50_000)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda start: writer.write_at(start, data[start : start + 50_000]), reversed(places)))
    writer.finish()
    assert objects.read("packs/a") == data


def test_a_folder_lists_its_objects_and_no_others(objects: Objects) -> None:
    write_object(objects, "packs/a", [b"1"])
    write_object(objects, "packs/a.idx", [b"22"])
    write_object(objects, "journal/b.json", [b"333"])
    assert sorted((one.key, one.size_bytes) for one in objects.listed("packs")) == [("packs/a", 1), ("packs/a.idx", 2)]
    assert [one.key for one in objects.listed("journal")] == ["journal/b.json"]
    assert list(objects.listed("nothing")) == []
    assert all(one.changed_ns > 0 for one in objects.listed("packs"))


def test_what_is_deleted_or_moved_is_gone_from_its_key(objects: Objects) -> None:
    write_object(objects, "packs/a", [b"1"])
    write_object(objects, "packs/b", [b"2"])
    objects.delete("packs/a")
    objects.delete("packs/a")
    objects.move("packs/b", "rescue/aside/b")
    assert list(objects.listed("packs")) == []
    assert objects.read("rescue/aside/b") == b"2"


def test_many_threads_write_and_read_at_once(objects: Objects) -> None:
    def one(number: int) -> bytes:
        key = f"packs/{number:04d}"
        write_object(objects, key, [b"%d" % number * 100])
        return objects.read(key)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(200))) == [b"%d" % number * 100 for number in range(200)]
    assert len(list(objects.listed("packs"))) == 200
