"""Where a run comes from: Python, notebook, packages and git commit, in about a millisecond.

No process is started and nothing is imported for it: what an interpreter does not know by now was not used.
Command lines and the environment are never recorded: they may hold secrets.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from nbcellar.assets.saving.repository import git_state
from nbcellar.model import JSON
from nbcellar.standins import StandIn


def origin(folder: Path | None = None) -> dict[str, JSON]:
    """The origin of a run that starts now.

    Args:
        folder: Whose git repository is meant; the current folder where it is left out.

    Returns:
        ``python``, ``platform``, ``packages`` (imported ones, name to version), and where there is one, ``notebook``,
        ``kernel`` and ``git`` (``commit``, ``branch``, ``dirty``). Host and process are added by the store.
    """
    found: dict[str, JSON] = {
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        "platform": f"{sys.platform}-{os.uname().machine}",
        "packages": dict(packages()),
    }
    notebook = os.environ.get("NBCELLAR_NOTEBOOK") or os.environ.get("JPY_SESSION_NAME")
    if notebook:
        found["notebook"] = notebook
    if "ipykernel" in sys.modules:
        found["kernel"] = f"ipykernel {packages().get('ipykernel', '')}".rstrip()
    state = git_state(folder or Path.cwd())
    if state:
        found["git"] = {"commit": state.commit, "branch": state.branch, "dirty": state.dirty}
    return found


_versions: dict[str, str] = {}
_seen: set[str] = set()


def packages() -> dict[str, str]:
    """Version of each installed package that is imported now, by the name it is imported under.

    A stand-in is not asked: that would import what it stands for.
    """
    for name, module in sys.modules.copy().items():  # a list takes several steps, between which others import
        if "." in name or name in _seen or isinstance(module, StandIn):
            continue
        _seen.add(name)
        version = _version(name)
        if version:
            _versions[name] = version
    return dict(sorted(_versions.copy().items()))


def _version(name: str) -> str:
    # Asked by getattr, a lazy module would import more of itself.
    known = getattr(sys.modules.get(name), "__dict__", {})
    file = known.get("__file__")
    if not isinstance(file, str) or not ("site-packages" in file or "dist-packages" in file):
        return ""
    own = known.get("__version__")
    return own if isinstance(own, str) else _listed().get(name.lower().replace("-", "_"), "")


def _listed() -> dict[str, str]:
    """Name to version of what site-packages lists; the names of their ``.dist-info`` folders say both."""
    if not _distributions:
        for folder in (path for path in sys.path if path.endswith(("site-packages", "dist-packages"))):
            for item in os.listdir(folder) if os.path.isdir(folder) else []:
                name, dash, version = item.removesuffix(".dist-info").partition("-")
                if dash and item.endswith(".dist-info"):
                    _distributions.setdefault(name.lower().replace("-", "_").replace(".", "_"), version)
    return _distributions


_distributions: dict[str, str] = {}
