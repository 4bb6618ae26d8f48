"""What a collection took, or would take."""

from __future__ import annotations

from nbcellar.lightclasses import dataclass
from nbcellar.model import Run


@dataclass(frozen=True, slots=True)
class GcReport:
    """What a collection took, or would take.

    Attributes:
        deleted: Runs that were in the trash for too long; they are forgotten.
        expired: Runs that lost their files and stay known.
        pack_count: Packs that went.
        rewritten_count: Packs that went because what was needed of them was moved to new ones.
        freed_bytes: What the store is smaller by.
        kept_bytes: What its packs hold afterwards.
        debris_count: Objects and temporary files that nothing had a row for.
        damaged: Packs that were left alone because they cannot be read.
        unmoved_count: Packs that were left alone because there is no room for a copy of what is needed of them.
    """

    dry_run: bool
    deleted: tuple[Run, ...]
    expired: tuple[Run, ...]
    pack_count: int
    rewritten_count: int
    freed_bytes: int
    kept_bytes: int
    debris_count: int
    debris_bytes: int
    damaged: tuple[str, ...] = ()
    unmoved_count: int = 0

    @property
    def frees_most(self) -> bool:
        """Whether more than half of all packs' bytes go."""
        return self.freed_bytes - self.debris_bytes > self.kept_bytes
