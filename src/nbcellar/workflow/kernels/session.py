"""How a notebook is to be run: what the runner tells the engine, and what the engine tells back."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from nbcellar.errors import RunError
from nbcellar.lightclasses import dataclass, field
from nbcellar.model import JSON
from nbcellar.store.catalogue.redaction import Redaction
from nbcellar.workflow.kernels.stopping import Stop

if TYPE_CHECKING:
    from nbcellar.workflow.kernels.kept import KeptKernel
    from nbcellar.workflow.kernels.kernel import Kernel
    from nbcellar.workflow.kernels.luggage import Luggage

LEFT_RUNNING = "left_running"
"""In a notebook's run's detail: what still ran when its kernel was killed at its end."""


@dataclass(frozen=True, slots=True)
class CellStart:
    """A code cell begins; numbers from 1 among code cells."""

    cell: int
    cell_count: int
    source: str


@dataclass(frozen=True, slots=True)
class CellEnd:
    """A code cell ended."""

    cell: int
    cell_count: int
    seconds: float


CellListener: TypeAlias = Callable[[CellStart | CellEnd], None]


class KernelDied(Exception):
    """The kernel ended while cells were to run; its text says how."""


class TimedOut(Exception):
    """The notebook took longer than it may; its arguments are what did, and how many seconds it may take."""


class Stopped(Exception):
    """The run was asked to stop."""


def _ignore(_event: CellStart | CellEnd) -> None:
    pass


@dataclass(slots=True)
class Session:
    """One execution of one notebook.

    Attributes:
        folder: Where the kernel starts; None for the current folder.
        environment: Added to the kernel's environment.
        prelude: Python that runs silently before the first cell; empty for none.
        coda: A Python expression of a JSON text, evaluated silently after the last cell; empty for none.
        log: File that gets what the kernel's process prints; None to let it through.
        timeout_s: For all cells together.
        cell_timeout_s: For each cell.
        redaction: Keeps the notebook's secrets out of what is written.
        fork: Whether the kernel may be forked.
        keep: Whether the kernel lives on when a cell failed.
        luggage: The resources that go along; None for none.
        untraced: Why the prelude did not run; empty where it did. Set by the engine.
        report: What the coda said. Set by the engine.
        kept: The kernel that lives on. Set by the engine.
        forced_after_s: So long the kernel was given for its end before it was killed; None where it ended by itself.
            Set by the engine.
        kernel: How the kernel was started: ``forked``, or ``cold`` and why. Set by the engine.
    """

    folder: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    prelude: str = ""
    coda: str = ""
    log: Path | None = None
    timeout_s: float | None = None
    cell_timeout_s: float | None = None
    redaction: Redaction = field(default_factory=Redaction)
    fork: bool = False
    keep: bool = False
    listener: CellListener = _ignore
    stop: Stop = field(default_factory=Stop)
    luggage: Luggage | None = None
    untraced: str = ""
    report: JSON = None
    kept: KeptKernel | None = None
    forced_after_s: float | None = None
    kernel: str = "cold"

    async def prepare(self, kernel: Kernel) -> None:
        """Run the prelude where the kernel speaks Python."""
        if not self.prelude:
            return
        if kernel.language.get("name") != "python":
            self.untraced = f"its kernel speaks {kernel.language.get('name', 'another language')}"
            return
        reply = await kernel.execute_silently(self.prelude)
        if reply["status"] != "ok":
            self.untraced = f"its kernel has no nbcellar ({reply.get('ename')}: {reply.get('evalue')})"

    async def take_in(self, kernel: Kernel) -> None:
        """Let the resources into the kernel, before the first cell.

        Raises:
            RunError: One cannot be had there.
        """
        if self.luggage is not None:
            if self.untraced:
                raise RunError(f"Its resources cannot be had: {self.untraced}.")
            await self.luggage.unpack(kernel)

    async def give_back(self, kernel: Kernel, *, failed: bool) -> None:
        """Close the resources in the kernel, and fetch what the notebook emits.

        Args:
            failed: A cell failed.

        Raises:
            RunError: Something of it was not to be had.
        """
        if self.luggage is not None:
            await self.luggage.conclude(kernel, failed=failed)

    async def conclude(self, kernel: Kernel) -> None:
        """Fetch what the coda says."""
        if self.coda and not self.untraced:
            reply = await kernel.execute_silently("", {"report": self.coda})
            self.report = _answer(reply, "report")


def _answer(reply: Mapping[str, JSON], name: str) -> JSON:
    """The JSON text that a user expression gave, read.

    Raises:
        RunError: The expression failed.
    """
    answers = reply.get("user_expressions")
    match answers.get(name) if isinstance(answers, dict) else None:
        case {"status": "ok", "data": {"text/plain": str(text)}}:
            value: JSON = json.loads(ast.literal_eval(text))
            return value
        case {"ename": str(kind), "evalue": str(message)}:
            raise RunError(f"What the notebook read could not be fetched from its kernel ({kind}: {message}).")
    raise RunError("What the notebook read could not be fetched from its kernel.")
