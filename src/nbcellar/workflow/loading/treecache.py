"""Remembers what a workflow file said, so that a run in which nothing changed does without the YAML reader.

One file a document, below the cellar's ``cache/``: it counts only for the very text that it was made from, it is
guarded by a digest over itself, and nothing but speed depends on it.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from blake3 import blake3

from nbcellar.model import JSON
from nbcellar.release import installed_version
from nbcellar.workflow.loading.yamltree import Listing, Node, Scalar, Table, read_tree

_DIGEST_BYTES = 32


class TreeCache:
    """The remembered tree of one document.

    Args:
        folder: Where caches are kept.
        document: The document's file.
    """

    def __init__(self, folder: Path, document: Path) -> None:
        place = os.fsencode(os.path.realpath(document))
        self.path = folder / "documents" / blake3(place).hexdigest(length=16)

    def read(self, text: str, file: str) -> Node:
        """The tree of a text, as :func:`read_tree` gives it.

        Args:
            text: What the document says now.
            file: How problems name it.

        Raises:
            InvalidWorkflow: It is not YAML, or uses more of YAML than is allowed.
        """
        made_from = _made_from(text)
        if (known := self._recall(made_from)) is not None:
            return known
        tree = read_tree(text, file)
        with contextlib.suppress(OSError):  # the next time is slower if it cannot be kept, and nothing else
            self._remember(made_from, tree)
        return tree

    def _recall(self, made_from: bytes) -> Node | None:
        try:
            content = self.path.read_bytes()
        except OSError:  # missing, or unreadable: a cache that cannot be read is none
            return None
        head, guard, body = _parts(content)
        if head != made_from or guard != blake3(body).digest():
            return None
        return _node(json.loads(body))

    def _remember(self, made_from: bytes, tree: Node) -> None:
        body = json.dumps(_plain(tree), separators=(",", ":")).encode()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_name(f"{self.path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        try:
            new.write_bytes(made_from + blake3(body).digest() + body)
            new.replace(self.path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                new.unlink()


def _made_from(text: str) -> bytes:
    """The text and who reads it: another release may read the same text otherwise."""
    return blake3(f"{installed_version()}\0{text}".encode()).digest()


def _parts(content: bytes) -> tuple[bytes, bytes, bytes]:
    return content[:_DIGEST_BYTES], content[_DIGEST_BYTES : 2 * _DIGEST_BYTES], content[2 * _DIGEST_BYTES :]


def _plain(node: Node) -> JSON:
    match node:
        case Scalar(line, value):
            return [line, value]
        case Listing(line, items):
            return [line, [_plain(item) for item in items], None]
        case Table(line, table, lines):
            return [line, {name: _plain(item) for name, item in table.items()}, dict(lines)]


def _node(plain: JSON) -> Node:
    match plain:
        case [int(line), dict(items), dict(lines)]:
            places = {name: place for name, place in lines.items() if isinstance(place, int)}
            return Table(line, {name: _node(item) for name, item in items.items()}, places)
        case [int(line), list(items), None]:
            return Listing(line, tuple([_node(item) for item in items]))
        case [int(line), (None | bool() | int() | float() | str()) as value]:
            return Scalar(line, value)
    raise AssertionError("the digest says that it is as it was written")
