"""Remembers what a workflow file said, so that a run in which nothing changed does without the YAML reader.

One file a document, below the cellar's ``cache/``: it counts only for the very text that it was made from, it is
guarded by a digest over itself, and nothing but speed depends on it.
"""

from __future__ import annotations

import os
from pathlib import Path

from blake3 import blake3

from nbcellar.model import JSON
from nbcellar.workflow.documents.rememberedfile import RememberedFile
from nbcellar.workflow.loading.yamltree import Listing, Node, Scalar, Table, read_tree


class TreeCache:
    """The remembered tree of one document.

    Args:
        folder: Where caches are kept.
        document: The document's file.
    """

    def __init__(self, folder: Path, document: Path) -> None:
        place = os.fsencode(os.path.realpath(document))
        self._file = RememberedFile(folder / "documents" / blake3(place).hexdigest(length=16))

    @property
    def path(self) -> Path:
        """Where it is kept."""
        return self._file.path

    def read(self, text: str, file: str) -> Node:
        """The tree of a text, as :func:`read_tree` gives it.

        Args:
            text: What the document says now.
            file: How problems name it.

        Raises:
            InvalidWorkflow: It is not YAML, or uses more of YAML than is allowed.
        """
        if (known := self._file.recall([text])) is not None:
            return _node(known)
        tree = read_tree(text, file)
        self._file.remember([text], _plain(tree))
        return tree


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
