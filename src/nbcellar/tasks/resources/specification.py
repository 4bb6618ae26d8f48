"""What a resource is to be, before it is made: noob's asset specification, by its fields and its rules."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias

from nbcellar.errors import UsageError, did_you_mean
from nbcellar.lightclasses import dataclass, field
from nbcellar.model import JSON, NAME

Params: TypeAlias = Mapping[str, object] | Sequence[object]
Factory: TypeAlias = Callable[..., object]

RESERVED = ("assets", "input", "meta", "tube")
"""Words that stand for something else in noob's documents."""
KEYS = ("id", "type", "scope", "params", "depends", "description")


class ResourceScope(StrEnum):
    """How long a resource lives.

    ``runner``: as long as the runner; in a kernel, until it ends. ``process``: for one pass. ``node``: for one step.
    """

    RUNNER = "runner"
    PROCESS = "process"
    NODE = "node"


@dataclass(frozen=True, slots=True)
class ResourceSpecification:
    """A resource as a document says it.

    Attributes:
        id: The name by which steps ask for it.
        type: What makes it: ``package.module.Name`` of a class, function, generator or context manager, or the name of
            a built-in class.
        params: Keyword arguments, or a list of positional ones.
        depends: ``STEP.NAME``: what that step emits is what the next pass gets; only with the scope ``runner``.
        factory: The class or function itself, where Python gave it; no part of what is compared.

    Raises:
        UsageError: A field breaks a rule; the message names all that do.
    """

    id: str
    type: str
    scope: ResourceScope
    params: Params = field(default_factory=dict)
    depends: str = ""
    description: str = ""
    factory: Factory | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        found = [*_id_problems(self.id), *_depends_problems(self.depends, self.scope), *_params_problems(self.params)]
        if self.factory is None:
            found += _type_problems(self.type)
        elif not callable(self.factory):
            message = f"{self.factory!r:.60} makes nothing."
            found.append(Fault("type", message, "Give a class, a function or a generator, or the name of one."))
        if found:
            raise _refusal(self.id, found)

    @classmethod
    def from_json(cls, value: JSON) -> ResourceSpecification:
        """Read a specification.

        Raises:
            UsageError: It is none; the message names everything that is wrong with it.
        """
        if not isinstance(value, Mapping):
            raise UsageError(f"A resource is specified by a mapping of keys to values, and this is {value!r:.60}.")
        found = list(specification_problems(value))
        if found:
            raise _refusal(str(value.get("id", "")), found)
        params = value.get("params")
        return cls(
            id=str(value["id"]),
            type=str(value["type"]),
            scope=ResourceScope(str(value["scope"])),
            params=params if isinstance(params, dict | list) else {},
            depends=str(value.get("depends") or ""),
            description=str(value.get("description") or ""),
        )

    def to_json(self) -> dict[str, JSON]:
        """As a document writes it.

        Raises:
            UsageError: It was made from something that no name means, or with values that are no JSON.
        """
        from nbcellar.tasks.context.results import as_json

        if not self.type:
            raise UsageError(
                f"The resource {self.id!r} is made by {self.factory!r}, which no file can name.",
                hint="Move it to the top of a module, or keep the workflow in Python.",
            )
        whole: dict[str, JSON] = {"id": self.id, "type": self.type, "scope": self.scope.value}
        if self.params:
            whole["params"] = as_json(dict(self.params) if isinstance(self.params, Mapping) else list(self.params))
        if self.depends:
            whole["depends"] = self.depends
        return whole | ({"description": self.description} if self.description else {})

    @staticmethod
    def json_schema() -> dict[str, JSON]:
        """The JSON schema of a specification, for editors."""
        names: list[JSON] = [scope.value for scope in ResourceScope]
        return {
            "type": "object",
            "title": "Resource",
            "description": "A live object with a scope.",
            "additionalProperties": False,
            "required": ["type", "scope"],
            "properties": {
                "id": {"type": "string", "pattern": "^[^\\W\\d]\\w*$", "not": {"enum": list(RESERVED)}},
                "type": {"type": "string", "description": "package.module.Name, or the name of a built-in class."},
                "scope": {"enum": names, "description": "How long it lives."},
                "params": {"type": ["object", "array", "null"], "description": "Keyword or positional arguments."},
                "depends": {
                    "type": ["string", "null"],
                    "pattern": "^[^.]+(\\.[^.]+)+$",
                    "description": "STEP.NAME whose value the next pass gets; only with the scope runner.",
                },
                "description": {"type": ["string", "null"]},
            },
        }


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule that a specification breaks.

    Attributes:
        key: Of the specification; empty for the whole.
    """

    key: str
    message: str
    hint: str = ""


def specification_problems(value: Mapping[str, JSON]) -> Iterator[Fault]:
    """Everything that is wrong with a specification as read."""
    for key in value:
        if key not in KEYS:
            yield Fault(key, f"unknown key {key!r}.", did_you_mean(key, KEYS) or f"Known here: {', '.join(KEYS)}.")
    for key in ("id", "type", "scope"):
        if not isinstance(value.get(key), str):
            yield Fault(key, f"it must be text, and is {value[key]!r:.60}." if key in value else f"{key} is missing.")
    for key in ("depends", "description"):
        if not isinstance(value.get(key), str | None):
            yield Fault(key, f"it must be text, and is {value[key]!r:.60}.")
    scope, depends = value.get("scope"), value.get("depends")
    if isinstance(identifier := value.get("id"), str):
        yield from _id_problems(identifier)
    if isinstance(kind := value.get("type"), str):
        yield from _type_problems(kind)
    scopes = [each.value for each in ResourceScope]
    if isinstance(scope, str) and scope not in scopes:
        hint = did_you_mean(scope, scopes) or "Write runner, process or node."
        yield Fault("scope", f"{scope!r} is no scope.", hint)
    if isinstance(depends, str):
        yield from _depends_problems(depends, str(scope))
    yield from _params_problems(value.get("params"))


def _refusal(identifier: str, faults: Sequence[Fault]) -> UsageError:
    words = [" ".join(part for part in (f"{fault.key}:", fault.message, fault.hint) if part) for fault in faults]
    if len(words) == 1:
        return UsageError(f"The resource {identifier!r} cannot be meant: {words[0]}")
    return UsageError(f"The resource {identifier!r} cannot be meant:" + "".join(f"\n  {word}" for word in words))


def _id_problems(identifier: str) -> Iterator[Fault]:
    if not identifier.isidentifier():
        yield Fault("id", f"{identifier!r} is not a Python identifier.", "Use letters, digits and _.")
    elif identifier in RESERVED:
        yield Fault("id", f"{identifier!r} is reserved.", f"Choose another than {', '.join(RESERVED)}.")


def _type_problems(kind: str) -> Iterator[Fault]:
    if kind.startswith("."):
        yield Fault("type", f"{kind!r} is relative.", "Write it from the package on: package.module.Name.")
    elif "." not in kind:
        if not hasattr(builtins, kind):
            yield Fault("type", f"{kind!r} is neither module.Name nor built in.", did_you_mean(kind, dir(builtins)))
    else:
        for part in kind.split("."):
            if not part.isidentifier():
                yield Fault("type", f"{part!r} in {kind!r} is not a Python identifier.")


def _depends_problems(depends: str, scope: str) -> Iterator[Fault]:
    if not depends:
        return
    step, dot, name = depends.rpartition(".")  # a step of an inner workflow has dots in its name
    if not dot:
        yield Fault("depends", f"{depends!r} is not STEP.NAME.")
    elif not step:
        yield Fault("depends", f"{depends!r} names no step.", "Write STEP.NAME.")
    elif not name:
        yield Fault("depends", f"{depends!r} names nothing that {step!r} emits.", "Write STEP.NAME.")
    else:
        for part in (*step.split("."), name):
            if not NAME.fullmatch(part):
                yield Fault("depends", f"{part!r} in {depends!r} is not a usable name.")
    if scope in (ResourceScope.PROCESS, ResourceScope.NODE):  # what is no scope is said of the scope
        yield Fault(
            "depends", f"it goes with the scope runner alone, and the scope is {scope}.", "A shorter life ends."
        )


def _params_problems(params: object) -> Iterator[Fault]:
    if params is None or isinstance(params, Mapping):
        for name in params or ():
            if not isinstance(name, str) or not name.isidentifier():
                yield Fault("params", f"{name!r} cannot be the name of an argument.")
    elif isinstance(params, str | bytes) or not isinstance(params, Sequence):
        yield Fault("params", f"they must be a mapping or a list, and are {params!r:.60}.")
