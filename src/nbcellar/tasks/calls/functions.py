"""Task functions: each call is a task in a fresh folder of its own."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar, cast

from nbcellar.errors import UsageError, did_you_mean
from nbcellar.tasks.attempts.execution import Task
from nbcellar.tasks.attempts.listening import default_listener
from nbcellar.tasks.body.code import Code
from nbcellar.tasks.cache.caching import Cache
from nbcellar.tasks.cache.fingerprint import fingerprint
from nbcellar.tasks.calls.arguments import as_params, assets_among, compared, names_read_by, note_use
from nbcellar.tasks.taskline.options import TaskOptions

if TYPE_CHECKING:
    from nbcellar.tasks.calls.submission import Execution

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class FunctionOptions:
    """How a function runs.

    Attributes:
        memo: Take the value of an earlier call of this session with the same arguments: all, or these.
        delay_s: Seconds to wait before it begins.
    """

    task: TaskOptions
    cache: Cache = field(default_factory=Cache)
    memo: bool | tuple[str, ...] = False
    delay_s: float = 0.0


_memory: dict[tuple[str, str], object] = {}


class TaskFunction(Generic[P, R]):
    """A function whose calls are tasks.

    ``train(x)`` runs it here, in a fresh folder; ``train.submit(x)`` in a process of its own; ``train.options(...)`` is
    the same function with other options.

    Args:
        code: Its source, where it cannot be found: in a process that a notebook's function was sent to.
    """

    def __init__(self, function: Callable[P, R], given: FunctionOptions, code: Code | None = None) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.given = given
        self._code = code
        self.signature = inspect.signature(function)
        self._check_params(given.cache.params)
        self._check_params(given.memo if isinstance(given.memo, tuple) else None)

    def __repr__(self) -> str:
        return f"<TaskFunction {self.given.task.name}{self.signature}>"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it here."""
        __tracebackhide__ = True
        arguments = self.arguments(*args, **kwargs)
        if not self.given.memo:
            return self._run(arguments, args, kwargs)
        key = self._memo_key(arguments)
        if key not in _memory:
            _memory[key] = self._run(arguments, args, kwargs)
        return cast(R, _memory[key])

    def submit(self, *args: P.args, **kwargs: P.kwargs) -> Execution[R]:
        """Begin it in a process of its own.

        Raises:
            EncodingError: The function or an argument cannot be sent there.
        """
        from nbcellar.tasks.calls.submission import submit  # here, since few sessions start processes

        self.arguments(*args, **kwargs)
        return submit(self, args, kwargs)

    def options(self, **changes: object) -> TaskFunction[P, R]:
        """The same function with other options, spelled as for :func:`nbcellar.task`."""
        from nbcellar.tasks.calls.definition import changed

        return TaskFunction(self.function, changed(self.given, changes), self._code)

    def arguments(self, *args: P.args, **kwargs: P.kwargs) -> dict[str, object]:
        """Every argument by name, defaults filled in.

        Raises:
            TypeError: They do not fit the function.
        """
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return dict(bound.arguments)

    @property
    def code(self) -> Code:
        """Its source without decorators."""
        if self._code is not None:
            return self._code
        try:
            source = textwrap.dedent(inspect.getsource(self.function))
            node = ast.parse(source).body[0]
        except (OSError, TypeError, SyntaxError):
            return Code("", repr(fingerprint(self.function)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.decorator_list = []
        return Code(source, ast.unparse(node))

    @property
    def _of_notebook(self) -> bool:
        """Whether its globals are a notebook's; those of a module are what its source makes them."""
        return self.function.__module__ == "__main__"

    def _memo_key(self, arguments: Mapping[str, object]) -> tuple[str, str]:
        chosen = self.given.memo if isinstance(self.given.memo, tuple) else tuple(arguments)
        place = f"{self.function.__module__}:{self.function.__qualname__} {self.code.source}"
        return place, compared(self.function.__name__, {name: arguments[name] for name in chosen})

    def _check_params(self, names: tuple[str, ...] | None) -> None:
        for name in names or ():
            if name not in self.signature.parameters:
                raise UsageError(
                    f"{self.function.__name__} has no parameter {name!r}.",
                    hint=did_you_mean(name, self.signature.parameters),
                )

    def _run(self, arguments: Mapping[str, object], args: tuple[object, ...], kwargs: Mapping[str, object]) -> R:
        __tracebackhide__ = True
        time.sleep(self.given.delay_s)
        chosen = self.given.cache.params
        counted = {name: value for name, value in arguments.items() if chosen is None or name in chosen}
        task = Task(
            self.given.task,
            self.code,
            listener=default_listener(),
            given_params=as_params(self.function.__name__, counted, cached=self.given.task.cache is not None),
            cache=self.given.cache,
            reads=names_read_by(self.function, of_notebook=self._of_notebook),
            source_file="" if self._of_notebook else inspect.getsourcefile(self.function) or "",
            value_needed=True,
        )
        for attempt in task:
            with attempt:
                for asset in assets_among(list(arguments.values())):
                    note_use(asset)
                task.value = self.function(*args, **kwargs)  # type: ignore[arg-type]
        return cast(R, task.value)  # what a cache gives back is what this function returned
