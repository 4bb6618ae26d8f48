"""Secrets by reference: ``{"secret": "env:NAME"}`` is a parameter whose value only the kernel gets to see."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping

from nbcellar.model import JSON

KEY = "secret"
SCHEME = "env:"
HINT = 'Write {secret: "env:NAME"}, and set the variable NAME where the workflow is run.'

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAMED = re.compile(
    r"(^|_)(password|passwd|passphrase|secret|credentials?|api_?key|access_?key|private_?key|secret_?key"
    r"|(access|auth|api|bearer|refresh)_?token)$|^token$",
    re.IGNORECASE,
)
_SHAPED = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10,}|://[^/\s:@]+:[^/\s:@]+@"
)


def variable_of(value: JSON) -> str | None:
    """The environment variable that a reference names; None where the value is none."""
    if isinstance(value, dict) and value.keys() == {KEY} and isinstance(text := value[KEY], str):
        name = text.removeprefix(SCHEME)
        return name if text.startswith(SCHEME) and _VARIABLE.fullmatch(name) else None
    return None


def variables(values: Iterable[JSON]) -> tuple[str, ...]:
    """The environment variables of all references among some values."""
    found = (variable_of(value) for value in values)
    return tuple(sorted({name for name in found if name is not None}))


def reference_problems(name: str, value: JSON) -> Iterator[tuple[str, str]]:
    """What is wrong with a parameter's value as to secrets: messages and hints."""
    variable = variable_of(value)
    if variable is not None:
        if variable not in os.environ:
            yield f"the environment variable {variable!r} is not set.", f"Set it: export {variable}=…"
    elif isinstance(value, dict) and KEY in value and len(value) == 1:
        yield f"{value[KEY]!r:.40} is no reference to a secret.", HINT
    elif any(_nested(value)):
        yield "a secret within another value is not resolved.", "Make it a parameter of its own."
    elif isinstance(value, str) and value and _in_clear(name, value):
        yield "it looks like a secret in clear, and parameters are kept in the executed notebook.", HINT


def assignments(values: Mapping[str, JSON]) -> str:
    """Python that sets the parameters that are references, for the cell of injected parameters."""
    found = {name: variable for name, value in values.items() if (variable := variable_of(value)) is not None}
    return "".join(f'\n{name} = __import__("os").environ["{variable}"]' for name, variable in found.items())


def _nested(value: JSON) -> Iterator[bool]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        yield variable_of(item) is not None
        yield from _nested(item)


def _in_clear(name: str, value: str) -> bool:
    return "${" not in value and (_NAMED.search(name) is not None or _SHAPED.search(value) is not None)
