"""Inputs that nobody declared: what was opened, what the code names, which project modules it imported."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nbcellar.assets.scanning.digests import digest_before_change, digest_files
from nbcellar.model import Digest, Input, InputKind, InputOrigin
from nbcellar.store import Cellar
from nbcellar.tasks.body.modules import project_modules
from nbcellar.tasks.files.loaded import edited_since
from nbcellar.tasks.files.places import Places
from nbcellar.tasks.files.trace import Stamp, Trace, stamp
from nbcellar.tasks.reads.inputs import listing_digest

CHEAP_BYTES = 64 * 2**20
"""A larger input's digest is taken only where something needs it."""

CHEAP_TOTAL_BYTES = 256 * 2**20


@dataclass(slots=True)
class Digests:
    """Digests of inputs, taken while their content stands.

    Attributes:
        needed: Whether every digest is needed, however long it takes: for a cache, or below a workflow.
        kept: Digests taken before the file was overwritten.
        changed: Files that are no longer what was read.
    """

    cellar: Cellar
    needed: bool
    kept: dict[str, Digest] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    spent_bytes: int = 0

    def keep(self, path: str) -> None:
        """Take the digest of a file that is about to be overwritten, where it costs little or something needs it."""
        seen = stamp(path)
        afforded = seen is not None and self.affords(seen[0])
        digest = digest_before_change(self.cellar, Path(path)) if afforded else None
        if digest is not None:
            self.kept[path] = digest.digest

    def of(self, files: Mapping[str, Stamp]) -> dict[str, Digest]:
        """The digests of what was read; without what changed unseen, or is large and nothing needs it."""
        found = {path: self.kept[path] for path in files if path in self.kept}
        wanted = []
        for path, seen in files.items():
            if path not in found and self._stands(path, seen) and self.affords(seen[0]):
                wanted.append(path)
        looked = digest_files(self.cellar, map(Path, wanted))
        for path in wanted:
            now = looked.get(Path(path))
            if self._stands(path, files[path]) and now is not None:  # looked at once more: the others took their time
                found[path] = now.digest
        return found

    def _stands(self, path: str, seen: Stamp) -> bool:
        if stamp(path) == seen:
            return True
        self.changed.append(path)
        return False

    def affords(self, size_bytes: int) -> bool:
        """Whether so many bytes are worth a digest now."""
        if self.needed:
            return True
        self.spent_bytes += size_bytes
        return size_bytes <= CHEAP_BYTES and self.spent_bytes <= CHEAP_TOTAL_BYTES


def named_files(names: Iterable[str], folder: str, *, folders: bool = False) -> dict[str, Stamp | None]:
    """The paths that code names, absolute, with the stamp of the file that is there now, or None.

    Args:
        folder: What relative ones begin at.
        folders: Folders too.
    """
    found: dict[str, Stamp | None] = {}
    for name in names:
        path = os.path.abspath(os.path.join(folder, os.path.expanduser(name)))
        if path not in found and (folders or not os.path.isdir(path)):
            found[path] = stamp(path)
    return found


@dataclass(frozen=True, slots=True)
class Finder:
    """Turns what a trace holds into inputs.

    Attributes:
        links: Where a linked path in a fresh folder really lies.
    """

    places: Places
    digests: Digests
    links: Mapping[str, str] = field(default_factory=dict)

    def inputs(
        self, trace: Trace, named: Mapping[str, Stamp | None], covered: Collection[str] = frozenset()
    ) -> list[Input]:
        """Everything that the body read, as far as anyone can tell.

        Args:
            covered: Files that declared inputs stand for.
        """
        files = {path: (InputOrigin.FOUND, seen) for path, seen in trace.reads.items()}
        for path, seen in named.items():
            if seen is not None and path not in trace.writes and stamp(path) == seen:
                files.setdefault(path, (InputOrigin.LITERAL, seen))
        for path, seen in trace.databases.items():
            if seen is not None:
                files.setdefault(path, (InputOrigin.FOUND, seen))
        modules = project_modules(self.places)
        sources = set(modules.values())
        counted = {
            path: files[path]
            for path in sorted(files)
            if path not in sources and self._real(path) not in covered and self._counts(path)
        }
        found = [*self._files(counted), *self._modules(sorted(sources))]
        found += [self._listing(folder, trace) for folder in sorted(trace.listings) if self._lists(folder)]
        return found + [_connection(host) for host in sorted(trace.connections)]

    def _real(self, path: str) -> str:
        return self.links.get(path, path)

    def _counts(self, path: str) -> bool:
        return cached_digest(self.places, self._real(path)) is not None or self.places.counts_as_input(self._real(path))

    def _lists(self, folder: str) -> bool:
        inside = self.places.in_project(folder)
        if folder == self.places.store or folder.startswith(f"{self.places.store}/"):  # a fresh folder lies there
            return False
        return folder == self.places.home or (inside is not None and not self.places.ignored(inside))

    def _files(self, files: Mapping[str, tuple[InputOrigin, Stamp]]) -> Iterator[Input]:
        known = {path: cached_digest(self.places, self._real(path)) for path in files}
        digests = self.digests.of({path: seen for path, (_, seen) in files.items() if known[path] is None})
        for path, (origin, (size_bytes, *_)) in files.items():
            real = self._real(path)
            if (digest := known[path]) is not None:
                inside = real.split(digest.hex(), 1)[1].strip("/")
                yield Input(InputKind.ASSET, origin, inside, digest=digest, size_bytes=size_bytes)
            else:
                where = self.places.input_path(real)
                yield Input(InputKind.FILE, origin, where, digest=digests.get(path), size_bytes=size_bytes)

    def _modules(self, files: Sequence[str]) -> Iterator[Input]:
        found = digest_files(self.digests.cellar, [Path(file) for file in files if not edited_since(file)])
        for file in files:
            digest = found.get(Path(file))
            yield Input(
                InputKind.MODULE,
                InputOrigin.FOUND,
                self.places.input_path(file),
                digest=digest.digest if digest else None,
                size_bytes=digest.size_bytes if digest else None,
            )

    def _listing(self, folder: str, trace: Trace) -> Input:
        made = {os.path.relpath(path, folder).split("/", 1)[0] for path in trace.writes if path.startswith(folder)}
        path = self.places.input_path(folder) if folder != self.places.home else "."
        left_out = "/".join(sorted(made))  # so that whoever compares it later can leave out the same
        return Input(InputKind.LISTING, InputOrigin.FOUND, path, left_out, listing_digest(folder, made))


def cached_digest(places: Places, path: str) -> Digest | None:
    """The digest that the path of a materialised asset entry says; None for any other path."""
    prefix = f"{places.store}/cache/inputs/"
    if not path.startswith(prefix):
        return None
    word = path[len(prefix) :].split("/", 1)[0]
    try:
        return Digest(bytes.fromhex(word)) if len(word) == 64 else None
    except ValueError:
        return None


def _connection(host: str) -> Input:
    return Input(InputKind.URL, InputOrigin.FOUND, f"tcp://{host}")
