"""The desk where every question about one cellar is answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from nbcellar.errors import StorageError, UsageError, did_you_mean
from nbcellar.frontends.browsing.about import about
from nbcellar.frontends.browsing.answers import Answer
from nbcellar.frontends.browsing.comparing import Comparing
from nbcellar.frontends.browsing.labelling import Labelling
from nbcellar.frontends.browsing.listing import Listing, place_of
from nbcellar.frontends.browsing.packing import Packing
from nbcellar.frontends.browsing.preview import preview
from nbcellar.frontends.browsing.previews.head import PAGES
from nbcellar.frontends.browsing.question import Question
from nbcellar.frontends.browsing.restoring import Restoring
from nbcellar.frontends.browsing.usage import usage
from nbcellar.store import Cellar

Verb: TypeAlias = Callable[[Question], Answer]


class Desk:
    """Answers questions about one cellar.

    Args:
        cellar: Which one.
        base: The folder from which restore reads relative targets, asked each time: a kernel may move.
        within: The folder that restore may not leave; None where the person who asks runs the process anyway.

    Attributes:
        reading: The questions that change nothing.
        writing: Those that do.
        packing: Those whose answer is bytes for the person's own disk; a server streams them in its own way.
    """

    def __init__(self, cellar: Cellar, base: Callable[[], Path] = Path.cwd, within: Path | None = None) -> None:
        self.cellar = cellar
        self.listing = Listing(cellar)
        self.restoring = Restoring(cellar, base, within)
        self.packer = Packing(cellar, self.listing)
        labelling = Labelling(cellar, self.listing)
        comparing = Comparing(cellar, self.listing)
        self.reading: dict[str, Verb] = {
            "overview": lambda _: self.listing.overview(),
            "names": self.listing.names,
            "versions": self.listing.versions,
            "files": self.listing.files,
            "trash": labelling.trash,
            "holder": labelling.holder,
            "about": lambda question: about(cellar, cellar.run(question.text("run"))),
            "preview": self._preview,
            "plan": self.restoring.plan,
            "tags": lambda _: self.listing.tags(),
            "diff": comparing.diff,
            "change": comparing.change,
            "usage": lambda _: usage(cellar),
        }
        self.packing: dict[str, Verb] = {"pack": self.packer.pack}
        self.writing: dict[str, Verb] = {
            "restore": self.restoring.restore,
            "undo": lambda _: self.restoring.undo(),
            "label": labelling.label,
            "unlabel": labelling.unlabel,
            "remove": labelling.remove,
            "put_back": labelling.put_back,
        }

    def answer(self, question: Question) -> Answer:
        """The answer to one question.

        Raises:
            UsageError: There is no such verb, or a field is wrong.
            StorageError: The store was there before, and is not any more.
            NbcellarError: What the answer could not be given for.
        """
        known = self.reading | self.writing | self.packing
        if question.verb not in known:
            raise UsageError(f"There is no question {question.verb!r}.", hint=did_you_mean(question.verb, list(known)))
        self._see_it_stays()
        return known[question.verb](question)

    def _see_it_stays(self) -> None:
        """A store that went away is no empty one: what is written then would begin another in its place."""
        cellar = self.cellar
        if cellar.exists and cellar.own_folder and not cellar.own_folder.is_dir():
            raise StorageError(
                f"The store at {place_of(cellar)} is not there any more.",
                saved="Nothing was changed.",
                hint="Put its folder back, or mount its disk again; then read again.",
            )

    def _preview(self, question: Question) -> Answer:
        run = self.cellar.run(question.text("run"))
        pages = max(1, question.number("pages", 1, PAGES))
        return preview(self.cellar, run, self.listing.entry(run, question.text("key")), pages)
