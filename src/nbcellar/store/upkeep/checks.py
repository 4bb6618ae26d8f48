"""What a check looks at and what it finds."""

from __future__ import annotations

from enum import StrEnum

from nbcellar.lightclasses import dataclass
from nbcellar.model import Digest, Run


class CheckLevel(StrEnum):
    """How closely a check looks; each level does everything of those before."""

    QUICK = "quick"  # the catalogue's own consistency, and that every object is there in its size
    DEFAULT = "default"  # journal, indexes and manifests read and compared with their digests
    READ_DATA = "read_data"  # every blob read and compared with its digest


class DamageKind(StrEnum):
    """What is wrong with an object."""

    MISSING = "missing"
    SIZE = "size"  # longer or shorter than it was written
    CONTENT = "content"  # not what its digest says
    UNREADABLE = "unreadable"  # the disk or the server refuses
    ROWS = "rows"  # the catalogue contradicts itself, the journal or an index


@dataclass(frozen=True, slots=True)
class Need:
    """A file that needs a damaged object; of the asset as a whole where ``name`` is None."""

    run: Run
    name: bytes | None


@dataclass(frozen=True, slots=True)
class Damage:
    """One damaged object.

    Attributes:
        object: Its key in the store, or ``catalogue``.
        blobs: The blobs in it that cannot be given out.
        needs: Every file of every asset that needs one of them, the trash included.
        advice: What to do.
    """

    object: str
    kind: DamageKind
    what: str
    blobs: tuple[Digest, ...] = ()
    needs: tuple[Need, ...] = ()
    advice: str = ""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check has found.

    Attributes:
        damages: Every damaged object; none for a sound store.
        debris_count: Objects without a row, which ``gc`` removes; no damage.
        resume: Where a check that was cut short goes on; empty when it is complete.
    """

    level: CheckLevel
    damages: tuple[Damage, ...]
    asset_count: int
    event_count: int
    pack_count: int
    blob_count: int
    read_bytes: int
    debris_count: int
    resume: str = ""

    @property
    def sound(self) -> bool:
        """Whether nothing is damaged."""
        return not self.damages


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What ``repair catalogue`` has done.

    Attributes:
        unreadable: Journal events and indexes that are damaged, and were left out.
        incomplete: Runs whose manifest is in no pack, and were left out.
        moved: Where the damaged catalogue lies now; empty where there was none.
    """

    event_count: int
    run_count: int
    pack_count: int
    blob_count: int
    unreadable: tuple[str, ...]
    incomplete: tuple[str, ...]
    moved: str = ""


@dataclass(frozen=True, slots=True)
class PackRepair:
    """What ``repair packs`` has done, or would do.

    Attributes:
        set_aside: Where damaged packs and indexes lie now; their old keys in a dry run.
        saved_count: Blobs of damaged packs that are whole, and have moved into new packs.
        lost: Blobs that are gone until the same content is saved again.
        needs: Every file that needs a lost blob.
    """

    dry_run: bool
    set_aside: tuple[str, ...]
    indexes: tuple[str, ...]
    saved_count: int
    lost: tuple[Digest, ...]
    needs: tuple[Need, ...]
