"""Manifests that nobody honest makes, and names that are odd and legal: several hundred of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from blake3 import blake3

from nbcellar.model import Digest, Entry, Kind
from nbcellar.store import CHUNK_BYTES

SECRET = Digest(blake3(b"owned").digest())
"""Of what an attacker would like to write."""


def entry(name: bytes, kind: Kind = Kind.FILE, size: int = 5, digest: bytes = SECRET) -> Entry:
    """An entry as a manifest lists it."""
    return Entry(name, kind, False, size, Digest(digest))


def bad_names() -> list[bytes]:
    """Names that leave the folder, are absolute, or are none."""
    found = [
        b"/",
        b"//",
        b"/etc/passwd",
        b"~/../../x/..",
        b"a//b",
        b"a/",
        b"a\0b",
        b"\0",
        b"..//",
        b"/..",
        b"../" * 60 + b"x",
    ]
    for bad in (b"..", b".", b"", b"a\0", b"\0.."):
        found.append(bad)
        for depth in (1, 2, 3, 5, 9, 40):
            inner = b"d/" * depth
            found += [inner + bad, inner + bad + b"/e", bad + b"/" + inner + b"e", bad + b"/" + inner + bad + b"/e"]
    targets = (b"etc/passwd", b".bashrc", b".ssh/authorized_keys", b".ipython/profile_default/startup/x.py")
    for target in targets:
        for ups in (1, 2, 4, 8, 16, 32):
            found += [b"../" * ups + target, b"a/" * (ups - 1) + b"../" * ups + target, b"./" * ups + target]
        found += [b"/" + target, b"//" + target, b"a/../../" + target, target + b"\0.txt", target + b"/.."]
    return sorted(set(found))


def hostile_manifests() -> Iterator[tuple[str, list[Entry]]]:
    """Each with what is wrong with it."""
    for name in bad_names():
        for kind in Kind:
            yield f"{kind} {name!r}", [entry(b"0good"), entry(name, kind)]
    for above in (Kind.FILE, Kind.LINK):
        for below in (b"l/x", b"l/x/y", b"l/.bashrc", b"l/..x"):
            for kind in Kind:
                yield f"{kind} {below!r} below a {above}", [entry(b"l", above), entry(below, kind)]
    for name in (b"a", b"a/b", b"\xff"):
        for first in Kind:
            for second in Kind:
                yield f"{name!r} twice, {first} and {second}", [entry(name, first), entry(name, second)]
    for size in (-1, -(2**40), CHUNK_BYTES + 1, 2**62):
        yield f"{size} bytes without chunks", [entry(b"a", size=size)]
    for size in (-1, 0, 4096, 2**40):
        yield f"a link of {size} bytes", [entry(b"a", Kind.LINK, size)]
    for digest in (b"", b"short", b"x" * 33):
        yield f"a digest of {len(digest)} bytes", [entry(b"a", digest=digest)]
    chunks = (SECRET,) * 2
    for size in (0, 5, CHUNK_BYTES, 3 * CHUNK_BYTES, -1):
        yield f"two chunks for {size} bytes", [replace(entry(b"a", size=size), chunks=chunks)]
    yield "a link of chunks", [replace(entry(b"a", Kind.LINK), chunks=chunks)]
    yield "a folder of chunks", [replace(entry(b"a", Kind.FOLDER, 2 * CHUNK_BYTES), chunks=chunks)]


def odd_names() -> list[bytes]:
    """Names that Linux holds and that tools stumble over."""
    found = [bytes([byte]) for byte in range(1, 256) if byte not in b"/."]
    found += [b"x" + bytes([byte]) + b"y" for byte in range(1, 256) if byte not in b"/" and not chr(byte).isalnum()]
    found += [chr(point).encode() for point in range(0x80, 0x100)]
    found += [
        b"...",
        b"....",
        b"..a",
        b"a..",
        b"a.",
        b". .",
        b" ",
        b"  ",
        b" a ",
        b"-",
        b"--",
        b"-rf",
        b"--help",
        b"-e\n",
    ]
    found += [
        b"con",
        b"NUL",
        b"aux.txt",
        b"COM1",
        b"C:",
        b"C:x",
        b"c:\\x",
        b"\\\\srv\\share",
        b"..\\x",
        b"a:b",
        b"~",
        b"~root",
    ]
    found += [b"*", b"**", b"?", b"[a]", b"{a,b}", b"!", b"$HOME", b"$(id)", b"`id`", b"%00", b"%2e%2e%2f", b"&amp;"]
    found += ["é".encode(), "e\u0301".encode(), "ß".encode(), "İ".encode(), "ﬁ".encode(), b"K", "日本".encode()]
    found += ["\u202egpj.exe".encode(), "\u200b".encode(), "\ufeffa".encode(), "🦔".encode(), "a\u2400b".encode()]
    found += [
        b"\x1b[31mred",
        b"\x1b]0;title\x07",
        b"\r",
        b"a\nb",
        b"\t",
        b"\xff\xfe",
        b"caf\xe9",
        b"\xc3",
        b"\xed\xa0\x80",
    ]
    found += [
        b"<script>",
        b"<img src=x onerror=alert(1)>",
        b'"',
        b"'",
        b"a'b\"c",
        b"javascript:alert(1)",
        b"a?b#c",
        b"a&b=c",
    ]
    found += [
        b"n" * 255,
        ("ü" * 127).encode(),
        b"." + b"n" * 254,
        b"train@3",
        b"other:train",
        b"cellar:",
        b"@",
        b"=",
        b"a=b",
    ]
    return list(dict.fromkeys(found))
