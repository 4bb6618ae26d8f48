"""``cellar.task``: a decorator for functions, and the start of a block."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from types import FunctionType
from typing import ParamSpec, TypeVar, overload

from nbcellar.errors import UsageError, did_you_mean
from nbcellar.model import LabelKind, check_alias, check_label, check_name
from nbcellar.tasks.attempts.blocks import TaskBlock
from nbcellar.tasks.cache.caching import Cache, as_option, with_force
from nbcellar.tasks.cache.fingerprint import parameter_value
from nbcellar.tasks.calls.functions import FunctionOptions, TaskFunction
from nbcellar.tasks.taskline.durations import checked_limit, parse_duration
from nbcellar.tasks.taskline.line import checked_note
from nbcellar.tasks.taskline.options import DeclaredInput, TaskOptions
from nbcellar.tasks.taskline.retries import Retries, as_retries

P = ParamSpec("P")
R = TypeVar("R")
CacheArgument = bool | float | str | timedelta | Cache
SPELLINGS = (
    "name", "inputs", "params", "match", "exclude", "fresh", "all", "at", "cache", "force", "memo",
    "retries", "timeout", "delay", "alias", "tags", "note", "on_error", "quiet", "store_in",
)  # fmt: skip


@overload
def task(name: str, /, **given: object) -> TaskBlock: ...
@overload
def task(function: Callable[P, R], /) -> TaskFunction[P, R]: ...
@overload
def task(**given: object) -> Callable[[Callable[P, R]], TaskFunction[P, R]]: ...
def task(
    what: str | Callable[P, R] | None = None, /, **given: object
) -> TaskBlock | TaskFunction[P, R] | Callable[[Callable[P, R]], TaskFunction[P, R]]:
    """Make a function a task, or begin a task around a block.

    ::

        @cellar.task(cache="1d", retries=3, timeout="30m")
        def train(table, alpha): ...

        for attempt in cellar.task("train", inputs={"table": asset["t.parquet"]}, retries=2, cache="7d"):
            with attempt: ...

        with cellar.task("train", fresh=True) as run: ...

    Args:
        what: The name of a block's task; for a function nothing, its own name counts (``name=`` is another).
        given: ``inputs`` (alias to path, asset, entry or reference), ``params``, ``match``, ``exclude``, ``fresh``
            (True for functions), ``all``, ``at``, ``cache`` (True, an age or a :class:`Cache`), ``force``, ``memo``,
            ``retries`` (a number or :class:`Retries`), ``timeout`` and ``delay`` (seconds or ``"30m"``), ``alias``,
            ``tags``, ``note``, ``on_error``, ``quiet``, ``store_in``.

    Raises:
        UsageError: Something given is unknown or cannot be meant.
    """
    if isinstance(what, str):
        options = function_options({**given, "name": what}, fresh=None)
        params = given.get("params") or {}
        assert isinstance(params, Mapping)
        frame = sys._getframe(1)
        return TaskBlock(options.task, {str(k): parameter_value(v) for k, v in params.items()}, options.cache, frame)
    if what is not None:
        return _decorated(what, given)
    function_options({"name": "function", **given}, fresh=True)  # what cannot be meant is refused here, not later
    return lambda function: _decorated(function, given)


def _decorated(function: Callable[P, R], given: Mapping[str, object]) -> TaskFunction[P, R]:
    _check_function(function, given)
    return TaskFunction(function, function_options({"name": function.__name__, **given}, fresh=True))


def _check_function(function: object, given: Mapping[str, object]) -> None:
    name = getattr(function, "__name__", "")
    if not isinstance(function, FunctionType):
        kind = f"the class {name}" if isinstance(function, type) else f"{function!r:.60}"
        raise UsageError(f"{kind} is no function, and cannot be a task.", hint="Write @cellar.task above a `def`.")
    if "name" not in given and not name.isidentifier():
        raise UsageError(f"{function!r:.60} has no name of its own.", hint="Give it one: cellar.task(name=...)(...).")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise UsageError(
            f"{name} is a coroutine, and would still run when its task has ended.",
            hint="Write a plain `def` that calls asyncio.run(...), or use a %%task cell.",
        )
    if inspect.isgeneratorfunction(function):
        raise UsageError(f"{name} yields, and would run only when its task has ended.", hint="Return a list instead.")


def changed(options: FunctionOptions, changes: Mapping[str, object]) -> FunctionOptions:
    """Options with some of them given anew."""
    new = function_options({"name": options.task.name, **changes}, fresh=True)
    replaced = {_FIELDS[name] for name in changes if name in _FIELDS}
    task_options = replace(options.task, **{name: getattr(new.task, name) for name in replaced})
    if "cache" not in changes:
        task_options = replace(task_options, cache=with_force(task_options.cache, bool(changes.get("force"))))
    return FunctionOptions(
        task_options,
        new.cache if "cache" in changes else options.cache,
        new.memo if "memo" in changes else options.memo,
        new.delay_s if "delay" in changes else options.delay_s,
    )


_FIELDS = {
    "name": "name", "inputs": "inputs", "match": "match", "exclude": "exclude", "fresh": "fresh",
    "all": "whole_folder", "at": "at", "cache": "cache", "retries": "retries",
    "timeout": "timeout_s", "alias": "aliases", "tags": "tags", "note": "note", "on_error": "keep_failed",
    "quiet": "quiet", "store_in": "store_inputs",
}  # fmt: skip
assert set(_FIELDS.values()) <= {field.name for field in fields(TaskOptions)}


def function_options(given: Mapping[str, object], *, fresh: bool | None) -> FunctionOptions:
    """Read keyword arguments.

    Raises:
        UsageError: One is unknown or cannot be meant.
    """
    for name in given:
        if name not in SPELLINGS:
            raise UsageError(f"A task has no option {name!r}.", hint=did_you_mean(name, SPELLINGS))
    option, cache = as_option(_cache_of(given.get("cache", False)))
    options = TaskOptions(
        name=check_name(str(given["name"]), "task name"),
        inputs=tuple(_inputs(given.get("inputs"))),
        match=_texts(given.get("match")),
        exclude=_texts(given.get("exclude")),
        fresh=fresh if given.get("fresh") is None else bool(given["fresh"]),
        whole_folder=bool(given.get("all")),
        at=str(given.get("at") or ""),
        cache=with_force(option, bool(given.get("force"))),
        retries=_retries(given.get("retries", 0)),
        timeout_s=None if given.get("timeout") is None else checked_limit(_seconds(given["timeout"]) or 0),
        aliases=tuple(check_alias(one) for one in _texts(given.get("alias"))),
        tags=tuple(_tags(given.get("tags"))),
        note=checked_note(str(given.get("note") or "")),
        keep_failed=_keeps(given.get("on_error", "keep")),
        quiet=bool(given.get("quiet")),
        store_inputs=bool(given.get("store_in")),
    )
    memo = given.get("memo", False)
    return FunctionOptions(
        options, cache, memo if isinstance(memo, bool) else _texts(memo), _seconds(given.get("delay")) or 0.0
    )


def _cache_of(value: object) -> CacheArgument:
    if isinstance(value, bool | int | float | str | timedelta | Cache):
        return value
    raise UsageError(f"cache={value!r} cannot be meant.", hint="Give True, an age such as '7d', or a Cache(...).")


def _retries(value: object) -> Retries:
    if isinstance(value, bool | int | Retries):
        return as_retries(value)
    raise UsageError(f"retries={value!r} cannot be meant.", hint="Give a number or Retries(...).")


def _seconds(value: object) -> float | None:
    match value:
        case None:
            return None
        case str():
            return parse_duration(value)
        case timedelta() if value >= timedelta():
            return value.total_seconds()
        case int() | float() if value >= 0 and not isinstance(value, bool):
            return float(value)
    raise UsageError(f"{value!r} is no duration.", hint="Give seconds, or a text such as '30m'.")


def _keeps(value: object) -> bool:
    if value not in ("keep", "drop"):
        raise UsageError(f"on_error={value!r} cannot be meant.", hint="Give 'keep' or 'drop'.")
    return value == "keep"


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(map(str, value)) if isinstance(value, Iterable) else ()


def _tags(value: object) -> Iterable[tuple[str, str]]:
    items = value.items() if isinstance(value, Mapping) else ((one, "") for one in _texts(value))
    tags = [(str(key), str(text)) for key, text in items]
    for key, text in tags:
        check_label(LabelKind.TAG, key, text)
    return tags


def _inputs(value: object) -> Iterable[DeclaredInput]:
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [DeclaredInput(str(one), one, str(alias)) for alias, one in value.items()]
    if isinstance(value, str) or not isinstance(value, Iterable):
        return [DeclaredInput(str(value), value)]
    return [DeclaredInput(str(one), one) for one in value]
