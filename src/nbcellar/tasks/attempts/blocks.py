"""Tasks as blocks: ``for attempt in cellar.task("train"): with attempt: ...``, or ``with cellar.task("train"):``."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from types import FrameType, TracebackType

from nbcellar.errors import UsageError
from nbcellar.model import JSON
from nbcellar.tasks.attempts.attempt import Attempt
from nbcellar.tasks.attempts.execution import Task
from nbcellar.tasks.attempts.listening import default_listener
from nbcellar.tasks.attempts.outcome import Outcome
from nbcellar.tasks.body.code import Code
from nbcellar.tasks.cache.caching import Cache
from nbcellar.tasks.context.current import TaskContext
from nbcellar.tasks.taskline.options import TaskOptions


@dataclass
class TaskBlock:
    """A task around a block of code; use it once, in a loop or in a ``with``.

    Attributes:
        outcome: What became of it; None until it has ended.
    """

    options: TaskOptions
    params: dict[str, JSON]
    cache: Cache
    frame: FrameType
    outcome: Outcome | None = None
    _attempts: Iterator[Attempt] | None = None
    _attempt: Attempt | None = None
    _tasks: list[Task] = field(default_factory=list)

    def __iter__(self) -> Iterator[Attempt]:
        task = self._task(ast.For)
        yield from task
        self.outcome = task.outcome

    def __enter__(self) -> TaskContext:
        if self.options.cache is not None or self.options.retries.limit != 0:
            raise UsageError(
                "A `with` block runs once: retries and a cache need the loop.",
                hint=f"Write `for attempt in cellar.task({self.options.name!r}, ...): with attempt: ...`.",
            )
        task = self._task(ast.With)
        self._tasks.append(task)
        self._attempts = iter(task)
        self._attempt = next(self._attempts)
        return self._attempt.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        assert self._attempt is not None and self._attempts is not None
        swallowed = self._attempt.__exit__(kind, error, trace)
        next(self._attempts, None)
        self.outcome = self._tasks[-1].outcome
        return swallowed

    def _task(self, kind: type[ast.For] | type[ast.With]) -> Task:
        code = Code("", "")
        namespace: MutableMapping[str, object] = {}
        if self.options.cache is not None:
            if self.frame.f_locals is not self.frame.f_globals:
                raise UsageError(
                    "A cached block cannot stand in a function: a hit could not set the function's own variables.",
                    hint="Make the function a task: @cellar.task(cache=...).",
                )
            code, namespace = _body(self.frame, kind), self.frame.f_globals
        return Task(self.options, code, namespace, default_listener(), given_params=self.params, cache=self.cache)


def _body(frame: FrameType, kind: type[ast.For] | type[ast.With]) -> Code:
    """The statements of the block that begins where the frame is now."""
    lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError:
        tree = ast.Module([], [])
    for node in ast.walk(tree):
        if isinstance(node, kind) and node.lineno <= frame.f_lineno <= node.body[0].lineno:
            inner = node.body[0]
            body = inner.body if isinstance(inner, ast.With) and len(node.body) == 1 else node.body
            source = ast.unparse(ast.Module(body, []))
            return Code(source, source)
    raise UsageError(
        "The source of this block cannot be found, and a cache needs it.",
        hint="Make it a function with @cellar.task(cache=...), or use a %%task cell.",
    )
