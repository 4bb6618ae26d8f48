"""``logs`` and ``open``: what the notebooks of a run printed, and the notebooks themselves."""

from __future__ import annotations

import time
from collections.abc import Iterable

from nbcellar.assets.display import visible_lines
from nbcellar.errors import NotFoundError, did_you_mean
from nbcellar.frontends.commands.answer import Answer, Block, Lines
from nbcellar.frontends.commands.command import Argument, Command, Count
from nbcellar.frontends.commands.place import here
from nbcellar.frontends.commands.runstatus import RUN, WATCH_S
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import IO, ClassVar
from nbcellar.model import JSON, Run, RunStatus
from nbcellar.store import Cellar
from nbcellar.workflow.notebooks.following import notebook_of
from nbcellar.workflow.runs.history import StepStatus, find_run, workflow_status


@dataclass(frozen=True, repr=False)
class Log(Answer):
    """What a run's notebooks printed."""

    verb: ClassVar[str] = "logs"
    run: Run
    parts: tuple[tuple[str, str], ...]

    def _facts(self) -> dict[str, JSON]:
        return {"ref": self.run.ref, "steps": list(self._items())}

    def _items(self) -> Iterable[JSON]:
        return [{"step": step, "text": text} for step, text in self.parts]

    def _blocks(self) -> list[Block]:
        blocks: list[Block] = []
        for step, text in self.parts:
            blocks += [f"── {step}", Lines(text.rstrip("\n") or "(nothing printed)")]
        return blocks or ["No step ran yet."]


def logs(run: str | int = "latest", step: str = "", *, cellar: Cellar | None = None) -> Log:
    """What the notebooks of a run printed, tracebacks included.

    Raises:
        NotFoundError: There is no such run or step.
    """
    place = here(cellar)
    found = find_run(place, run)
    _check_step(found, step, place)
    return Log(found, tuple(_parts(place, found, step)))


def _parts(cellar: Cellar, run: Run, step: str) -> list[tuple[str, str]]:
    """Each step that began, and what it printed so far."""
    steps = workflow_status(cellar, run).steps
    return [(one.outcome.step, _printed(cellar, one)) for one in steps if step in ("", one.outcome.step)]


def _check_step(run: Run, step: str, cellar: Cellar) -> None:
    planned = run.detail.get("plan")
    began = [one.outcome.step for one in workflow_status(cellar, run).steps]
    names = [*map(str, planned)] if isinstance(planned, list) else began
    if step and step not in names:
        hint = did_you_mean(step, names) or f"It has {', '.join(names)}."
        raise NotFoundError(f"{run.ref} has no step {step!r}.", hint=hint)


@dataclass(frozen=True, repr=False)
class Followed(Answer):
    """What a run's notebooks print, as they print it, until the run has ended."""

    verb: ClassVar[str] = "logs"
    cellar: Cellar
    run: Run
    step: str

    def write(self, out: IO[str], raw: IO[bytes], *, colour: bool) -> None:
        """Write what is new, again and again."""
        shown: dict[str, str] = {}
        last = ""
        while True:
            now = self.cellar.run(self.run.id)
            for name, text in _parts(self.cellar, now, self.step):
                new = _new_text(shown.get(name, ""), text)
                if new:
                    head = "" if name == last else f"── {name}\n"
                    out.write(head + visible_lines(new))
                    last = name
                shown[name] = text
            out.flush()
            if now.status is not RunStatus.RUNNING:
                out.write(f"── {now.ref} {now.status.value}\n")
                return
            time.sleep(WATCH_S)

    def _ended(self) -> Log:
        while self.cellar.run(self.run.id).status is RunStatus.RUNNING:
            time.sleep(WATCH_S)
        return logs(self.run.id, self.step, cellar=self.cellar)

    def _facts(self) -> dict[str, JSON]:
        return self._ended()._facts()

    def _items(self) -> Iterable[JSON]:
        return self._ended()._items()

    def _blocks(self) -> list[Block]:
        return self._ended()._blocks()


def _new_text(before: str, now: str) -> str:
    """What came after; the whole where something above was replaced."""
    return now[len(before) :] if now.startswith(before) else now


def follow_logs(run: str | int = "latest", step: str = "", *, cellar: Cellar | None = None) -> Followed:
    """What the notebooks of a run print, until it has ended.

    Raises:
        NotFoundError: There is no such run or step.
    """
    place = here(cellar)
    found = find_run(place, run)
    _check_step(found, step, place)
    return Followed(place, found, step)


def _printed(cellar: Cellar, one: StepStatus) -> str:
    from nbcellar.frontends.notebooktext import outputs_text

    texts = []
    for run in map(cellar.run, one.outcome.runs):
        content = notebook_of(cellar, run)
        if content is not None:
            texts.append(outputs_text(content))
        elif isinstance(trace := run.detail.get("traceback"), str):  # of a function, which has no notebook
            texts.append(trace)
    return "".join(texts)


COMMANDS = (
    Command(
        "logs",
        "Show what the notebooks of a run printed.",
        (
            ("logs", "of the latest run"),
            ("logs latest train", "of one step"),
            ("logs -f", "as it is printed, until the run has ended"),
        ),
        (
            RUN,
            Argument("STEP", "one step only"),
            Argument("--follow", "go on until the run has ended", Count.FLAG, short="-f"),
        ),
        lambda given: (follow_logs if given.flag("follow") else logs)(
            given.text("run") or "latest", given.text("step"), cellar=given.cellar
        ),
        "cellar.logs()",
    ),
)
