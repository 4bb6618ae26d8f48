"""Assets as people hold them: an immutable collection of files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from nbcellar.assets.assetentry import AssetEntry
from nbcellar.assets.display import count_text, size_text, time_text, visible
from nbcellar.assets.selection import Glob, selected
from nbcellar.assets.uses import tell
from nbcellar.errors import NotFoundError, did_you_mean
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.model import JSON, AssetSummary, Entry, Input, Label, LabelKind, Run

if TYPE_CHECKING:
    from nbcellar.assets.comparing.differ import Diff
    from nbcellar.store import Cellar
    from nbcellar.store.packs.manifests import Manifest


@dataclass(frozen=True, slots=True)
class AssetMetadata:
    """The label and the size of an asset, known without opening it.

    Attributes:
        total_count: Entries.
        total_size: Bytes.
    """

    name: str
    total_count: int
    total_size: int


class Asset:
    """An immutable collection of files, with the run that made it.

    Two assets are equal when they hold the same files, whatever they are called and whoever made them.

    Args:
        cellar: Where it is kept.
        run: The run that made it.

    Raises:
        NotFoundError: The run kept no files.
    """

    def __init__(self, cellar: Cellar, run: Run, left_out: tuple[str, ...] = ()) -> None:
        if run.asset is None:
            what = "kept no files"
            if run.expired_ns is not None:
                what = f"has no files any more: they were removed to make room ({time_text(run.expired_ns)})"
            raise NotFoundError(
                f"{run.ref} ({run.status.value}) {what}.",
                hint=f"`nbcellar show {run.ref}` has its result, parameters and inputs.",
            )
        self.cellar = cellar
        self.run = run
        self.summary: AssetSummary = run.asset
        self.left_out = left_out

    @property
    def id(self) -> str:
        """The digest of its files, hexadecimal: its identity."""
        return self.summary.digest.hex()

    @property
    def digest(self) -> str:
        """The same as ``id``."""
        return self.id

    @property
    def name(self) -> str:
        """The series it belongs to; a label, no part of what it is."""
        return self.run.name

    @property
    def ref(self) -> str:
        """``train@4``, or ``other:train@4`` where it is another project's: always means this one."""
        foreign = self.run.project != self.cellar.project
        return f"{self.run.project}:{self.run.ref}" if foreign else self.run.ref

    @property
    def url(self) -> str:
        """``cellar://train@4``, for everything that speaks fsspec."""
        return f"cellar://{self.ref}"

    @property
    def metadata(self) -> AssetMetadata:
        """Name, count and size."""
        return AssetMetadata(self.name, self.summary.entry_count, self.summary.size_bytes)

    @cached_property
    def manifest(self) -> Manifest:
        """The stored list of entries, read in blocks as they are needed."""
        return self.cellar.manifest(self.summary)

    @cached_property
    def entries(self) -> list[AssetEntry]:
        """Every entry, sorted by path; looking at them makes the asset an input of the task that does."""
        tell(self.run)
        return [AssetEntry(self, entry) for entry in self.manifest]

    def __getitem__(self, path: str | os.PathLike[str]) -> AssetEntry:
        """One entry.

        Raises:
            NotFoundError: There is none of this path; it is also a KeyError.
        """
        name = _as_name(path)
        tell(self.run)
        if name not in self.manifest:
            raise self._no_entry(name)
        return AssetEntry(self, self.manifest[name])

    def _no_entry(self, name: bytes) -> NotFoundError:
        folder = name.rstrip(b"/") + b"/"
        if next(self.manifest.starting(folder), None):
            hint = f"It is a folder: use match={visible(folder) + '**'!r}."
        else:
            near = [os.fsdecode(entry.name) for entry in self.manifest.page(limit=1000)]
            hint = did_you_mean(os.fsdecode(name), near) or f"`nbcellar ls {self.ref}` lists its files."
        return NotFoundError(f"{self.ref} has no file {visible(name)!r}.", hint=hint)

    def __contains__(self, path: object) -> bool:
        return isinstance(path, (str, os.PathLike)) and _as_name(path) in self.manifest

    def __len__(self) -> int:
        return self.summary.entry_count

    def __iter__(self) -> Iterator[str]:
        return (entry.path for entry in self.entries)

    def __eq__(self, other: object) -> bool:
        return self.summary.digest == other.summary.digest if isinstance(other, Asset) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.summary.digest)

    def select(self, match: Glob | str | Iterable[str] | None) -> list[AssetEntry]:
        """The entries that a glob means, in order.

        Raises:
            UsageError: The glob cannot be meant.
        """
        tell(self.run)
        return [AssetEntry(self, entry) for entry in selected(self.manifest, Glob.of(match))]

    def restore(
        self,
        match: Glob | str | Iterable[str] | None = None,
        to: str | os.PathLike[str] | None = None,
        *,
        at: str | os.PathLike[str] | None = None,
        overwrite: str = "safe",
        dry_run: bool = False,
    ) -> dict[str, Path]:
        """Put files back: all that are meant, or none.

        Args:
            match: Which; every file where it is left out.
            to: The folder to put them into; the current one where it is left out. ``at`` means the same.
            overwrite: ``safe`` (only what is stored elsewhere too), ``error``, ``keep``, ``replace``, ``backup``.
            dry_run: Only say what would be written.

        Returns:
            Where each entry is now.

        Raises:
            ConflictError: A file is in the way; nothing was written.
            NotFoundError: The glob means no file.
            UnsafeError: A name would leave the folder.
        """
        from nbcellar.assets.restoring import restorer
        from nbcellar.assets.restoring.target import policy_of, target_folder

        tell(self.run)
        what = self._meant(Glob.of(match))
        plan = restorer.plan(self.cellar, what, target_folder(to, at), policy=policy_of(overwrite))
        if dry_run:
            names = (*plan.create, *plan.same, *plan.replace, *plan.backup)
            return {os.fsdecode(name): plan.target / os.fsdecode(name) for name in sorted(names)}
        return {os.fsdecode(name): path for name, path in restorer.execute(self.cellar, plan).items()}

    def _meant(self, glob: Glob) -> AssetSummary | list[Entry]:
        if glob.everything:
            return self.summary
        found = list(selected(self.manifest, glob))
        if not found:
            raise NotFoundError(
                f"No file of {self.ref} matches {glob}.", hint=f"`nbcellar show {self.ref}` lists them."
            )
        return found

    def diff(self, other: Asset | str) -> Diff:
        """What is new, changed, same and gone in the other asset, seen from this one."""
        from nbcellar.assets.comparing.differ import diff_stored

        return diff_stored(self.manifest, asset_of(self.cellar, other).manifest)

    @property
    def params(self) -> Mapping[str, JSON]:
        """The parameters of the run that made it."""
        return self.run.params

    @property
    def inputs(self) -> tuple[Input, ...]:
        """What that run read."""
        return self.run.inputs

    @property
    def used_by(self) -> list[Run]:
        """The runs that read this asset."""
        return self.cellar.used_by(self.run)

    @property
    def result(self) -> JSON:
        """The JSON result of the run that made it."""
        return self.run.result

    @property
    def code(self) -> str:
        """The code of the cell or function that made it."""
        return self.run.code

    def labels(self) -> list[Label]:
        """Its aliases, tags and notes."""
        return self.cellar.labels([self.run.id])

    @property
    def aliases(self) -> list[str]:
        """The aliases that mean it."""
        return [label.key for label in self.labels() if label.kind is LabelKind.ALIAS]

    @property
    def tags(self) -> dict[str, str]:
        """Its tags."""
        return {label.key: label.value for label in self.labels() if label.kind is LabelKind.TAG}

    @property
    def notes(self) -> list[str]:
        """Its notes, oldest first."""
        return [label.value for label in self.labels() if label.kind is LabelKind.NOTE]

    def alias(self, name: str) -> Asset:
        """Let ``train@NAME`` mean it from now on; another one of that alias loses it."""
        self.cellar.label(self.run, LabelKind.ALIAS, name)
        return self

    def tag(self, **tags: str) -> Asset:
        """Set tags."""
        for key, value in tags.items():
            self.cellar.label(self.run, LabelKind.TAG, key, str(value))
        return self

    def note(self, text: str) -> Asset:
        """Add a note."""
        add_note(self.cellar, self.run, text)
        return self

    def delete(self) -> None:
        """Move it to the trash; `nbcellar trash` puts it back."""
        self.cellar.remove(self.run)

    def __repr__(self) -> str:
        count = count_text(self.summary.entry_count, "file")
        return f"<Asset {self.ref} {self.id[:7]}: {count}, {size_text(self.summary.size_bytes)}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, JSON]:
        from nbcellar.assets.assetview import bundle  # here, since few assets are shown

        return bundle(self)


def add_note(cellar: Cellar, run: Run, text: str) -> Label:
    """One more note on a run."""
    from nbcellar.store.objects.ulid import new_ulid

    return cellar.label(run, LabelKind.NOTE, new_ulid(), text)  # a key of its own: labels of one key replace each other


def asset_of(cellar: Cellar, what: Asset | str) -> Asset:
    """The asset that a reference means."""
    return what if isinstance(what, Asset) else Asset(cellar, cellar.find(what))


def _as_name(path: str | os.PathLike[str]) -> bytes:
    return os.fsencode(path).removeprefix(b"./")
