"""The file browser's menu: which versions hold a file, and saving files as an asset."""

from __future__ import annotations

import os
from pathlib import Path

from nbcellar.assets.creation import asset
from nbcellar.assets.scanning.digests import digest_file
from nbcellar.errors import NotFoundError, UsageError
from nbcellar.frontends.browsing.keys import key_of
from nbcellar.frontends.browsing.listing import asset_of, ref_of, shown_name
from nbcellar.frontends.server.places import Place, Places
from nbcellar.model import JSON, Entry, Kind, Run
from nbcellar.store import Cellar
from nbcellar.store.catalogue.queries import RunQuery

_RUNS = 300
_ROWS = 100


class Filing:
    """Looks files of the server's folder up in the cellar of their project, and saves them there."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def history(self, path: str) -> dict[str, JSON]:
        """The newest versions that hold a file of this path or content.

        Raises:
            UnsafeError: The path leads out of the server's folder.
            NotFoundError: There is no such file.
        """
        file = self._places.inside(path)
        if not file.is_file():
            raise NotFoundError(f"{path!r} is no file.")
        place = self._places.at(path)
        if place is None:
            return {"uuid": None, "path": path, "rows": []}
        return {"uuid": place.uuid, "path": path, "rows": self._rows(place, file)}

    def _rows(self, place: Place, file: Path) -> list[JSON]:
        cellar = place.desk.cellar
        digest = digest_file(cellar, file).digest
        found: dict[str, JSON] = {}
        for run, name in cellar.find_content([digest]).get(digest, []):
            found[run.id] = self._row(place, file, run, place.desk.listing.manifest(asset_of(run))[name], same=True)
        for run in cellar.runs(RunQuery(with_asset=True, limit=_RUNS)):
            entry = None if run.id in found else _entry(place, run, file)
            if entry is not None:
                found[run.id] = self._row(place, file, run, entry, same=entry.digest == digest)
        rows = sorted(found.values(), key=_when, reverse=True)
        return rows[:_ROWS]

    def _row(self, place: Place, file: Path, run: Run, entry: Entry, *, same: bool) -> dict[str, JSON]:
        parts = entry.name.split(b"/")
        return {
            "run": run.id,
            "ref": ref_of(run, place.desk.cellar.project),
            "project": run.project,
            "series": run.name,
            "key": key_of(entry.name),
            "keys": [key_of(b"/".join(parts[: count + 1])) for count in range(len(parts))],
            "name": shown_name(entry.name),
            "when": (run.ended_ns or run.started_ns) / 1e9,
            "size_bytes": entry.size_bytes,
            "same": same,
            "to": self._back_to(place, file, entry),
        }

    def _back_to(self, place: Place, file: Path, entry: Entry) -> str:
        """The folder into which an entry is restored so that it lies where the file does."""
        whole, name = os.fsencode(file), b"/" + entry.name
        folder = whole.removesuffix(name) if whole.endswith(name) else os.path.dirname(whole)
        base = place.folder if place.folder.is_relative_to(self._places.root) else self._places.root
        return os.path.relpath(os.fsdecode(folder or b"/"), base)

    def save(self, paths: list[str], name: str) -> dict[str, JSON]:
        """Save files and folders as one asset of their project.

        Raises:
            UnsafeError: A path leads out of the server's folder.
            UsageError: There are none, or they belong to several projects.
            NotFoundError: One is not there.
            SourceError: One cannot be read.
        """
        if not paths:
            raise UsageError("No files were chosen.")
        files = [self._places.inside(path) for path in paths]
        cellars = {cellar.home: cellar for cellar in (Cellar.open(file.parent) for file in files)}
        if len(cellars) > 1:
            raise UsageError("These files belong to several projects.", hint="Save those of one project at a time.")
        ((home, cellar),) = cellars.items()
        made = asset([os.path.relpath(file, home) for file in files], at=home, name=name or None, cellar=cellar)
        place = self._places.at(paths[0])
        return {
            "uuid": place.uuid if place else None,
            "ref": made.ref,
            "project": made.run.project,
            "series": made.run.name,
            "files": len(made),
            "run": made.run.id,
        }


def _entry(place: Place, run: Run, file: Path) -> Entry | None:
    """The file's entry in a version: by its path from the project's folder, or from the folder that was saved."""
    manifest = place.desk.listing.manifest(asset_of(run))
    parts = os.fsencode(os.path.relpath(file, place.folder)).split(b"/")
    for above in range(len(parts)):
        name = b"/".join(parts[above:])
        if name in manifest:
            entry = manifest[name]
            return entry if entry.kind is Kind.FILE else None
    return None


def _when(row: JSON) -> float:
    when = row["when"] if isinstance(row, dict) else 0
    return when if isinstance(when, float) else 0.0
