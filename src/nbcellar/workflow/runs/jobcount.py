"""How many steps run at once."""

from __future__ import annotations

from nbcellar.errors import UsageError
from nbcellar.store.objects.processes import cores


def job_count(jobs: int | None) -> int:
    """So many steps at once; one for each core where it is None.

    Raises:
        UsageError: So many cannot run anything.
    """
    if jobs is not None and not (isinstance(jobs, int) and jobs >= 1):
        raise UsageError(f"{jobs!r} jobs cannot run anything.", hint="Use 1 or more.")
    return jobs or cores()
