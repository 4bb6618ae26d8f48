"""Where a body runs: here, as without the marker, or in a fresh folder of its own."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from nbcellar.assets.scanning.ignore import IgnoreRules
from nbcellar.assets.scanning.scanner import Scan, scan
from nbcellar.errors import SourceError, UsageError

MOST_FILES = 50_000
"""A larger folder is not looked through: only what was seen opened, and what the code names, is known of it."""

_turn = threading.RLock()
_holder: list[str] = []


@dataclass(slots=True)
class InPlace:
    """The current folder, or ``--at``: nothing is moved.

    Attributes:
        visited: Folders that the body made current, with their files from before.
    """

    root: Path
    rules: IgnoreRules
    before: Scan
    visited: dict[str, Scan] = field(default_factory=dict)

    @classmethod
    def enter(cls, root: Path, rules: IgnoreRules) -> InPlace:
        """Look at the folder before the body."""
        return cls(root, rules, scan(root, rules, limit=MOST_FILES))

    def visit(self, folder: str) -> None:
        """The body is about to make this its current folder."""
        if folder not in self.visited and not _inside(folder, str(self.root)):
            path = Path(folder)
            with suppress(SourceError, UsageError):  # a folder that may be entered and not read, or a store
                self.visited[folder] = scan(path, IgnoreRules.load(path), limit=MOST_FILES)

    def leave(self) -> None:
        """Nothing to put back: a body's ``chdir`` lasts, as without the marker."""


@dataclass(slots=True)
class Fresh:
    """A new folder, the current one while the body runs; one at a time in a process.

    Attributes:
        links: Absolute paths of linked inputs, and what each is a link to.
        readonly: The links and what they lead to: no body writes these.
        modules: The folder from before, where modules are looked for in the current one; empty where they are not.
    """

    root: Path
    rules: IgnoreRules
    outer: str
    links: dict[str, str]
    before: Scan
    modules: str = ""
    visited: dict[str, Scan] = field(default_factory=dict)

    @classmethod
    def enter(cls, root: Path, inputs: Iterable[tuple[str, str]], label: str, waiting: Callable[[str], None]) -> Fresh:
        """Make the folder, link inputs into it, and make it the current one.

        Args:
            root: A folder that is not there yet.
            inputs: Relative names and what each is a link to.
            label: Which task this is, for others that wait.
            waiting: Told in words when another task holds the turn for more than half a second.
        """
        if not _turn.acquire(timeout=0.5):
            waiting(f"{label} waits: {_holder[-1] if _holder else 'another task'} runs in its fresh folder.")
            _turn.acquire()
        try:
            _holder.append(label)
            links = _link(root, inputs)
            fresh = cls(root, IgnoreRules.load(root), os.getcwd(), links, Scan(root))
            os.chdir(root)
            fresh.find_modules()
        except BaseException:
            _release(label)
            raise
        atexit.register(_remove, root, os.getpid())
        return fresh

    def find_modules(self) -> None:
        """Let modules beside the notebook be found as before: Python looks for them in the current folder."""
        if "" in sys.path and self.outer not in sys.path:
            self.modules = self.outer
            sys.path.insert(sys.path.index("") + 1, self.outer)

    @property
    def readonly(self) -> frozenset[str]:
        """What may not be written."""
        return frozenset(self.links) | frozenset(self.links.values())

    def visit(self, folder: str) -> None:
        """Folders outside of a fresh one are not looked at."""

    def explain(self, error: FileNotFoundError, *, asked: bool) -> None:
        """Add a note to an error about a file that lies in the folder from before.

        Args:
            error: What the body raised.
            asked: Whether the task itself says that it runs in a fresh folder.
        """
        name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
        if name and not os.path.isabs(name) and os.path.exists(os.path.join(self.outer, name)):
            other = "drop `--fresh`" if asked else "let the task run where you are: `--at .`"
            error.add_note(
                f"{name} is beside the notebook; this task runs in a fresh folder. Add `--in {name}`, or {other}"
            )

    def leave(self) -> None:
        """Put the folder from before back."""
        if self.modules and self.modules in sys.path:
            sys.path.remove(self.modules)
        try:
            os.chdir(self.outer)
        finally:
            _release(self.root.name)


Workdir: TypeAlias = InPlace | Fresh


def _release(label: str) -> None:
    if label in _holder:
        _holder.remove(label)
    _turn.release()


def _link(root: Path, inputs: Iterable[tuple[str, str]]) -> dict[str, str]:
    root.mkdir(parents=True)
    links: dict[str, str] = {}
    for name, target in inputs:
        path = os.path.normpath(root / name)
        if not _inside(path, str(root)):
            raise UsageError(f"An input cannot be linked as {name!r}: that leads out of the task's folder.")
        if links.get(path, target) != target:
            raise UsageError(f"Two inputs are called {name!r}.", hint="Give one of them an ALIAS=.")
        if path not in links:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.symlink(target, path)
        links[path] = target
    return links


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _remove(root: Path, pid: int) -> None:
    """Fresh folders stay readable until the process ends; a forked child removes nothing."""
    if os.getpid() == pid:
        shutil.rmtree(root, ignore_errors=True)
