"""A live object with a scope: made when that begins, closed when it ends."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from pathlib import Path
from types import MappingProxyType

from nbcellar.errors import ResourceError, UsageError, did_you_mean
from nbcellar.settings import load, project_folder
from nbcellar.tasks.resources.specification import Factory, Params, ResourceScope, ResourceSpecification
from nbcellar.tasks.resources.typenames import dotted_name, load_type

NEVER = -1


class Resource:
    """A live object, with what makes and closes it.

    ``type`` is a class, a function, a generator that yields the object once, or anything that gives a context manager:
    that is entered, and what it yields is the object. Subclass it to write ``init`` and ``deinit`` yourself; what the
    subclass annotates are its parameters.

    Args:
        id: The name by which steps and tasks ask for it.
        type: What makes it; a name is imported only where your settings allow it.
        scope: ``runner``, ``process`` or ``node``.
        params: Keyword arguments of the type, or a list of positional ones.
        depends: ``STEP.NAME`` whose value the next pass gets; only with the scope ``runner``.
        spec: Instead of all these.
        own: Parameters of a subclass.

    Attributes:
        obj: The object; None before ``init`` and after ``deinit``.
        error: What ended the scope, for ``deinit``; None where all went well.

    Raises:
        UsageError: Something cannot be meant.
        UnsafeError: The type may not be imported; nothing was.
    """

    obj: object = None
    error: BaseException | None = None
    params: Params = MappingProxyType({})
    _factory: Factory | None = None

    def __init__(
        self,
        id: str = "",  # noqa: A002 - noob's words
        type: Factory | str = "",  # noqa: A002
        *,
        scope: ResourceScope | str = "",
        params: Params | None = None,
        depends: str | None = None,
        description: str = "",
        spec: ResourceSpecification | None = None,
        **own: object,
    ) -> None:
        self._stored_at: int | None = None
        self._entered: AbstractContextManager[object] | None = None
        if spec is None:
            kind = type or _own_kind(self)
            factory = None if isinstance(kind, str) else kind
            name = kind if isinstance(kind, str) else dotted_name(kind)
            given = own if params is None else params
            spec = ResourceSpecification(id, name, _scope(id, scope), given, depends or "", description, factory)
        self.spec = spec
        self.params = spec.params
        _take_own(self, own)

    @classmethod
    def from_specification(
        cls,
        spec: ResourceSpecification,
        input_collection: Params | None = None,
        *,
        allowed: Sequence[str] | None = None,
    ) -> Resource:
        """Make a resource as it is specified; its object is made by ``init``.

        Args:
            spec: What it is to be.
            input_collection: Parameters instead of those of the specification, where these hold expressions.
            allowed: The types that may be imported besides built-in classes and installed entry points; None for those
                that your settings allow.

        Raises:
            UnsafeError: The type may not be imported; nothing was.
            ResourceError: It cannot be imported.
        """
        factory = spec.factory or load_type(spec.type, _own_allowed() if allowed is None else allowed)
        params = spec.params if input_collection is None else input_collection
        if isinstance(factory, type) and issubclass(factory, Resource):
            named = isinstance(params, Mapping)
            return factory(**params, spec=spec) if named else factory(*params, spec=spec)  # type: ignore[arg-type]
        made = cls(spec=spec)
        made._factory, made.params = factory, params
        return made

    @property
    def id(self) -> str:
        """The name by which steps and tasks ask for it."""
        return self.spec.id

    @property
    def scope(self) -> ResourceScope:
        """How long it lives."""
        return self.spec.scope

    @property
    def depends(self) -> str | None:
        """``STEP.NAME`` whose value the next pass gets; None for nothing."""
        return self.spec.depends or None

    @property
    def stored_at(self) -> int | None:
        """The pass whose value it holds; None for never, which may also be written as -1."""
        return self._stored_at

    @stored_at.setter
    def stored_at(self, epoch: int | None) -> None:
        self._stored_at = None if epoch == NEVER else epoch

    def init(self) -> None:
        """Make the object.

        Raises:
            ResourceError: It is made already, or what makes it would have to be awaited.
            Exception: Whatever its type raises, with a note.
        """
        if self.obj is not None or self._entered is not None:
            raise ResourceError(f"The resource {self.id!r} is made already.", hint="Close it first: deinit().")
        try:
            self.obj = self._made()
        except Exception as error:
            error.add_note(f"This was raised while the resource {self.id!r} was made.")
            raise

    def deinit(self) -> None:
        """Close the object, and let it go. ``error`` is handed to the context manager or generator.

        Raises:
            Exception: Whatever closing raises.
        """
        entered, self._entered = self._entered, None
        error, self.obj = self.error, None
        if entered is None:
            return
        try:
            if error is None:
                entered.__exit__(None, None, None)
            else:
                entered.__exit__(type(error), error, error.__traceback__)
        except BaseException as raised:
            if raised is not error:
                raise

    def update(self, value: object, epoch: int, copy: bool = True) -> None:
        """Hold what a step emitted, for the next pass.

        Args:
            value: What it emitted.
            epoch: The pass that it is from.
            copy: Keep a copy, since others of this pass still change the value.

        Raises:
            ResourceError: It cannot be copied; what was held before still is.
        """
        if copy:
            try:
                value = deepcopy(value)
            except Exception as error:  # a value's own __deepcopy__ may raise anything
                raise ResourceError(
                    f"What {self.depends} emits for the resource {self.id!r} cannot be copied: "
                    f"{type(error).__name__}: {error}.",
                    saved="The resource holds what it held before.",
                    hint="Give its class __deepcopy__, or let no other step take it: then it is not copied.",
                ) from error
        self.obj, self.stored_at = value, epoch

    def _made(self) -> object:
        import inspect  # 5 ms, and a run in which nothing changed makes none

        factory = self._factory or self.spec.factory or load_type(self.spec.type, _own_allowed())
        if inspect.iscoroutinefunction(factory) or inspect.isasyncgenfunction(factory):
            hint = "Make it in a plain function, and await in the steps."
            raise ResourceError(f"The type of the resource {self.id!r} is async, and nobody awaits it.", hint=hint)
        if inspect.isgeneratorfunction(factory):
            factory = contextmanager(factory)
        made = factory(**self.params) if isinstance(self.params, Mapping) else factory(*self.params)
        if not isinstance(made, AbstractContextManager) or hasattr(made, "acquire"):  # a lock is shared, not held
            return made
        value: object = made.__enter__()
        self._entered = made
        return value

    def __del__(self) -> None:
        if self.obj is not None or getattr(self, "_entered", None) is not None:
            text = f"The resource {self.id!r} was forgotten: nobody closed it."
            warnings.warn(text, ResourceWarning, stacklevel=2, source=self)

    def __repr__(self) -> str:
        state = "not made" if self.obj is None else f"a {type(self.obj).__name__}"
        return f"<Resource {self.id}, {self.scope.value}: {state}>"


def _own_kind(resource: Resource) -> Factory | str:
    """A subclass is its own type."""
    return "" if type(resource) is Resource else type(resource)


def _take_own(resource: Resource, own: Mapping[str, object]) -> None:
    """Set the parameters of a subclass: what it annotates."""
    import inspect

    kind = type(resource)
    kinds = [each for each in kind.__mro__ if issubclass(each, Resource) and each is not Resource]
    known = [name for each in kinds for name in inspect.get_annotations(each)]
    for name, value in own.items():
        if name not in known:
            raise UsageError(f"{kind.__name__} has no parameter {name!r}.", hint=did_you_mean(name, known))
        setattr(resource, name, value)


def _scope(identifier: str, scope: str) -> ResourceScope:
    known = [each.value for each in ResourceScope]
    if scope not in known:
        hint = did_you_mean(scope, known) or "Give scope='runner', 'process' or 'node'."
        message = f"{scope!r} is no scope" if scope else "it has no scope"
        raise UsageError(f"The resource {identifier!r} cannot be meant: {message}.", hint=hint)
    return ResourceScope(scope)


def _own_allowed() -> Sequence[str]:
    return load(project_folder(Path.cwd())).allowed_types
