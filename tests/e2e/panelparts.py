"""What tests of the panel share: the names that each has to itself, and the search."""

from __future__ import annotations

from pathlib import Path

from .browserpart import BrowserPart


def name_of(folder: Path) -> str:
    return folder.name.replace("-", "_")[5:45]


def other_of(folder: Path) -> str:
    return f"other_{name_of(folder)[6:]}"


def search(panel: BrowserPart, text: str) -> None:
    panel.root.get_by_role("searchbox", name="Search names").fill(text)
