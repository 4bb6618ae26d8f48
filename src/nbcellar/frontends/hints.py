"""Hints on errors of any cell: which asset holds a missing file, why a name was left out; ours without our frames."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nbcellar.assets.asset import Asset
from nbcellar.errors import NbcellarError
from nbcellar.frontends.tracebacks import trimmed, without_ours
from nbcellar.model import Run
from nbcellar.store import Cellar, RunQuery
from nbcellar.store import current as current_cellar

if TYPE_CHECKING:
    from types import TracebackType

    from IPython.core.interactiveshell import InteractiveShell

MOST_RUNS = 50
LONGEST_NAME = 1024


EXPLAINED = (FileNotFoundError, NameError, NbcellarError)
LeftOut = Mapping[str, str]


def install(shell: InteractiveShell, left_out: LeftOut) -> None:
    """Add hints to the errors that cells end with, unless the user has a handler of their own.

    Args:
        left_out: Names that a cache hit did not bind, with the name of the task.
    """

    def show(
        shell: InteractiveShell,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
        tb_offset: int | None = None,
    ) -> None:
        """Show the traceback as the shell would have, with the hint; `%tb` and `%debug` have all of it."""
        if isinstance(error, NameError):
            _explain_name(error, left_out)
        elif isinstance(error, FileNotFoundError):
            add_hint(error, shell.user_ns)
        short = trimmed(trace) if isinstance(error, NbcellarError) else trace
        with without_ours(error):
            shell.showtraceback((kind, error, short), tb_offset=tb_offset, running_compiled_code=True)
        sys.last_traceback = trace

    if not shell.custom_exceptions:
        shell.set_custom_exc(EXPLAINED, show)  # type: ignore[no-untyped-call]


def remove(shell: InteractiveShell) -> None:
    """No hints from now on."""
    if shell.custom_exceptions == EXPLAINED:
        shell.set_custom_exc((), None)  # type: ignore[no-untyped-call]


def _explain_name(error: NameError, left_out: LeftOut) -> None:
    task = left_out.get(error.name or "")
    if task:
        error.add_note(
            f"{error.name} was left out when {task} was taken from the cache (by --files-only or --vars, or since it "
            "was closed by then). Add it to --vars, or run the cell with --force"
        )


def add_hint(error: FileNotFoundError, namespace: Mapping[str, object]) -> None:
    """A note on the exception, where something is known."""
    name = _missing(error)
    if not name or isinstance(error, NbcellarError) or getattr(error, "__notes__", None):
        return
    try:
        cellar = current_cellar()
        found = _holder(cellar, name) if cellar.exists else None
    except NbcellarError:  # a store that cannot be read must not hide the user's own error
        return
    if found is not None:
        run, path = found
        error.add_note(f"{name} is in {run.ref}: {_variable(run, namespace)}[{path!r}]")


def _missing(error: FileNotFoundError) -> str:
    if isinstance(error.filename, str | bytes):
        return os.fsdecode(error.filename)
    text = error.args[0] if error.args and isinstance(error.args[0], str) else ""
    quoted = re.search(r"'([^'\n]+)'", text)  # Arrow and others say it in words alone
    if quoted:
        return quoted[1]
    return text if len(text) <= LONGEST_NAME and "\n" not in text else ""  # some raise it with the path alone


def _holder(cellar: Cellar, name: str) -> tuple[Run, str] | None:
    """The newest run whose asset has a file that is called so."""
    wanted = _names(name, cellar.home)
    for run in cellar.runs(RunQuery(with_asset=True, limit=MOST_RUNS)):
        if run.asset is None:
            continue
        manifest = cellar.manifest(run.asset)
        held = next((candidate for candidate in wanted if candidate in manifest), None)
        if held is not None:
            return run, os.fsdecode(held)
    return None


def _variable(run: Run, namespace: Mapping[str, object]) -> str:
    """How to reach the asset: the variable that it is bound to, or its reference."""
    for name, value in namespace.items():
        if not name.startswith("_") and isinstance(value, Asset) and value.run.id == run.id:
            return name
    return f"cellar[{run.ref!r}]"


def _names(name: str, home: Path) -> list[bytes]:
    """How assets may call the file: relative to the folder of the cell, or to the project."""
    relative = os.path.normpath(name)
    found = [] if relative.startswith(("..", "/")) else [relative]
    path = os.path.abspath(name)
    if path.startswith(f"{home}/"):
        found.append(f"project/{os.path.relpath(path, home)}")
        found.append(os.path.relpath(path, home))
    return [os.fsencode(one) for one in dict.fromkeys(found)]
