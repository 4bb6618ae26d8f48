"""The resources of this process: registered by name, lent to its tasks.

``node`` is fresh for each attempt, ``process`` lasts until :func:`next_pass`, ``runner`` until the process ends.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from typing import TypeVar, overload

from nbcellar.errors import NotFoundError, UsageError, did_you_mean
from nbcellar.tasks.resources.lifetime import Lifetime
from nbcellar.tasks.resources.resource import Resource
from nbcellar.tasks.resources.specification import Factory, Params, ResourceScope, ResourceSpecification

F = TypeVar("F", bound=Callable[..., object])


class Session:
    """What is registered, and what of it is live."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._known: dict[str, ResourceSpecification] = {}
        self._live: list[Resource] = []
        self._pid = os.getpid()

    def register(self, specification: ResourceSpecification) -> None:
        """Let tasks use it; one of the same name before it is closed.

        Raises:
            ResourceError: The one before could not be closed; the new one counts all the same.
        """
        with self._lock:
            before = [each for each in self._live if each.id == specification.id]
            self._live = [each for each in self._live if each.id != specification.id]
            self._known[specification.id] = specification
        _close(before)

    def check(self, names: Sequence[str]) -> None:
        """See that all are registered.

        Raises:
            NotFoundError: One is not.
        """
        for name in names:
            if name not in self._known:
                hint = did_you_mean(name, self._known) or (
                    f"There are {', '.join(self._known)}."
                    if self._known
                    else f"Register it first: cellar.resource({name!r}, TYPE, scope='runner')."
                )
                raise NotFoundError(f"--use {name}: there is no resource {name!r}.", hint=hint)

    @contextmanager
    def lent(self, names: Sequence[str], namespace: MutableMapping[str, object]) -> Iterator[None]:
        """Have them in a namespace by their names; afterwards that is as it was.

        Raises:
            NotFoundError: One is not registered.
            ResourceError: One could not be closed, and nothing else went wrong.
            Exception: Whatever making one raises.
        """
        self.check(names)
        own = [self._made(name) for name in names if self._known[name].scope is ResourceScope.NODE]
        with self._lock:
            shared = {name: self._shared(name) for name in names if self._known[name].scope is not ResourceScope.NODE}
        with Lifetime(own) as objects:
            before = {name: namespace[name] for name in names if name in namespace}
            namespace.update({**shared, **objects})
            try:
                yield
            finally:
                for name in names:
                    namespace.pop(name, None)
                namespace.update(before)

    def next_pass(self) -> None:
        """Close what lasts for one pass, in reverse; the next task that uses it gets a new one.

        Raises:
            ResourceError: Some could not be closed; all others are.
        """
        self._end(ResourceScope.PROCESS)

    def end(self) -> None:
        """Close everything, as the process ends.

        Raises:
            ResourceError: Some could not be closed; all others are.
        """
        if os.getpid() == self._pid:  # a forked child ends without closing what its parent goes on to use
            self._end(ResourceScope.PROCESS, ResourceScope.RUNNER)

    def _end(self, *scopes: ResourceScope) -> None:
        with self._lock:
            ending = [each for scope in reversed(scopes) for each in self._live if each.scope is scope]
            self._live = [each for each in self._live if each.scope not in scopes]
        _close(ending)

    def _shared(self, name: str) -> object:
        for each in self._live:
            if each.id == name:
                return each.obj
        made = self._made(name)
        made.init()
        self._live.append(made)
        self._pid = os.getpid()
        return made.obj

    def _made(self, name: str) -> Resource:
        return Resource.from_specification(self._known[name])


def _close(resources: Sequence[Resource]) -> None:
    """Close them, the last first."""
    lifetime = Lifetime(())
    lifetime.take_over(resources)
    lifetime.close()


SESSION = Session()


atexit.register(SESSION.end)  # what it raises, Python shows; other ends of the process go on


@overload
def resource(
    what: str | Resource | ResourceSpecification,
    /,
    type: Factory | str = "",
    *,
    scope: ResourceScope | str = "",
    params: Params | None = None,
    description: str = "",
) -> Resource: ...
@overload
def resource(
    *, scope: ResourceScope | str, params: Params | None = None, description: str = ""
) -> Callable[[F], F]: ...
def resource(
    what: str | Resource | ResourceSpecification | None = None,
    /,
    type: Factory | str = "",  # noqa: A002 - as documents call it
    *,
    scope: ResourceScope | str = "",
    params: Params | None = None,
    description: str = "",
) -> Resource | Callable[[F], F]:
    """Register a live object for the tasks of this session: ``%%task NAME --use RESOURCE``.

    ::

        cellar.resource("rng", random.Random, scope="runner", params=[7])

        @cellar.resource(scope="process")
        def client():
            with Client() as opened:
                yield opened

    Args:
        what: Its id; or a :class:`Resource`, or a specification, such as one of ``workflow.resources``.
        type: What makes it: a class, a function, a generator or a context manager.
        scope: ``node``: new for each task. ``process``: until :func:`next_pass`. ``runner``: until the kernel ends.
        params: Keyword arguments of the type, or a list of positional ones.

    Returns:
        The resource, not made yet; as a decorator, the function itself.

    Raises:
        UsageError: Something cannot be meant.
        ResourceError: One of the same name was live and could not be closed.
    """
    if what is None:
        return lambda function: _decorated(function, scope, params, description)
    if isinstance(what, str):
        if not type:
            raise UsageError(f"The resource {what!r} has no type.", hint=f"cellar.resource({what!r}, TYPE, scope=...).")
        made = Resource(what, type, scope=scope, params=params, description=description)
    else:
        made = Resource(spec=what) if isinstance(what, ResourceSpecification) else what
    SESSION.register(made.spec)
    return made


def _decorated(function: F, scope: str, params: Params | None, description: str) -> F:
    words = description or (function.__doc__ or "").strip().partition("\n")[0]
    SESSION.register(Resource(function.__name__, function, scope=scope, params=params, description=words).spec)
    return function


def next_pass() -> None:
    """Begin the next pass: resources of the scope ``process`` are closed, and made anew when a task uses them.

    Raises:
        ResourceError: Some could not be closed; all others are.
    """
    SESSION.next_pass()
