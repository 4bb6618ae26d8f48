"""The task that runs now: ``cellar.current``."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from nbcellar.lightclasses import dataclass, field
from nbcellar.model import JSON, Run
from nbcellar.store import current as current_cellar

if TYPE_CHECKING:
    from nbcellar.assets.asset import Asset


@dataclass(frozen=True, slots=True)
class TaskContext:
    """What a body can ask about itself.

    Attributes:
        place: The folder whose files are kept, or what makes it when it is asked for.
        home: The project's folder.
        inputs: Declared inputs by alias (or base name): stable paths, read-only where they are assets.
        params: Declared parameters.
        attempt: Counted from 1.
        run: The run, still open.
        log: A logger named after the task.
    """

    place: Path | Callable[[], Path]
    home: Path
    run: Run
    inputs: Mapping[str, Path] = field(default_factory=dict)
    params: Mapping[str, JSON] = field(default_factory=dict)
    attempt: int = 1

    def __repr__(self) -> str:
        return f"<TaskContext {self.run.ref}: attempt {self.attempt}, in {self.dir}>"

    @property
    def dir(self) -> Path:
        """The folder whose files are kept, absolute."""
        return self.place if isinstance(self.place, Path) else self.place()

    @property
    def name(self) -> str:
        """The task's name."""
        return self.run.name

    @property
    def log(self) -> logging.Logger:
        """A logger of this task."""
        return logging.getLogger(f"nbcellar.task.{self.run.name}")


_context: ContextVar[TaskContext | None] = ContextVar("nbcellar_task", default=None)
_open: list[TaskContext] = []
_last: list[Asset] = []
_opened: list[str] = []


def begin_context(context: TaskContext) -> TaskContext | None:
    """Make this the running task; gives back the one around it."""
    outer = _context.get()
    _context.set(context)
    _open.append(context)
    if outer is None:
        _opened[:] = [context.run.id]
    return outer


def end_context(context: TaskContext, outer: TaskContext | None) -> None:
    """The task has ended."""
    _context.set(outer)
    _open[:] = [other for other in _open if other is not context]


def running() -> TaskContext | None:
    """The task of this context; in a thread that a body started, the only task that runs; None outside of tasks."""
    context = _context.get()
    if context is not None:
        return context
    return _open[0] if len(_open) == 1 else None


def keep_last(asset: Asset) -> None:
    """Remember what the last task of this process made."""
    _last[:] = [asset]


def last_run() -> str | None:
    """Id of the run of the last task that began in this process, nested ones left aside."""
    return _opened[0] if _opened else None


def last_asset() -> Asset | None:
    """What the last task of this process that succeeded made in the current cellar; None where there is none yet."""
    return next((made for made in _last if made.cellar.address == current_cellar().address), None)
