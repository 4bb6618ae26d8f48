"""An environment around a task: loaded before, saved after, also when the task fails."""

from __future__ import annotations

import functools
import inspect
import logging
import os
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import ParamSpec, TypeVar, overload

from nbcellar.errors import UsageError
from nbcellar.tasks.environments.environment import Environment
from nbcellar.tasks.environments.lookup import get_or_create_env

P = ParamSpec("P")
R = TypeVar("R")

logger = logging.getLogger("nbcellar.environment")


@contextmanager
def in_environment(
    env_name: Environment | str | os.PathLike[str] | None = None, *, new: bool = False, symlink: bool = True
) -> Iterator[Environment]:
    """Load or make an environment, and save it at the end, whatever happens.

    What goes wrong while it is saved after an exception is a note on that exception, which goes on as it is.

    Raises:
        NbcellarError: As for `get_or_create_env` and `Environment.dump`.
    """
    env = get_or_create_env(new, env_name, symlink)
    env.reload_config()
    try:
        yield env
    except BaseException as error:
        try:
            env.dump()
        except Exception as problem:  # whatever it is, the task's own error goes on
            error.add_note(f"The environment {env.env_name.name} was not saved in full: {problem}")
        raise
    env.dump()


@contextmanager
def bound_environment(
    namespace: MutableMapping[str, object], env_name: str, *, new: bool, symlink: bool
) -> Iterator[Environment]:
    """An environment as the name ``env`` of a namespace; a value of another kind is put back there at the end.

    Raises:
        NbcellarError: As for `in_environment`.
    """
    missing = object()
    outer = namespace.get("env", missing)
    with in_environment(env_name, new=new, symlink=symlink) as env:
        namespace["env"] = env
        try:
            yield env
        finally:
            if outer is not missing and not isinstance(outer, Environment) and namespace.get("env") is env:
                namespace["env"] = outer


@overload
def env_task(new: Callable[P, R]) -> Callable[..., R]: ...
@overload
def env_task(new: bool = False, symlink: bool | None = None) -> Callable[[Callable[P, R]], Callable[..., R]]: ...


def env_task(
    new: bool | Callable[P, R] = False, symlink: bool | None = None
) -> Callable[[Callable[P, R]], Callable[..., R]] | Callable[..., R]:
    """Give a function its environment: ``@env_task(new=True)`` above ``def deploy(env=None)``.

    The caller says which by the keyword ``env`` or ``--env`` (as docopt and click give it; ``--env`` wins): an
    Environment, a folder, or None for ``./current``, or for a new folder. The function gets the Environment as ``env``,
    and whatever else it was called with; ``--env`` and ``env_symlink`` only if it takes any keyword.

    Args:
        new: Make a fresh environment.
        symlink: Whether ``./current`` points at it; None for what the keyword ``env_symlink`` says, by default yes.

    Raises:
        UsageError: The function takes no ``env``.

    Returns:
        The decorator. What the function returns or raises is handed on, after the environment was saved.
    """
    if callable(new):
        return _wrapped(new, False, symlink)
    fresh = new
    return lambda function: _wrapped(function, fresh, symlink)


def _wrapped(function: Callable[P, R], new: bool, symlink: bool | None) -> Callable[..., R]:
    names = inspect.signature(function).parameters
    takes_any = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in names.values())
    if "env" not in names and not takes_any:
        name = getattr(function, "__name__", repr(function))
        raise UsageError(f"{name} takes no env, so it cannot be given one.", hint=f"Write `def {name}(env=None, ...)`.")

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        dashed = kwargs.get("--env")
        spec = kwargs.get("env") if dashed is None or dashed == "" else dashed
        link = bool(kwargs.get("env_symlink", True)) if symlink is None else symlink
        if not takes_any:
            for name in ("--env", "env_symlink"):
                if name not in names:
                    kwargs.pop(name, None)
        with in_environment(spec, new=new, symlink=link) as env:  # type: ignore[arg-type]  # checked there
            kwargs["env"] = env
            logger.info("%s started with the environment %s", function.__name__, env.env_name)
            value = function(*args, **kwargs)
            logger.info("%s finished with the environment %s", function.__name__, env.env_name)
        return value

    return run
