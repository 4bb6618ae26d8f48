"""Gathers what is going to be one asset: folders, files, other assets and parts of them, in every mixture."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from nbcellar.assets.asset import Asset
from nbcellar.assets.assetentry import AssetEntry
from nbcellar.assets.display import visible
from nbcellar.assets.scanning.givenpath import nameless
from nbcellar.assets.scanning.names import name_fault
from nbcellar.assets.selection import Glob
from nbcellar.assets.uses import enclosing_run, tell
from nbcellar.errors import NOTHING_SAVED, NotFoundError, SourceError, StorageError, UsageError, did_you_mean
from nbcellar.lightclasses import dataclass, field, replace
from nbcellar.lighttypes import TYPE_CHECKING, Literal, TypeAlias
from nbcellar.model import Entry, Input, InputKind, InputOrigin, Run, RunKind, RunStatus
from nbcellar.reference import Ref

if TYPE_CHECKING:
    from nbcellar.assets.progress import Listener
    from nbcellar.assets.saving.archiver import Saved, Source, Tree
    from nbcellar.store import Cellar

One: TypeAlias = "str | os.PathLike[str] | Asset | AssetEntry"
Entries: TypeAlias = "One | Iterable[One] | Mapping[str, One] | None"
Missing: TypeAlias = Literal["error", "skip"]


@dataclass(slots=True)
class Gathering:
    """What is going to be one asset, as it is gathered.

    Attributes:
        base: Where relative paths start.
        sources: What the archiver takes, in order; of two with one path the later counts.
        inputs: The assets that parts come from.
        count: How many entries the sources have.
    """

    cellar: Cellar
    base: Path
    glob: Glob
    missing: Missing = "error"
    include_secrets: bool = False
    skip_unreadable: bool = False
    sources: list[Source | Tree] = field(default_factory=list)
    inputs: dict[str, Input] = field(default_factory=dict)
    count: int = 0

    def __post_init__(self) -> None:
        if self.missing not in ("error", "skip"):
            hint = did_you_mean(str(self.missing), ("error", "skip")) or "Say error or skip."
            raise UsageError(f"missing={self.missing!r} is not known.", saved=NOTHING_SAVED, hint=hint)

    def add_all(self, entries: Entries) -> None:
        """Take what ``asset`` was given."""
        match entries:
            case None:
                self._refuse_store(self.base)
                self._add_folder(self.base, b"")
            case str() | os.PathLike() | Asset():
                self._add_one(entries)
            case Mapping():
                for path, what in entries.items():
                    self._add_at(path, what)
            case Iterable() if not isinstance(entries, bytes):
                for one in entries:
                    self._add_one(one)
            case _:
                raise _strange(entries)

    def _add_one(self, what: One) -> None:
        match what:
            case Asset():
                self._add_asset(what, b"")
            case AssetEntry():
                self._add_entry(what, what.entry.name)
            case str() if what.startswith("cellar:"):
                self._add_reference(what, None)
            case str() | os.PathLike():
                path = self._found(self.base / what, what)
                if path:
                    self._add_path(path, inside(path, self.base))
            case _:
                raise _strange(what)

    def _add_at(self, key: str, what: One) -> None:
        """Put something under a path of the asset; relative paths start from the current folder here."""
        name = self._checked_key(key)
        match what:
            case Asset():
                self._add_asset(what, name)
            case AssetEntry():
                self._add_entry(what, name)
            case str() if what.startswith("cellar:"):
                self._add_reference(what, name)
            case str() | os.PathLike():
                path = self._found(Path.cwd() / what, what)
                if path:
                    self._add_path(path, name)
            case _:
                raise _strange(what)

    def _checked_key(self, key: str) -> bytes:
        if not isinstance(key, str):
            raise _strange(key)
        name = os.fsencode(key).rstrip(b"/")
        if name in (b"", b".") and not key.startswith("/"):
            return b""
        if fault := name_fault(name) or ("an absolute path" if key.startswith("/") else ""):
            raise UsageError(f"An asset cannot hold {fault}: {visible(key)!r}.", saved=NOTHING_SAVED)
        return name

    def _add_reference(self, text: str, name: bytes | None) -> None:
        ref = Ref.parse(text)
        found = Asset(self.cellar, self.cellar.find(replace(ref, path="")))
        if not ref.path:
            self._add_asset(found, name or b"")
        elif ref.path in found:
            entry = found[ref.path]
            self._add_entry(entry, entry.entry.name if name is None else name)
        else:
            for entry in found.select(Glob.at(ref.path)) or [found[ref.path]]:
                self._add_entry(entry, b"/".join(part for part in (name, entry.entry.name) if part))

    def _found(self, path: Path, as_given: str | os.PathLike[str]) -> Path | None:
        if not os.fspath(as_given):
            raise nameless(NOTHING_SAVED)
        path = Path(os.path.abspath(path))
        if path.exists():
            return path
        if self.missing == "skip":
            return None
        text = os.fspath(as_given)
        hint = did_you_mean(path.name, _names_in(path.parent))
        if path.is_symlink():
            hint = "It is a link to something that is not there."
        elif "://" in text:
            hint = "Only files of this machine are taken; an asset is 'cellar:NAME'."
        elif any(sign in text for sign in "*?[{"):
            hint = f"For a pattern use match={text!r}."
        raise NotFoundError(
            f"There is no file '{visible(text)}' in {visible(str(self.base))}.", saved=NOTHING_SAVED, hint=hint
        )

    def _refuse_store(self, path: Path) -> None:
        if self.cellar.part_of(path) not in (None, "work", "rescue"):
            raise UsageError(
                f"{visible(str(path))} belongs to the store.", saved=NOTHING_SAVED, hint="Copy a store with `backup`."
            )

    def _add_path(self, path: Path, name: bytes) -> None:
        self._refuse_store(path)
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            self._add_folder(path, name)
        elif stat.S_ISREG(mode):
            from nbcellar.assets.saving.archiver import Source

            if not name:
                raise UsageError(f"{visible(str(path))} needs a path in the asset.", saved=NOTHING_SAVED)
            if self.glob.matches(name):
                # A file that is named through a link is meant, not the link.
                self.sources.append(Source(name, path.resolve() if path.is_symlink() else path))
                self.count += 1
        else:
            raise SourceError(f"{visible(str(path))} is no file and no folder.", saved=NOTHING_SAVED)

    def _add_folder(self, folder: Path, name: bytes) -> None:
        from nbcellar.assets.saving.archiver import Tree
        from nbcellar.assets.scanning.ignore import IgnoreRules
        from nbcellar.assets.scanning.scanner import scan

        rules = IgnoreRules.load(folder, self.cellar.settings.ignore, include_secrets=self.include_secrets)
        found = scan(folder, rules)
        rows = None
        prefix = name + b"/" if name else b""
        if not self.glob.everything:
            rows = [row for row, entry in enumerate(found.names) if self.glob.matches(prefix + entry)]
        skipped = [replace(one, name=prefix + one.name) for one in found.skipped]
        self.sources.append(Tree(found, rows, name, tuple(one for one in skipped if self.glob.matches(one.name))))
        self.count += len(found.names) if rows is None else len(rows)

    def _add_asset(self, what: Asset, name: bytes) -> None:
        prefix = name + b"/" if name else b""
        for entry in what.manifest:
            self._add_stored(what, entry, prefix + entry.name)

    def _add_entry(self, what: AssetEntry, name: bytes) -> None:
        if not name:
            raise UsageError(f"{what!r} needs a path in the asset.", saved=NOTHING_SAVED)
        self._add_stored(what.asset, what.entry, name)

    def _add_stored(self, whose: Asset, entry: Entry, name: bytes) -> None:
        from nbcellar.assets.saving.archiver import Source

        if whose.cellar.address != self.cellar.address:
            raise UsageError(f"{whose.ref} is kept in another store.", saved=NOTHING_SAVED, hint="Restore it first.")
        if self.glob.matches(name):
            self.sources.append(Source(name, entry=replace(entry, name=name)))
            self.count += 1
            if whose.run.id not in self.inputs:
                tell(whose.run)
                read = (whose.ref, "", whose.summary.digest, whose.summary.size_bytes, whose.run.id)
                self.inputs[whose.run.id] = Input(InputKind.ASSET, InputOrigin.DECLARED, *read)

    def keep(self, name: str, progress: Listener | None = None) -> tuple[Run, Saved]:
        """Store it as the next version of a series.

        Raises:
            NotFoundError: There is nothing to keep.
            SourceError: A file cannot be read, or keeps changing.
            StorageError: The store cannot be written.
        """
        from nbcellar.assets.saving.archiver import archive
        from nbcellar.assets.saving.origin import origin

        if not self.count:
            what = "No file" if self.glob.everything else f"No file that matches {self.glob}"
            raise NotFoundError(f"{what} was found in {visible(str(self.base))}.", saved=NOTHING_SAVED)
        parent = enclosing_run.get() or os.environ.get("NBCELLAR_RUN") or None
        run = self.cellar.open_run(RunKind.SAVE, name, parent=parent, origin=origin(self.base))
        run = replace(run, inputs=tuple(self.inputs.values()))
        try:
            return archive(self.cellar, run, self.sources, skip_unreadable=self.skip_unreadable, progress=progress)
        except BaseException as error:
            self._close(run, error)
            raise

    def _close(self, run: Run, error: BaseException) -> None:
        """Let the run not stay open: its number is taken, and a listing says what became of it."""
        status = RunStatus.INTERRUPTED if isinstance(error, KeyboardInterrupt) else RunStatus.FAILED
        closed = replace(run, status=status, error=f"{type(error).__name__}: {error}", ended_ns=time.time_ns())
        # Where even that cannot be written, the run is found abandoned later; the first error is what matters.
        with contextlib.suppress(StorageError):
            self.cellar.publish(closed)


def inside(path: Path, base: Path) -> bytes:
    """The path from the base as an entry's name; the bare name where it lies outside; empty for the base itself."""
    for start, end in ((base, path), (base.resolve(), path.parent.resolve() / path.name)):
        if end.is_relative_to(start):
            name = os.fsencode(end.relative_to(start))
            return b"" if name == b"." else name
    return os.fsencode(path.name)


def _names_in(folder: Path) -> list[str]:
    return os.listdir(folder) if folder.is_dir() else []


def _strange(what: object) -> UsageError:
    return UsageError(
        f"An asset cannot be made of {type(what).__name__} {what!r:.80}.",
        saved=NOTHING_SAVED,
        hint="Give paths, assets, entries of assets, or a dict from paths to these.",
    )
