"""A question that a process of its own answers: a thread would take the interpreter's lock from the server's loop.

The child reads the errand as JSON from its standard input and writes the answer, or the error that it ended in, as JSON
to its standard output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from nbcellar.errors import NbcellarError
from nbcellar.frontends.browsing.answers import sent
from nbcellar.frontends.browsing.desk import Desk
from nbcellar.frontends.browsing.question import Question
from nbcellar.frontends.server.statuses import STATUSES
from nbcellar.model import JSON
from nbcellar.store import Cellar

LARGE_BYTES = 32 * 2**20
MANY_FILES = 1000
# what people do meanwhile comes first, before the imports already
_CHILD = "import os; os.nice(5); from nbcellar.frontends.server.errand import main; main()"
_KINDS = (*(kind for kind, _ in STATUSES), NbcellarError)


@dataclass(frozen=True, slots=True)
class Errand:
    """A question about one cellar.

    Attributes:
        folder: The project's folder.
        base: The folder from which restore reads relative targets.
        within: The folder that restore may not leave.
    """

    folder: str
    base: str
    within: str
    verb: str
    fields: dict[str, JSON]

    def answer(self) -> dict[str, JSON]:
        """Its answer, as it goes over the wire.

        Raises:
            NbcellarError: What the answer could not be given for.
        """
        base = Path(self.base)
        desk = Desk(Cellar.open(Path(self.folder)), lambda: base, Path(self.within))
        return sent(desk.answer(Question(self.verb, self.fields))).value

    def run(self) -> dict[str, JSON]:
        """Its answer, from a process of its own.

        Raises:
            NbcellarError: What the answer could not be given for, or the process ended before it answered.
        """
        done = subprocess.run(
            # -P: a module in the current folder must not stand for a library
            [sys.executable, "-P", "-c", _CHILD],
            input=json.dumps(asdict(self)).encode(),
            stdout=subprocess.PIPE,
            check=False,
        )
        match json.loads(done.stdout or b"{}"):
            case {"value": dict(value)}:
                return value
            case {"kind": str(kind), "message": str(message), "saved": str(saved), "hint": str(hint)}:
                raise {one.__name__: one for one in _KINDS}[kind](message, saved=saved, hint=hint)
            case _:
                raise _ended(done.returncode)


def is_large(cellar: Cellar, question: Question) -> bool:
    """Whether a question is a restore that takes more than moments.

    Raises:
        NotFoundError: There is no such run.
    """
    if question.verb != "restore":
        return False
    asset = cellar.run(question.text("run")).asset
    return asset is not None and (asset.size_bytes > LARGE_BYTES or asset.entry_count > MANY_FILES)


def _ended(code: int) -> NbcellarError:
    how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
    return NbcellarError(
        f"The process that restored {how}, before it was done.",
        saved="What was saved stays saved; the target may hold some of the files already.",
        hint="Restore again: what was left half done is cleared away first.",
    )


def _error_of(error: NbcellarError) -> dict[str, JSON]:
    kind = next(one for one in _KINDS if isinstance(error, one))
    return {"kind": kind.__name__, "message": error.message, "saved": error.saved, "hint": error.hint}


def main() -> None:
    """Do the errand that stands in the standard input."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    errand = Errand(**json.load(sys.stdin))
    try:
        answer: dict[str, JSON] = {"value": errand.answer()}
    except NbcellarError as error:
        answer = _error_of(error)
    with answers:
        json.dump(answer, answers)
