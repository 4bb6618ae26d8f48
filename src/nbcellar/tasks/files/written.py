"""What a body wrote: the files that a scan found changed, joined with those that it was seen to open for writing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from nbcellar.assets.saving.archiver import Source, Tree
from nbcellar.assets.scanning.ignore import IgnoreRules
from nbcellar.assets.scanning.scanner import Scan, Skipped, scan, scan_files, written
from nbcellar.assets.selection import Glob
from nbcellar.errors import NotFoundError
from nbcellar.tasks.files.above import Mentioned, newer, real
from nbcellar.tasks.files.places import Places
from nbcellar.tasks.files.trace import Stamp, Trace, stamp
from nbcellar.tasks.files.workdir import MOST_FILES, Fresh, Workdir

RACY_NS = 20_000_000
"""A file system's clock may stand still this long: stats say nothing about writes so close to the scan before."""

EDITED = (".py", ".md", ".toml", ".yaml", ".yml")
"""People write these while a cell runs."""

Others: TypeAlias = Callable[[], tuple[bool, set[str]]]


@dataclass(frozen=True, slots=True)
class Keep:
    """Which of the written files are kept."""

    match: Glob
    whole_folder: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What is saved, and what is not.

    Attributes:
        sources: For the archiver.
        paths: Absolute path of each saved file, by the name that it is saved under.
        elsewhere: Files outside of the project that were written, and are not saved.
        doubtful: Names that may be another task's.
        skipped: What the scan left out although it changed: pipes, credentials, unreadable folders.
        unscanned: The folder was too large to be looked through.
        foreign: Notebooks that changed meanwhile, and that neither the hook nor the code knows of: whoever runs or
            edits them saves them.
        unseen: Files of the project outside of the folder that are newer than the task; nobody was seen to write them.
        unmatched: How many written files the glob leaves out.
    """

    sources: tuple[Source | Tree, ...] = ()
    paths: Mapping[bytes, str] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unscanned: bool = False
    foreign: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    unmatched: int = 0


@dataclass(slots=True)
class Harvest:
    """One look at what is there after a body.

    Attributes:
        rules: Of the task's folder.
        last: What the look found, for when saving it fails.
        named: Paths that the code names, with their stamps from before.
        others: Whether other tasks ran meanwhile, and the paths that they claimed.
        mentioned: What the code mentions now that the names in it have their values.
    """

    places: Places
    workdir: Workdir
    trace: Trace
    named: Mapping[str, Stamp | None]
    keep: Keep
    rules: IgnoreRules
    others: Others
    mentioned: Mentioned = field(default_factory=Mentioned)
    last: Written | None = None

    def written(self) -> Written:
        """Look."""
        ran, claimed = self.others()
        after, names, complete = self._in_root(self.rules)
        root = str(self.workdir.root)
        seen = self._seen()
        names = [name for name in names if _join(root, name) in seen or _join(root, name) not in claimed]
        foreign = [name for name in names if self._is_foreign(_join(root, name), seen)]
        inside = sorted(set(names).difference(foreign))
        names = self.keep.match.among(inside)
        outside = self._above(self.rules, claimed, seen)
        above = {name: outside[name] for name in self.keep.match.among(sorted(outside))}
        paths = {name: _join(root, name) for name in names} | above
        sources: list[Source | Tree] = [Tree(after, after.rows(names))] if names else []
        sources += [Source(name, Path(path)) for name, path in above.items()]
        self.last = Written(
            tuple(sources),
            paths,
            tuple(sorted(path for path in seen if self._is_elsewhere(path))),
            tuple(sorted(os.fsdecode(name) for name, path in paths.items() if path not in seen)) if ran else (),
            _news(self.workdir.before.skipped, after.skipped),
            not complete,
            tuple(map(os.fsdecode, foreign)),
            self._unseen({*paths.values(), *outside.values(), *seen, *claimed}),
            len(inside) + len(outside) - len(paths),
        )
        return self.last

    def _seen(self) -> set[str]:
        """What the hook saw written, by itself or as a database that changed."""
        databases = {path for path, before in self.trace.databases.items() if stamp(path) != before}
        seen = {real(path) for path in (*self.trace.writes, *databases)}
        led_to = {os.path.realpath(path) for path in seen if os.path.islink(path)}
        return seen | {path for path in led_to if self._is_new(path)}

    def _is_new(self, path: str) -> bool:
        return os.path.isfile(path) and os.stat(path).st_ctime_ns >= self.mentioned.began_ns

    def _is_foreign(self, path: str, seen: set[str]) -> bool:
        """Whether it is a notebook that somebody else saves, or the copy that Jupyter makes on the way."""
        if self.keep.whole_folder or isinstance(self.workdir, Fresh) or path in seen or path in self.named:
            return False
        return path.endswith(".ipynb") or os.path.basename(path).startswith(".~")

    def _in_root(self, rules: IgnoreRules) -> tuple[Scan, list[bytes], bool]:
        """What is kept of the task's folder, and whether all of it was looked at."""
        if not self.workdir.root.is_dir():  # the body removed it
            return Scan(self.workdir.root), [], True
        if isinstance(self.workdir, Fresh) or self.keep.whole_folder:
            whole = scan(self.workdir.root, rules)
            return whole, [name for name in whole.names if not self._is_link(name)], True
        after = scan(self.workdir.root, rules, limit=MOST_FILES)
        if not (self.workdir.before.complete and after.complete):
            return *self._unscanned(rules), False
        return after, self._changed(after), True

    def _changed(self, after: Scan) -> list[bytes]:
        before = self.workdir.before
        names = written(before, after)
        known = set(names)
        racy = before.started_ns - RACY_NS
        for path in self._seen():
            name = self.places.in_root(path)
            row = -1 if name is None or name in known else after.row(name)
            if row >= 0 and after.ctimes[row] >= racy:
                names.append(after.names[row])
        return sorted(names)

    def _unscanned(self, rules: IgnoreRules) -> tuple[Scan, list[bytes]]:
        """Of a huge folder: what was seen, and what the code names and is another file now."""
        changed = {path for path, before in self.named.items() if stamp(path) not in (before, None)}
        changed |= self.mentioned.changed(self.places, inside=True)
        inside = (self.places.in_root(path) for path in self._seen() | changed)
        names = [name for name in inside if name is not None and not rules.ignores(name, folder=False)]
        after = scan_files(self.workdir.root, names)
        return after, list(after.names)

    def _is_link(self, name: bytes) -> bool:
        """Whether it is an input that was linked into a fresh folder."""
        path = _join(str(self.workdir.root), name)
        return isinstance(self.workdir, Fresh) and path in self.workdir.links and os.path.islink(path)

    def _above(self, rules: IgnoreRules, claimed: set[str], seen: set[str]) -> dict[bytes, str]:
        """Files of the project outside of the folder, by the names that they are saved under."""
        changed = {path for path, before in self.named.items() if stamp(path) not in (before, None)}
        visited = {_join(folder, name) for folder, before in self.workdir.visited.items() for name in _changes(before)}
        unseen = (changed | visited | self.mentioned.changed(self.places)) - claimed
        found: dict[bytes, str] = {}
        for path in sorted(seen | {path for path in unseen if not self._is_foreign(path, seen)}):
            if self.places.in_root(path) is not None or not os.path.isfile(path):
                continue
            name = self.places.asset_name(path)
            if name is not None and not rules.ignores(name, folder=False) and not rules.secret(name):
                found[name] = path
        return found

    def _unseen(self, known: set[str]) -> tuple[str, ...]:
        if isinstance(self.workdir, Fresh):
            return ()
        found = newer(self.places, self.mentioned.began_ns) - known
        return tuple(sorted(path for path in found if not path.endswith(EDITED) and not self._is_foreign(path, set())))

    def _is_elsewhere(self, path: str) -> bool:
        places = self.places
        outside = places.in_project(path) is None and places.in_root(path) is None and not places.in_store(path)
        return outside and places.counts_as_output(path) and os.path.isfile(path)


def _changes(before: Scan) -> Iterable[bytes]:
    try:
        return written(before, scan(before.root, IgnoreRules.load(before.root), limit=MOST_FILES))
    except NotFoundError:  # the body removed the folder after it had been there
        return ()


def _news(before: tuple[Skipped, ...], after: tuple[Skipped, ...]) -> tuple[Skipped, ...]:
    known = {skipped.name for skipped in before}
    return tuple(skipped for skipped in after if skipped.name not in known)


def _join(folder: str, name: bytes) -> str:
    return os.path.join(folder, os.fsdecode(name))
