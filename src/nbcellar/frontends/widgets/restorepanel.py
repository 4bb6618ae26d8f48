"""The restore panel: into which folder, by which policy, what happens to each file, and the way back."""

from __future__ import annotations

import traitlets

from nbcellar.assets.display import html_text
from nbcellar.frontends.browsing.answers import Answer
from nbcellar.frontends.browsing.outcomes import Restored, RestorePlan
from nbcellar.frontends.browsing.question import Question
from nbcellar.frontends.widgets.choice import Value, place_of, value_of
from nbcellar.frontends.widgets.deskwidget import DeskWidget
from nbcellar.store import Cellar, current


class RestorePanel(DeskWidget):
    """Restore an asset or a file of it, after its plan was seen. ``cellar.restore`` does the same without a page.

    Attributes:
        ref: What is restored.
        to: The folder to begin with; relative to the kernel's.
        policy: The policy to begin with.
        restored: How many files the last restore wrote; -1 before the first.

    Raises:
        NotFoundError: There is no such asset or file.
        UsageError: It is no reference, or no policy.
    """

    _kind = traitlets.Unicode("restore").tag(sync=True)
    ref = traitlets.Unicode("").tag(sync=True)
    to = traitlets.Unicode(".").tag(sync=True)
    policy = traitlets.Unicode("safe").tag(sync=True)
    restored = traitlets.Int(-1)
    _run = traitlets.Unicode("").tag(sync=True)
    _key = traitlets.Unicode("").tag(sync=True)

    def __init__(self, what: str | Value, *, to: str = ".", policy: str = "safe", cellar: Cellar | None = None) -> None:
        place = place_of(value_of(cellar or current(), what))
        super().__init__(cellar, ref=place.ref, to=to, policy=policy, _run=place.run, _key=place.key)
        self._plan()  # refuses a policy that is none now, not when it is shown

    def _answered(self, question: Question, answer: Answer) -> None:
        if isinstance(answer, Restored):
            self.restored = answer.files

    def _plan(self) -> RestorePlan:
        fields = {"run": self._run, "key": self._key, "to": self.to, "policy": self.policy}
        return self._desk.restoring.plan(Question("plan", fields))

    def _outline(self) -> tuple[str, str]:
        plan = self._plan()
        counts = ", ".join(f"{count} {action}" for action, count in plan.counts.items() if count)
        text = f"Restore {self.ref} into {plan.target}: {counts or 'nothing to do'}"
        return text, f"<p>{html_text(text)}</p>"

    def __repr__(self) -> str:
        return f"RestorePanel({self.ref!r})"
