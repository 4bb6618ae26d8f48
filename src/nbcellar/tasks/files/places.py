"""Where a path lies, as seen from a task: in its folder, in the project, elsewhere, or nowhere that counts."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nbcellar.assets.scanning.ignore import IgnoreRules

_LIBRARIES = frozenset({"site-packages", "dist-packages", "__pycache__"})
ABOVE = b"project/"
"""Files of the project outside of the task's folder are saved below this name."""


@dataclass(frozen=True, slots=True)
class Places:
    """The folders that count.

    Attributes:
        home: The project's folder.
        root: The folder that the task looks at: the current one, ``--at``, or its fresh one.
        store: The local ``.cellar``.
        rules: The ignore rules of the project's folder.
    """

    home: str
    root: str
    store: str
    rules: IgnoreRules

    @classmethod
    def of(cls, home: Path, root: Path, store: Path) -> Places:
        """The places, links in them resolved."""
        home = home.resolve()
        return cls(str(home), str(root.resolve()), str(store.resolve()), IgnoreRules.load(home))

    def in_root(self, path: str) -> bytes | None:
        """The path relative to the task's folder; None where it lies elsewhere."""
        return _below(path, self.root)

    def in_project(self, path: str) -> bytes | None:
        """The path relative to the project; None where it lies elsewhere, or in the store."""
        return None if self.in_store(path) else _below(path, self.home)

    def in_store(self, path: str) -> bool:
        """Whether it is the store's own, and no task's folder."""
        return _below(path, self.store) is not None and self.in_root(path) is None

    def asset_name(self, path: str) -> bytes | None:
        """The name under which a written file is saved; None where it is not saved."""
        inside = self.in_root(path)
        if inside is not None:
            return inside
        above = self.in_project(path)
        return None if above is None or self.ignored(above) else ABOVE + above

    def ignored(self, name: bytes) -> bool:
        """Whether the project's rules leave this name out, or a folder that it is in."""
        if self.rules.ignores(name, folder=False):
            return True
        at = name.find(b"/")
        while at > 0:
            if self.rules.ignores(name[:at], folder=True):
                return True
            at = name.find(b"/", at + 1)
        return False

    def input_path(self, path: str) -> str:
        """How an input is written down: relative to the project inside of it, else absolute."""
        inside = self.in_project(path)
        return path if inside is None else os.fsdecode(inside)

    def counts_as_input(self, path: str) -> bool:
        """Whether a file that was read is an input: not a library's, not temporary, not the system's."""
        inside = self.in_project(path)
        if inside is not None:
            return not self.ignored(inside)
        return not self.in_store(path) and not path.startswith(_machinery(temporary=True))

    def counts_as_output(self, path: str) -> bool:
        """Whether a file written outside of the project is worth a word: no library's, device's or cache's."""
        return not path.startswith(_machinery(temporary=False)) and not _LIBRARIES.intersection(path.split("/"))

    def root_rules(self, exclude: Iterable[str], settings: Iterable[str] = ()) -> IgnoreRules:
        """The rules for the task's folder, with further lines."""
        return IgnoreRules.load(Path(self.root), (*settings, *exclude))


def _below(path: str, folder: str) -> bytes | None:
    if not path.startswith(folder):
        return None
    rest = path[len(folder) :]
    if folder != "/" and not rest.startswith("/"):
        return None
    name = os.fsencode(rest.strip("/"))
    return name or None


@cache
def _machinery(*, temporary: bool) -> tuple[str, ...]:
    """Folders of the interpreter, of libraries, of settings, of caches and, where asked for, of temporary files."""
    home = os.path.expanduser("~")
    own = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.pycache_prefix or ""}
    own |= {os.environ.get(name, "") for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR", "IPYTHONDIR")}
    own |= {tempfile.gettempdir(), os.path.realpath(tempfile.gettempdir())} if temporary else set()
    own |= {path for path in sys.path if path.endswith(("site-packages", "dist-packages"))}
    own |= {os.path.join(home, name) for name in (".cache", ".config", ".ipython", ".jupyter", ".local", ".matplotlib")}
    system = ("/proc", "/sys", "/dev", "/etc", "/usr", "/lib", "/run", "/var/lib", "/var/cache")
    return tuple(sorted(f"{folder.rstrip('/')}/" for folder in {*own, *system} if folder and folder != "/"))
