"""The cellars as one read-only tree of folders and files: ``LABEL/NAME/@NUMBER/path/in/the/asset``.

A folder of more than ``MOST`` children has folders of ranges in it, ``000001-002000`` and so on, so that no listing is
longer than a page can draw.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from nbcellar.errors import NotFoundError
from nbcellar.frontends.browsing.listing import asset_of, shown_name
from nbcellar.frontends.browsing.shelf import Shelf
from nbcellar.frontends.server.places import Place, Places
from nbcellar.model import Entry, Kind, Run
from nbcellar.store.catalogue.queries import RunQuery, Series

MOST = 2000
_RANGE = re.compile(r"(\d{6,})-(\d{6,})")


@dataclass(frozen=True, slots=True)
class Node:
    """One folder or file of the tree.

    Attributes:
        path: From the top, without slashes at its ends.
        when_ns: When it was made; 0 where that means nothing.
        entry: Of files; None for folders.
    """

    path: str
    when_ns: int = 0
    entry: Entry | None = None
    place: Place | None = None
    series: tuple[str, str] | None = None
    run: Run | None = None
    folder: bytes = b""
    rows: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]


class Drive:
    """Walks the tree; every step reads what is there now."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def node(self, path: str) -> Node:
        """What lies at a path.

        Raises:
            NotFoundError: Nothing does.
        """
        node = Node("")
        for segment in [part for part in path.split("/") if part]:
            node = self._child(node, segment)
        return node

    def children(self, node: Node) -> list[Node]:
        """What lies directly in a folder."""
        if node.place is None:
            return [_top(place) for place in self._places.all()]
        if node.series is None:
            return [self._name(node, node.place, one) for one in node.place.desk.cellar.series()]
        if node.run is None:
            runs = node.place.desk.cellar.runs(RunQuery(*node.series, with_asset=True, limit=MOST))
            return [self._version(node, run) for run in runs]
        return list(self._in_folder(node, node.place, node.run))

    def _child(self, node: Node, segment: str) -> Node:
        if node.entry is not None:
            raise NotFoundError(f"{node.path} is a file.")
        if node.place is None:
            return _top(self._places.labelled(segment))
        if node.series is None:
            for one in node.place.desk.cellar.series():
                if _shown(node.place, one) == segment:
                    return self._name(node, node.place, one)
            raise NotFoundError(f"There is no {segment!r} in {node.path}.")
        if node.run is None:
            return self._version(node, _run(node.place, node.series, segment))
        return self._below(node, node.place, node.run, segment)

    def _name(self, node: Node, place: Place, one: Series) -> Node:
        path = f"{node.path}/{_shown(place, one)}"
        return replace(node, path=path, series=(one.project, one.name), when_ns=one.newest.started_ns)

    def _version(self, node: Node, run: Run) -> Node:
        return replace(node, path=f"{node.path}/@{run.number}", run=run, when_ns=run.ended_ns or run.started_ns)

    def _below(self, node: Node, place: Place, run: Run, segment: str) -> Node:
        shelf = place.desk.listing.shelf(asset_of(run), node.folder)
        if len(shelf) > MOST and node.rows is None:
            wanted = _RANGE.fullmatch(segment)
            if wanted is None:  # a path that names the file itself
                at = shelf.index(segment.encode(errors="surrogateescape"))
                return self._of(replace(node, rows=(at, at + 1)), place, run, segment)
            rows = (int(wanted[1]) - 1, int(wanted[2]))
            return replace(node, path=f"{node.path}/{segment}", rows=rows)
        return self._of(node, place, run, segment)

    def _of(self, node: Node, place: Place, run: Run, segment: str) -> Node:
        for child in self._in_folder(node, place, run):
            if child.name == segment:
                return child
        raise NotFoundError(f"There is no {segment!r} in {node.path}.")

    def _in_folder(self, node: Node, place: Place, run: Run) -> Iterator[Node]:
        shelf = place.desk.listing.shelf(asset_of(run), node.folder)
        if len(shelf) > MOST and node.rows is None:
            for start in range(0, len(shelf), MOST):
                rows = (start, min(start + MOST, len(shelf)))
                yield replace(node, path=f"{node.path}/{rows[0] + 1:06}-{rows[1]:06}", rows=rows)
            return
        yield from self._rows(node, place, run, shelf)

    def _rows(self, node: Node, place: Place, run: Run, shelf: Shelf) -> Iterator[Node]:
        start, end = node.rows or (0, len(shelf))
        split = len(shelf.folders)
        for base, _ in shelf.folders[start:end]:
            folder = shelf.prefix + base
            yield replace(node, path=f"{node.path}/{shown_name(base)}", folder=folder, rows=None)
        manifest = place.desk.listing.manifest(asset_of(run))
        for base in shelf.entries[max(0, start - split) : max(0, end - split)]:
            entry = manifest[shelf.prefix + base]
            if entry.kind is not Kind.FOLDER:
                yield replace(node, path=f"{node.path}/{shown_name(base)}", entry=entry, when_ns=entry.mtime_ns)


def _top(place: Place) -> Node:
    newest = place.desk.cellar.series()[:1]
    return Node(place.label, newest[0].newest.started_ns if newest else 0, place=place)


def _shown(place: Place, one: Series) -> str:
    return one.name if one.project == place.desk.cellar.project else f"{one.project}:{one.name}"


def _run(place: Place, series: tuple[str, str], segment: str) -> Run:
    """The version ``@4``."""
    project, name = series
    cellar = place.desk.cellar
    if re.fullmatch(r"@\d{1,15}", segment):
        home = project == cellar.project
        return cellar.find(f"{name}{segment}" if home else f"{project}:{name}{segment}", succeeded=False)
    raise NotFoundError(f"{segment!r} is no version.")
