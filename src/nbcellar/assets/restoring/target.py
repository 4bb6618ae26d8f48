"""Where a restore goes, and what it may do to what is there: from what somebody wrote."""

from __future__ import annotations

import os
from pathlib import Path

from nbcellar.assets.restoring.plan import Policy
from nbcellar.assets.scanning.givenpath import of_this_machine
from nbcellar.errors import UsageError, did_you_mean
from nbcellar.store.objects.address import at_home


def target_folder(to: str | os.PathLike[str] | None, at: str | os.PathLike[str] | None) -> Path:
    """The folder that ``to=`` or ``at=`` means; the current one for neither.

    Raises:
        UsageError: They differ, are empty, or mean a URL.
    """
    if to is not None and at is not None and Path(to) != Path(at):
        raise UsageError(f"to={os.fspath(to)!r} and at={os.fspath(at)!r} mean the same and differ.", hint="Give one.")
    chosen = to if to is not None else at
    if chosen is None:
        return Path.cwd()
    return at_home(Path(of_this_machine(chosen, "Nothing was restored.")), "Nothing was restored.")


def policy_of(overwrite: str) -> Policy:
    """The policy of this name.

    Raises:
        UsageError: There is none.
    """
    if overwrite not in list(Policy):
        names = [policy.value for policy in Policy]
        raise UsageError(
            f"overwrite={overwrite!r} is no policy.", hint=did_you_mean(overwrite, names) or f"Use {', '.join(names)}."
        )
    return Policy(overwrite)
