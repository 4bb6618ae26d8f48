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

from nbcellar.assets.asset import Asset, AssetEntry
from nbcellar.errors import EncodingError, UsageError, did_you_mean
from nbcellar.model import JSON
from nbcellar.tasks.caching import Cache
from nbcellar.tasks.code import Code
from nbcellar.tasks.execution import Task
from nbcellar.tasks.fingerprint import fingerprint, parameter_value
from nbcellar.tasks.listening import default_listener
from nbcellar.tasks.options import TaskOptions

if TYPE_CHECKING:
    from nbcellar.tasks.submission import Execution

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
    """

    def __init__(self, function: Callable[P, R], given: FunctionOptions) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.given = given
        self.signature = inspect.signature(function)
        self._check_params(given.cache.params)
        self._check_params(given.memo if isinstance(given.memo, tuple) else None)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it here."""
        arguments = self.arguments(*args, **kwargs)
        if not self.given.memo:
            return self._run(arguments, args, kwargs)
        chosen = self.given.memo if isinstance(self.given.memo, tuple) else tuple(arguments)
        key = (self._identity, fingerprint([(name, arguments[name]) for name in chosen]))
        if key not in _memory:
            _memory[key] = self._run(arguments, args, kwargs)
        return cast(R, _memory[key])

    def submit(self, *args: P.args, **kwargs: P.kwargs) -> Execution[R]:
        """Begin it in a process of its own.

        Raises:
            EncodingError: The function or an argument cannot be sent there.
        """
        from nbcellar.tasks.submission import submit  # here, since few sessions start processes

        self.arguments(*args, **kwargs)
        return submit(self, args, kwargs)

    def options(self, **changes: object) -> TaskFunction[P, R]:
        """The same function with other options, spelled as for :func:`nbcellar.task`."""
        from nbcellar.tasks.definition import changed

        return TaskFunction(self.function, changed(self.given, changes))

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

    @property
    def _identity(self) -> str:
        return f"{self.function.__module__}:{self.function.__qualname__} {self.code.source}"

    def _check_params(self, names: tuple[str, ...] | None) -> None:
        for name in names or ():
            if name not in self.signature.parameters:
                raise UsageError(
                    f"{self.function.__name__} has no parameter {name!r}.",
                    hint=did_you_mean(name, self.signature.parameters),
                )

    def _run(self, arguments: Mapping[str, object], args: tuple[object, ...], kwargs: Mapping[str, object]) -> R:
        time.sleep(self.given.delay_s)
        task = Task(
            self.given.task,
            self.code,
            listener=default_listener(),
            given_params=self._params(arguments),
            cache=self.given.cache,
            reads=self.function.__globals__ if self._of_notebook else {},
            source_file="" if self._of_notebook else inspect.getsourcefile(self.function) or "",
            value_needed=True,
        )
        for attempt in task:
            with attempt:
                task.value = self.function(*args, **kwargs)  # type: ignore[arg-type]
        return cast(R, task.value)  # what a cache gives back is what this function returned

    def _params(self, arguments: Mapping[str, object]) -> dict[str, JSON]:
        counted = self.given.cache.params
        return {
            name: self._param(name, value) for name, value in arguments.items() if counted is None or name in counted
        }

    def _param(self, name: str, value: object) -> JSON:
        if isinstance(value, Asset):
            return {"asset": value.ref, "digest": value.digest}
        if isinstance(value, AssetEntry):
            return {"asset": f"{value.asset.ref}/{value.path}", "digest": value.digest}
        try:
            return parameter_value(value)
        except EncodingError as error:
            if self.given.task.cache is None:
                return {"type": type(value).__qualname__}
            raise UsageError(
                f"The argument {name} of {self.function.__name__} cannot be part of a cache key: {error.message}.",
                hint="Choose those that count: cache=Cache(params=(...)).",
            ) from error
