"""``doctor``: whether this machine, this environment and this store are as nbcellar needs them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from nbcellar.assets.display import Table, Tone, count_text, size_text
from nbcellar.errors import NbcellarError
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.autoloading import startup_file
from nbcellar.frontends.commands.command import Command
from nbcellar.frontends.commands.place import here
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON
from nbcellar.settings import explain
from nbcellar.store import Cellar

LEAST_FREE_BYTES = 10**9
PACKAGES = (
    "ipykernel",
    "ipython",
    "ipywidgets",
    "anywidget",
    "papermill",
    "jupyterlab",
    "notebook",
    "fsspec",
    "blake3",
)
NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "9p", "lustre", "ceph"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        fault: What is wrong, and what to do; empty where nothing is.
    """

    what: str
    value: str
    fault: str = ""


@dataclass(frozen=True, repr=False)
class Diagnosis(Answer):
    """Everything that was looked at."""

    verb: ClassVar[str] = "doctor"
    findings: tuple[Finding, ...]
    exit_code: int = 0

    def _facts(self) -> dict[str, JSON]:
        return {"healthy": not self.exit_code, "findings": list(self._items())}

    def _items(self) -> Iterable[JSON]:
        return [{"what": one.what, "value": one.value, "fault": one.fault} for one in self.findings]

    def _blocks(self) -> list[Block]:
        rows = [("!" if one.fault else "✓", one.what, one.value, one.fault) for one in self.findings]
        tones = [Tone.BAD if one.fault else Tone.PLAIN for one in self.findings]
        return [Table(("", "What", "Is", "Fault"), rows, tones=tones)]


def doctor(*, cellar: Cellar | None = None) -> Diagnosis:
    """Look at versions, settings, the store's disk, the lab extension and what was left to rescue."""
    place = here(cellar)
    found = (*_environment(), *_settings(place), *_store(place), *_jupyter())
    return Diagnosis(found, 1 if any(one.fault for one in found) else 0)


def _environment() -> Iterator[Finding]:
    yield Finding("nbcellar", metadata.version("nbcellar"))
    yield Finding("Python", sys.version.split()[0])
    for name in PACKAGES:
        try:
            yield Finding(name, metadata.version(name))
        except metadata.PackageNotFoundError:
            optional = name in ("jupyterlab", "notebook")
            yield Finding(name, "not installed", "" if optional else f"Install it: pip install {name}")


def _settings(cellar: Cellar) -> Iterator[Finding]:
    try:
        changed = [one for one in explain(cellar.home) if one.source != "default"]
    except NbcellarError as error:
        yield Finding("settings", "cannot be read", str(error))
        return
    yield Finding("settings", ", ".join(f"{one.name} from {one.source}" for one in changed) or "all as they come")


def _store(cellar: Cellar) -> Iterator[Finding]:
    yield Finding("store", f"{cellar.address.store_url} ({'there' if cellar.exists else 'not made yet'})")
    place = cellar.own_folder or cellar.folder
    folder = next(path for path in (place, *place.parents) if path.is_dir())
    free = shutil.disk_usage(folder).free
    low = free < LEAST_FREE_BYTES
    yield Finding("free space", size_text(free), "Less than 1 GB: see `nbcellar du`." if low else "")
    kind = file_system(folder)
    network = "Two machines at once may not see each other's locks." if kind in NETWORK else ""
    yield Finding("file system", kind, network)
    writable = os.access(folder, os.W_OK)
    yield Finding("writable", "yes" if writable else "no", "" if writable else f"You may not write to {folder}.")
    left = sorted(path.name for path in (cellar.folder / "rescue").glob("*-[0-9]*")) if cellar.exists else []
    if left:
        yield Finding("to rescue", count_text(len(left), "folder"), f"Look into {cellar.folder / 'rescue'}: {left[0]}")


def _jupyter() -> Iterator[Finding]:
    extension = Path(sys.prefix) / "share" / "jupyter" / "labextensions" / "nbcellar"
    yield Finding("lab extension", str(extension) if extension.exists() else "not in this environment")
    yield Finding("autoload", "on" if startup_file().is_file() else "off")


def file_system(folder: Path) -> str:
    """The type of the file system that a folder lies on; empty where the system does not say."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return ""
    best, kind = "", ""
    for line in mounts.splitlines():
        place, name = line.split(" ")[1:3]
        place = place.encode().decode("unicode_escape")
        if len(place) >= len(best) and folder.is_relative_to(place):
            best, kind = place, name
    return kind


COMMANDS = (
    Command(
        "doctor",
        "Say whether machine, environment and store are as they should be; exit code 1 where not.",
        (("doctor", "versions, settings, disk, lab extension"), ("doctor --json", "to send along with a question")),
        (),
        lambda given: doctor(cellar=given.cellar),
        "cellar.doctor()",
    ),
)
