"""``${parameters.year}`` in the texts of a document: nothing else is evaluated, ever."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from nbcellar.model import JSON

_EXPRESSION = re.compile(r"\$\$\{|\$\{\s*([^}]*?)\s*\}")
_NAME = re.compile(r"parameters\.([A-Za-z_][A-Za-z0-9_-]*)")


def expressions(value: JSON) -> Iterator[str]:
    """Every ``${…}`` inside a value, without its braces."""
    if isinstance(value, str):
        yield from (match[1] for match in _EXPRESSION.finditer(value) if match[1] is not None)
    elif isinstance(value, list):
        for item in value:
            yield from expressions(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from expressions(item)


def unclosed(value: JSON) -> str:
    """The first text in a value that has a ``${`` without its brace; empty where there is none."""
    if isinstance(value, str):
        return value if "${" in _EXPRESSION.sub("", value) else ""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next(filter(None, map(unclosed, inner)), "")


def parameter_of(expression: str) -> str | None:
    """The parameter that an expression names; None where it is none."""
    match = _NAME.fullmatch(expression)
    return match[1] if match else None


def expand(value: JSON, parameters: Mapping[str, JSON]) -> JSON:
    """The value with each expression replaced; one that stands alone keeps its type. ``$${`` is a plain ``${``."""
    if isinstance(value, list):
        return [expand(item, parameters) for item in value]
    if isinstance(value, dict):
        return {key: expand(item, parameters) for key, item in value.items()}
    if not isinstance(value, str):
        return value
    alone = _EXPRESSION.fullmatch(value)
    if alone and alone[1] is not None:
        return parameters[parameter_of(alone[1]) or alone[1]]
    return _EXPRESSION.sub(lambda match: _shown(match[1], parameters), value)


def _shown(expression: str | None, parameters: Mapping[str, JSON]) -> str:
    if expression is None:
        return "${"
    return str(parameters[parameter_of(expression) or expression])


def literal(value: JSON) -> JSON:
    """A value in which no ``${`` is an expression."""
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, list):
        return [literal(item) for item in value]
    if isinstance(value, dict):
        return {key: literal(item) for key, item in value.items()}
    return value


def substitute(value: JSON, replacements: Mapping[str, JSON]) -> JSON:
    """The value with each parameter replaced by another template; what is not in ``replacements`` stays."""
    if isinstance(value, list):
        return [substitute(item, replacements) for item in value]
    if isinstance(value, dict):
        return {key: substitute(item, replacements) for key, item in value.items()}
    if not isinstance(value, str):
        return value
    name = sole_parameter(value)
    if name is not None and name in replacements:
        return replacements[name]

    def replaced(match: re.Match[str]) -> str:
        inner = parameter_of(match[1]) if match[1] is not None else None
        return str(replacements[inner]) if inner is not None and inner in replacements else match[0]

    return _EXPRESSION.sub(replaced, value)


def sole_parameter(value: JSON) -> str | None:
    """The parameter that a text stands for, where it is one expression and nothing else."""
    alone = _EXPRESSION.fullmatch(value) if isinstance(value, str) else None
    return parameter_of(alone[1]) if alone and alone[1] is not None else None
