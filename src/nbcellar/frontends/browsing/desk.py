"""The desk where every question about one cellar is answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nbcellar.errors import UsageError, did_you_mean
from nbcellar.frontends.browsing.about import about
from nbcellar.frontends.browsing.answers import Answer
from nbcellar.frontends.browsing.listing import Listing
from nbcellar.frontends.browsing.preview import preview
from nbcellar.frontends.browsing.question import Question
from nbcellar.frontends.browsing.restoring import Restoring
from nbcellar.store import Cellar


class Desk:
    """Answers questions about one cellar.

    Args:
        cellar: Which one.
        base: The folder from which restore reads relative targets, asked each time: a kernel may move.
    """

    def __init__(self, cellar: Cellar, base: Callable[[], Path] = Path.cwd) -> None:
        self.cellar = cellar
        self.listing = Listing(cellar)
        self.restoring = Restoring(cellar, base)
        self._verbs: dict[str, Callable[[Question], Answer]] = {
            "overview": lambda _: self.listing.overview(),
            "names": self.listing.names,
            "versions": self.listing.versions,
            "files": self.listing.files,
            "about": lambda question: about(cellar, cellar.run(question.text("run"))),
            "preview": self._preview,
            "plan": self.restoring.plan,
            "restore": self.restoring.restore,
            "undo": lambda _: self.restoring.undo(),
        }

    def answer(self, question: Question) -> Answer:
        """The answer to one question.

        Raises:
            UsageError: There is no such verb, or a field is wrong.
            NbcellarError: What the answer could not be given for.
        """
        verb = self._verbs.get(question.verb)
        if verb is None:
            raise UsageError(f"There is no question {question.verb!r}.", hint=did_you_mean(question.verb, self._verbs))
        return verb(question)

    def _preview(self, question: Question) -> Answer:
        run = self.cellar.run(question.text("run"))
        return preview(self.cellar, run, self.listing.entry(run, question.text("key")))
