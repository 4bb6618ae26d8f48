"""Plans a restore: refuses what could do harm, looks at the target, and decides for every entry."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from nbcellar.assets.restoring.holding import holds_executable_bits, refuse_unholdable
from nbcellar.assets.restoring.plan import WRITES, Action, Plan, Planned, Policy, Present
from nbcellar.assets.scanning.columns import Scan, Skipped, SkipReason, printable
from nbcellar.assets.scanning.digests import hash_row
from nbcellar.assets.scanning.folders import Folders
from nbcellar.assets.scanning.names import names_fault
from nbcellar.assets.scanning.scanner import scan_files
from nbcellar.assets.scanning.statcache import StatCache
from nbcellar.errors import NotFoundError, StorageError, UnsafeError, UsageError
from nbcellar.lightclasses import dataclass, replace
from nbcellar.lighttypes import assert_never
from nbcellar.model import AssetSummary, Digest, Entry, Kind
from nbcellar.store import Cellar
from nbcellar.store.packs.pack import CHUNK_BYTES

NOTHING_RESTORED = "Nothing was restored; the target is as it was."

_LONGEST_LINK = 4095


def plan(
    cellar: Cellar,
    what: AssetSummary | Iterable[Entry],
    target: Path,
    *,
    policy: Policy = Policy.SAFE,
    match: Callable[[bytes], bool] | None = None,
) -> Plan:
    """Decide what a restore into ``target`` would do; nothing stays written.

    Args:
        what: An asset, or entries of assets under names of your choice.
        target: A folder, which need not exist; the path to it may contain links, what is below it may not.
        match: Which names; None for all. What is left out is checked nevertheless.

    Raises:
        UnsafeError: A name, size or link could do harm, here or in the target.
        UsageError: The target is no folder.
        StorageError: The target cannot be read, or its file system cannot hold a name.
        CorruptDataError: The manifest or a link cannot be read.
    """
    entries = list(cellar.manifest(what) if isinstance(what, AssetSummary) else what)
    refuse_hostile(entries)
    chosen = entries if match is None else [entry for entry in entries if match(entry.name)]
    chosen.sort(key=_name_of)
    target = Path(os.path.realpath(target))
    _refuse_store(cellar, target)
    links = read_links(cellar, chosen)
    look = _look(cellar, target, chosen)
    with contextlib.closing(_Planner(policy, look, links)) as planner:
        decided = [planner.decide(entry) for entry in chosen]
    planned = tuple(_settle(cellar, decided))
    refuse_unholdable(target, [item.entry for item in planned if item.action in WRITES])
    return Plan(target, policy, planned, links)


@dataclass(frozen=True, slots=True)
class _Look:
    """What stands in the target now, at the names of the entries."""

    target: Path
    scan: Scan
    digests: Sequence[Digest | None]
    odd: Mapping[bytes, Skipped]


class _Planner:
    """Decides entry by entry. Close it."""

    def __init__(self, policy: Policy, look: _Look, links: Mapping[Digest, bytes]) -> None:
        self._policy = policy
        self._look = look
        self._links = links
        self._nothing_there = not look.scan.names and not look.odd
        self._folders: Folders | None = None
        self._holds_bits: bool | None = None

    def close(self) -> None:
        if self._folders is not None:
            self._folders.close()

    def decide(self, entry: Entry) -> Planned:
        if entry.kind is Kind.LINK and (why := link_fault(entry.name, self._links[entry.digest])):
            return Planned(entry, Action.UNSAFE, why=why)
        if self._nothing_there:
            return Planned(entry, Action.CREATE)
        if (odd := self._look.odd.get(entry.name)) is not None:
            return self._obstacle(entry, odd.detail)
        row = self._look.scan.row(entry.name)
        if row < 0:
            return Planned(entry, Action.CREATE)
        return self._against(entry, row)

    def _obstacle(self, entry: Entry, why: str) -> Planned:
        action = Action.KEEP if self._policy is Policy.KEEP else Action.CONFLICT
        return Planned(entry, action, why=why)

    def _against(self, entry: Entry, row: int) -> Planned:
        scan = self._look.scan
        mode = scan.modes[row]
        if stat.S_ISDIR(mode):
            if entry.kind is Kind.FOLDER:
                return Planned(entry, Action.SAME)
            return self._obstacle(entry, "a folder is in its place")
        if entry.kind is Kind.FOLDER:
            return self._obstacle(entry, "a file is in its place")
        present = Present(scan.sizes[row], scan.mtimes[row], scan.ctimes[row], scan.inodes[row])
        digest = self._digest(entry, row)
        kind = Kind.LINK if stat.S_ISLNK(mode) else Kind.FILE
        executable = kind is Kind.FILE and bool(mode & stat.S_IXUSR)
        same = digest == entry.digest and kind is entry.kind
        if same and (executable == entry.executable or not self._holds_executable_bits()):
            return Planned(entry, Action.SAME, present)
        return self._differing(entry, present, digest)

    def _holds_executable_bits(self) -> bool:
        """Asked only where a bit is other than it should be."""
        if self._holds_bits is None:
            self._holds_bits = holds_executable_bits(self._look.target)
        return self._holds_bits

    def _digest(self, entry: Entry, row: int) -> Digest | None:
        known = self._look.digests[row]
        if known is not None or (self._policy is not Policy.SAFE and self._look.scan.sizes[row] != entry.size_bytes):
            return known
        if self._folders is None:
            self._folders = Folders(self._look.target)
        return hash_row(self._folders, self._look.scan, row)

    def _differing(self, entry: Entry, present: Present, digest: Digest | None) -> Planned:
        match self._policy:
            case Policy.SAFE:
                # Whether it is stored is asked for all of them at once, in _settle.
                return Planned(entry, Action.CONFLICT, present, "it differs and is in no asset", digest)
            case Policy.ERROR:
                return Planned(entry, Action.CONFLICT, present, "it differs")
            case Policy.KEEP:
                return Planned(entry, Action.KEEP, present)
            case Policy.REPLACE:
                return Planned(entry, Action.REPLACE, present)
            case Policy.BACKUP:
                return Planned(entry, Action.BACKUP, present)
            case _:
                assert_never(self._policy)


def _settle(cellar: Cellar, planned: Sequence[Planned]) -> Iterable[Planned]:
    asked = {item.stored for item in planned if item.stored is not None}
    stored = cellar.find_content(asked) if asked else {}
    for item in planned:
        if item.stored is None:
            yield item
        elif stored.get(item.stored):
            yield replace(item, action=Action.REPLACE, why="")
        else:
            yield replace(item, stored=None)


def _look(cellar: Cellar, target: Path, entries: Sequence[Entry]) -> _Look:
    try:
        # A folder that is there and empty needs no look at every name.
        scan = scan_files(target, [entry.name for entry in entries] if os.listdir(target) else [])
    except (FileNotFoundError, NotFoundError):
        return _Look(target, Scan(target), [], {})
    except NotADirectoryError as error:
        raise UsageError(f"{target} is not a folder.", saved=NOTHING_RESTORED) from error
    except PermissionError as error:
        raise StorageError(f"{target} cannot be read: {error.strerror}.", saved=NOTHING_RESTORED) from error
    odd = {skip.name: skip for skip in scan.skipped if skip.reason is not SkipReason.VANISHED}
    for skip in odd.values():
        if skip.reason is SkipReason.UNREADABLE:
            _refuse_links_on_the_way(target, skip.name)
    return _Look(target, scan, _recall(cellar, scan), odd)


def _recall(cellar: Cellar, scan: Scan) -> Sequence[Digest | None]:
    """The digests that are known of the rows: of saves of the target, and of saves of a folder that holds all of them.

    ``save data`` remembers what lies in ``data`` under names that do not begin with ``data/``.
    """
    cache = cellar.folder / "cache"
    digests = StatCache(cache, scan.root).recall(scan).digests
    end = 0
    while None in digests and (end := scan.names[0].find(b"/", end) + 1):
        above = scan.names[0][:end]
        if not scan.names[-1].startswith(above):  # they are sorted: then all between the two do
            break
        names = [name[end:] for name in scan.names]
        there = replace(scan, root=scan.root / os.fsdecode(above), names=names)
        found = StatCache(cache, there.root).recall(there).digests
        digests = [one or other for one, other in zip(digests, found, strict=True)]
    return digests


def _refuse_links_on_the_way(target: Path, name: bytes) -> None:
    """A file where a folder must be is a conflict; a link there could lead anywhere, so it is refused."""
    with Folders(target) as folders:
        parent, _, base = name.partition(b"/")
        done = b""
        while base:
            try:
                seen = os.stat(parent, dir_fd=folders.open(done), follow_symlinks=False)
            except OSError:
                return
            done = done + b"/" + parent if done else parent
            if stat.S_ISLNK(seen.st_mode):
                raise UnsafeError(
                    f"{printable(done)!r} in {target} is a link, and {printable(name)!r} would be written through it.",
                    saved=NOTHING_RESTORED,
                    hint="Remove the link, or restore to another folder.",
                )
            parent, _, base = base.partition(b"/")


def _refuse_store(cellar: Cellar, target: Path) -> None:
    if cellar.part_of(target) not in (None, "work"):  # where tasks have their fresh folders
        raise UnsafeError(
            f"{target} is inside the store.", saved=NOTHING_RESTORED, hint="Restore to a folder of your own."
        )


def refuse_hostile(entries: Sequence[Entry]) -> None:
    """Refuse entries whose names or sizes could do harm.

    Raises:
        UnsafeError: One could.
    """
    fault = names_fault(entries) or next((fault for entry in entries if (fault := _content_fault(entry))), "")
    if fault:
        raise UnsafeError(
            f"This asset cannot be restored safely. {fault}",
            saved=NOTHING_RESTORED,
            hint="It was not made by nbcellar, or is damaged: run `nbcellar check`.",
        )


def _content_fault(entry: Entry) -> str:
    if (
        entry.kind is Kind.FILE
        and 0 <= entry.size_bytes <= CHUNK_BYTES
        and not entry.chunks
        and len(entry.digest) == 32
    ):
        return ""  # nearly every one
    name = printable(entry.name)
    if entry.size_bytes < 0 or len(entry.digest) != 32:
        return f"{name!r} has no sound size and digest."
    chunks = len(entry.chunks)
    if chunks and (entry.kind is not Kind.FILE or chunks != -(-entry.size_bytes // CHUNK_BYTES)):
        return f"{name!r} has {chunks} chunks, which is not its size."
    if not chunks and entry.size_bytes > CHUNK_BYTES:
        return f"{name!r} has no chunks, though it is large."
    if entry.kind is Kind.LINK and not 0 < entry.size_bytes <= _LONGEST_LINK:
        return f"{name!r} is a link with a target of {entry.size_bytes} bytes."
    return ""


def read_links(cellar: Cellar, entries: Sequence[Entry]) -> dict[Digest, bytes]:
    """What the links among the entries point to."""
    return dict(cellar.read_many({entry.digest for entry in entries if entry.kind is Kind.LINK}))


def link_fault(name: bytes, link: bytes) -> str:
    """Why a link of this name may lead out of the target; empty where it cannot.

    Only leading ``..`` are followed in the real folders above the link; one behind another segment could step
    up from wherever a second link leads.
    """
    segments = link.split(b"/")
    if b"\0" in link:
        return "a link to nowhere"
    if link.startswith(b"/"):
        return "a link to an absolute path"
    ups = 0
    while ups < len(segments) and segments[ups] in (b"..", b"."):
        ups += 1
    if b".." in segments[ups:]:
        return "a link whose path steps back"
    return "a link that leads out of the target" if segments[:ups].count(b"..") > name.count(b"/") else ""


def _name_of(entry: Entry) -> bytes:
    return entry.name
