"""The asset browser on a page, in a notebook or in JupyterLab's panel, and what a person does there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, expect

from nbcellar.assets.asset import Asset
from nbcellar.assets.creation import asset
from nbcellar.store import Cellar

from .labpage import LabPage


@dataclass(frozen=True, slots=True)
class BrowserPart:
    """One browser, by the element in which it stands."""

    root: Locator

    @property
    def tree(self) -> Locator:
        return self.root.get_by_role("tree", name="Assets")

    @property
    def pane(self) -> Locator:
        return self.root.locator(".nbcellar-pane")

    @property
    def title(self) -> Locator:
        return self.pane.get_by_role("heading", level=2)

    @property
    def status(self) -> Locator:
        return self.root.locator(".nbcellar-status")

    @property
    def dialog(self) -> Locator:
        return self.root.get_by_role("dialog")

    def row(self, text: str) -> Locator:
        """The first row of the tree that holds this text."""
        return self.tree.get_by_role("treeitem").filter(has_text=text).first

    def rows(self) -> Locator:
        return self.tree.get_by_role("treeitem")

    def labels(self) -> Locator:
        """What the rows of the tree are called, without what stands at their right end."""
        return self.tree.locator("[role=treeitem] .nbcellar-label")

    def choose(self, *path: str) -> None:
        """Click rows one after another, each once it is there, and wait until the last is shown."""
        for text in path:
            self.row(text).click()
        expect(self.title).to_contain_text(path[-1])

    def tool(self, name: str) -> Locator:
        return self.root.get_by_role("toolbar", name="Actions").get_by_role("button", name=name)

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)


def panel_of(lab: LabPage) -> BrowserPart:
    """JupyterLab's panel, shown and read."""
    root = lab.page.get_by_role("region", name="Cellar panel")
    if not root.is_visible():
        lab.command("nbcellar:show-panel")
    expect(root.get_by_role("tree", name="Assets").get_by_role("treeitem").first).to_be_visible()
    return BrowserPart(root)


def keep(folder: Path, name: str, files: dict[str, bytes | str]) -> Asset:
    """Write files into a folder of the server, and keep exactly these."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content if isinstance(content, bytes) else content.encode())
    return asset(list(files), at=folder, name=name, cellar=Cellar.open(folder))


Keep = Callable[[str, dict[str, bytes | str]], Asset]
