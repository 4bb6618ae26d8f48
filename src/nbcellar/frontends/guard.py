"""``__cellar__``: the builtin that a rewritten cell talks to."""

from __future__ import annotations

import builtins
import sys
import threading
from collections.abc import Iterator, MutableMapping
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, TypeVar

from nbcellar.errors import NbcellarError, TaskError
from nbcellar.frontends.celltext import show_marker
from nbcellar.frontends.heldclear import HeldClear
from nbcellar.frontends.outputs import CellOutputs
from nbcellar.frontends.transformer import BUILTIN, MARKER
from nbcellar.tasks.attempts.attempt import Attempt
from nbcellar.tasks.attempts.execution import Task
from nbcellar.tasks.attempts.outcome import Listener
from nbcellar.tasks.body.code import Code
from nbcellar.tasks.taskline.line import parse

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


class ShortAttempt:
    """An attempt whose own errors are shown as messages; what the body raises goes through untouched."""

    def __init__(self, attempt: Attempt, shell: InteractiveShell) -> None:
        self.attempt = attempt
        self.clear = HeldClear(shell)

    def __enter__(self) -> None:
        __tracebackhide__ = True
        try:
            self.attempt.__enter__()
        except NbcellarError as error:
            raise short(error) from error.__cause__
        self.clear.begin()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        __tracebackhide__ = True
        self.clear.end(keep=error is None)
        try:
            return self.attempt.__exit__(kind, error, trace)
        except NbcellarError as problem:
            if problem is error:
                raise
            raise short(problem) from problem.__cause__


class Guard(threading.local):
    """What the two lines around a body call. Each thread sees its own attempt.

    Attributes:
        attempt: The loop's variable; not in the user's namespace.
        left_out: Names that a cache hit did not bind, with the name of the task.
    """

    attempt: ShortAttempt

    def __init__(self, shell: InteractiveShell, listener: Listener, left_out: dict[str, str]) -> None:
        self.shell = shell
        self.listener = listener
        self.left_out = left_out
        self.tasks: list[Task] = []

    def __call__(self, line: str) -> NoReturn:
        """The marker as it stands in the text: reached only where the cell was not rewritten."""
        raise short(
            TaskError(
                "This task cell was not rewritten, so its body did not run.",
                hint="Load the extension again: `%reload_ext nbcellar`.",
            )
        )

    def attempts(self, line: str, source: str, broken: str) -> Iterator[ShortAttempt]:
        """The attempts of one cell.

        Raises:
            NbcellarError: The line cannot be meant, or an input is missing; the body does not run.
        """
        __tracebackhide__ = True
        marker, typed = self._typed()
        if marker:
            show_marker(sys._getframe(1).f_code.co_filename, marker)
        try:
            task = self._task(line, Code(typed or source, source or repr(typed), broken))
            self.tasks.append(task)
            try:
                yield from (ShortAttempt(attempt, self.shell) for attempt in task)
            finally:
                self.tasks.remove(task)
                self.left_out.update(dict.fromkeys(task.left_out, task.options.name))
        except NbcellarError as error:
            raise short(error) from error.__cause__

    def _task(self, line: str, code: Code) -> Task:
        options = parse(line, self._lookup)
        return Task(options, code, self._namespace, self.listener, outputs=CellOutputs(self.shell))

    @property
    def _namespace(self) -> MutableMapping[str, object]:
        namespace: MutableMapping[str, object] = self.shell.user_ns
        return namespace

    def _lookup(self, expression: str) -> object:
        return eval(expression, self.shell.user_global_ns, self.shell.user_ns)

    def _typed(self) -> tuple[str, str]:
        """The marker and the body as they were typed, of the cell that runs now; empty where there is none."""
        result = self.shell.displayhook.exec_result
        lines = (result.info.raw_cell if result is not None else "").splitlines()
        at = next((number for number, line in enumerate(lines) if MARKER.match(line)), None)
        return ("", "") if at is None else (lines[at].rstrip(), "\n".join(lines[at + 1 :]))

    def show(self, value: object) -> None:
        """Display a value as the shell would have."""
        result = self.shell.displayhook.exec_result
        if result is None or not result.info.silent:
            sys.displayhook(value)

    def result(self, value: object) -> None:
        """The value of the last expression."""
        if self.tasks:
            self.tasks[-1].value = value

    def show_result(self, value: object) -> None:
        """Both."""
        self.result(value)
        self.show(value)

    def hidden_failure(self, error: BaseException) -> None:
        """A cell inside of the body failed, and what runs the body goes on."""
        if self.tasks and self.tasks[-1].hidden_error is None:
            self.tasks[-1].hidden_error = error


def install(guard: Guard) -> None:
    """Make it the builtin."""
    setattr(builtins, BUILTIN, guard)


def remove() -> None:
    """Take the builtin away."""
    if hasattr(builtins, BUILTIN):
        delattr(builtins, BUILTIN)


def short(error: NbcellarError) -> NbcellarError:
    """The error, shown as its message alone: our frames say nothing to the reader."""
    notes = "".join(f"\n{note}" for note in getattr(error, "__notes__", ()))
    return as_message(error, f"{type(error).__name__}: {error}{notes}")


ErrorT = TypeVar("ErrorT", bound=Exception)


def as_message(error: ErrorT, text: str) -> ErrorT:
    """The error, shown by the shell as this text instead of a traceback."""
    setattr(error, "_render_traceback_", lambda: [text])  # noqa: B010  IPython's protocol
    return error
