"""A store read by nothing but ``docs/format.md``: another program could do it."""

from __future__ import annotations

import json
import sqlite3
import struct
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import zstandard
from blake3 import blake3

from nbcellar.model import Entry, Kind, RunKind, RunStatus
from nbcellar.store import Cellar
from nbcellar.store.journal.events import EventKind
from nbcellar.store.packs.manifestwriting import write_manifest
from nbcellar.store.packs.pack import EMPTY

ROOT = Path(__file__).parents[2]


def document(path: Path) -> dict[str, object]:
    data = path.read_bytes()
    assert data.startswith(b'{"blake3":"') and data.endswith(b"}\n")
    digest, content = data[11:75].decode(), data[87:-2]
    assert data[75:87] == b'","content":'
    assert blake3(content).hexdigest() == digest
    found: dict[str, object] = json.loads(content)
    return found


def all_blobs(store: Path) -> dict[bytes, bytes]:
    blobs = {blake3(b"").digest(): b""}
    for path in store.glob("packs/*.idx"):
        index, pack = path.read_bytes(), path.with_suffix("").read_bytes()
        magic, count, length = struct.unpack_from("<8sQQ", index)
        assert (magic, length, len(index)) == (b"NBCX\0\0\0\0", len(pack), 24 + 48 * count + 32)
        assert blake3(index[:-32]).digest() == index[-32:]
        end = 0
        for digest, offset, size in struct.iter_unpack("<32sQQ", index[24:-32]):
            assert offset == end
            end += size
            blobs[digest] = pack[offset:end]
            assert blake3(blobs[digest]).digest() == digest
        assert end == len(pack)
    return blobs


def entries_of(root: bytes, blobs: dict[bytes, bytes]) -> tuple[bytes, dict[bytes, tuple[int, int, int, bytes]]]:
    """The asset's digest, and flags, size, time and content of every name."""
    magic, asset, count, size, blocks = struct.unpack_from("<8s32sQQI", root)
    assert magic == b"NBCM\0\0\0\0"
    found: dict[bytes, tuple[int, int, int, bytes]] = {}
    canonical = b"nbcellar asset 1\n"
    for place in range(blocks):
        digest, n, length, _ = struct.unpack_from("<32sIII", root, 60 + 44 * place)
        raw = zstandard.ZstdDecompressor().decompress(blobs[digest], max_output_size=length)
        rows, names_length, lists = struct.unpack_from("<III", raw)
        assert rows == n
        flags = raw[12 : 12 + n]
        sizes = struct.unpack_from(f"<{n}Q", raw, 12 + n)
        times = struct.unpack_from(f"<{n}q", raw, 12 + 9 * n)
        start = 12 + 17 * n
        digests = [raw[start + 32 * row : start + 32 * row + 32] for row in range(n)]
        start += 32 * n
        names = raw[start : start + names_length].split(b"\0")
        start += names_length
        chunks = {}
        for _ in range(lists):
            row, number = struct.unpack_from("<II", raw, start)
            chunks[row] = [raw[start + 8 + 32 * k : start + 40 + 32 * k] for k in range(number)]
            start += 8 + 32 * number
        for row, name in enumerate(names):
            content = b"".join(blobs[chunk] for chunk in chunks.get(row, [digests[row]]))
            assert len(content) == sizes[row] and blake3(content).digest() == digests[row]
            found[name] = (flags[row], sizes[row], times[row], content)
            canonical += struct.pack("<BI", flags[row], len(name)) + name + struct.pack("<Q", sizes[row]) + digests[row]
    assert blake3(canonical).digest() == asset
    assert (len(found), sum(entry[1] for entry in found.values())) == (count, size)
    return asset, found


def test_a_store_is_read_by_its_description_alone(local: Cellar) -> None:
    run = local.open_run(RunKind.SAVE, "data")
    large = bytes(range(256)) * 70_000
    (local.home / "large").write_bytes(large)
    with local.stage() as stage, (local.home / "large").open("rb") as file:
        whole, chunks = stage.put_large(file.fileno(), len(large))
        entries = [
            Entry(b"a%04d" % n, Kind.FILE, n % 2 == 1, 3, stage.put(b"%03d" % (n % 1000)), n) for n in range(5000)
        ]
        entries.append(Entry(b"empty", Kind.FILE, False, 0, EMPTY))
        entries.append(Entry(b"folder", Kind.FOLDER, False, 0, EMPTY, -5))
        entries.append(Entry(b"large", Kind.FILE, False, len(large), whole, 7, chunks))
        entries.append(Entry(b"link\xff", Kind.LINK, False, 5, stage.put(b"a0001")))
        run = local.publish(replace(run, status=RunStatus.SUCCEEDED, asset=write_manifest(stage, entries)), stage)
    local.close()
    assert document(local.folder / "format.json") == {
        **{"nbcellar": "store", "store": local.uuid, "format": 0, "min_reader": 0, "min_writer": 0},
        **{"hash": "blake3-256", "chunker": "fixed-16777216", "catalogue": uuid_in(local.folder / "catalogue.db")},
    }
    (path,) = local.folder.glob("journal/*")
    event = document(path)
    assert (event["id"], event["sequence"], event["kind"]) == (path.stem, 1, "run")
    summary = event["body"]["run"]["asset"]  # type: ignore[index]
    blobs = all_blobs(local.folder)
    asset, found = entries_of(blobs[bytes.fromhex(summary["manifest"])], blobs)
    assert run.asset and asset == run.asset.digest == bytes.fromhex(summary["digest"])
    assert list(found) == [entry.name for entry in entries]
    assert found[b"a0001"] == (128, 3, 1, b"001")
    assert found[b"folder"] == (2, 0, -5, b"")
    assert found[b"large"] == (0, len(large), 7, large)
    assert found[b"link\xff"] == (1, 5, 0, b"a0001")


def uuid_in(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT value FROM about WHERE key = 'uuid'").fetchone()[0])


def test_every_kind_of_event_is_described() -> None:
    page = (ROOT / "docs" / "format.md").read_text()
    for kind in EventKind:
        assert f"`{kind.value}`" in page
