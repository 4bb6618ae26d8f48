"""Two versions beside each other: which files differ, and what differs within them."""

from __future__ import annotations

import traitlets

from nbcellar.assets.asset import Asset
from nbcellar.assets.assetentry import AssetEntry
from nbcellar.assets.display import html_text
from nbcellar.errors import UsageError
from nbcellar.frontends.browsing.comparing import diff_text
from nbcellar.frontends.browsing.differences import DiffPage
from nbcellar.frontends.browsing.question import Question
from nbcellar.frontends.widgets.choice import Value, place_of, value_of
from nbcellar.frontends.widgets.deskwidget import DeskWidget
from nbcellar.store import Cellar, current


class DiffView(DeskWidget):
    """How two versions differ; without the older one, how a version differs from the success before it.

    ``cellar.diff`` tells the same without a page.

    Attributes:
        after: The newer version, or a file of it.
        before: The older version; empty for the success before.

    Raises:
        NotFoundError: There is no such version or file.
        UsageError: It is no reference, or the older side names a file.
    """

    _kind = traitlets.Unicode("diff").tag(sync=True)
    after = traitlets.Unicode("").tag(sync=True)
    before = traitlets.Unicode("").tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    _after = traitlets.Unicode("").tag(sync=True)
    _before = traitlets.Unicode("").tag(sync=True)
    _key = traitlets.Unicode("").tag(sync=True)

    def __init__(self, after: str | Value, before: str | Asset = "", *, cellar: Cellar | None = None) -> None:
        place = cellar or current()
        newer = place_of(value_of(place, after))
        older = value_of(place, before) if before else None
        if isinstance(older, AssetEntry):
            raise UsageError("The older side is a version, not a file.", hint="Name the file in the newer one.")
        old = place_of(older)
        super().__init__(
            cellar, after=newer.ref, before=old.ref, title=newer.ref, _after=newer.run, _before=old.run, _key=newer.key
        )
        self._page()  # refuses now where there is no success before it

    def _page(self) -> DiffPage:
        answer = self._desk.answer(Question("diff", {"run": self._after, "other": self._before, "count": 100}))
        assert isinstance(answer, DiffPage)
        return answer

    def _outline(self) -> tuple[str, str]:
        text = diff_text(self._page())
        return text, f"<pre>{html_text(text)}</pre>"

    def __repr__(self) -> str:
        return f"DiffView({self.after!r}, {self.before!r})" if self.before else f"DiffView({self.after!r})"
