"""The parameters that a task line declares, read where the body runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from nbcellar.errors import UsageError, did_you_mean
from nbcellar.model import JSON
from nbcellar.tasks.cache.fingerprint import parameter_value
from nbcellar.tasks.taskline.options import DeclaredParam
from nbcellar.tasks.taskline.words import NOT_RUN

_SCALARS = (bool, int, float, str)


def read_params(params: Iterable[DeclaredParam], namespace: Mapping[str, object]) -> dict[str, JSON]:
    """The value of each: the one that it was given, or of the variable of its name.

    Raises:
        UsageError: There is no such variable.
    """
    found: dict[str, JSON] = {}
    for param in params:
        if not param.from_namespace:
            found[param.name] = param.value
            continue
        if param.name not in namespace:
            raise UsageError(
                f"--param {param.name}: there is no such variable.",
                saved=NOT_RUN,
                hint=did_you_mean(param.name, _own_names(namespace)) or f"Give it a value: --param {param.name}=3.",
            )
        found[param.name] = parameter_value(namespace[param.name])
    return found


def unset_words(params: Iterable[DeclaredParam], namespace: Mapping[str, object]) -> tuple[str, ...]:
    """A word on each literal whose name is a variable of another value: a parameter sets none."""
    words = []
    for param in params:
        now = namespace.get(param.name)
        if not param.from_namespace and type(now) in _SCALARS and now != param.value:
            given = json.dumps(param.value, ensure_ascii=False)
            words.append(f"--param {param.name}={given} sets no variable: {param.name} is {now!r:.60}")
    return tuple(words)


def _own_names(namespace: Mapping[str, object]) -> list[str]:
    return [name for name, value in namespace.items() if name[:1] != "_" and not callable(value)]
