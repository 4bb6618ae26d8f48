"""Results that a notebook gives by name: ``cellar.result`` and ``cellar.record``."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping

from nbcellar.errors import EncodingError, UsageError
from nbcellar.model import JSON, Record
from nbcellar.store import Cellar, RecordQuery
from nbcellar.store import current as current_cellar
from nbcellar.tasks.context.current import running
from nbcellar.tasks.context.results import as_json


def result(name: str, value: object) -> Record:
    """Give a named result, for the steps of a workflow that map it.

    Args:
        name: What a mapping calls it.
        value: JSON of at most 64 KiB; numpy scalars are taken as numbers.

    Raises:
        EncodingError: It is no JSON.
        UsageError: The name is unusable.
    """
    cellar = current_cellar()
    run = _step()
    if run is not None and cellar.exists and cellar.records(RecordQuery(name=name, run=run, limit=1)):
        warnings.warn(f"The result {name!r} was given twice in this step; the last one counts.", stacklevel=2)
    return _record(cellar, name, {}, {"value": value})


def record(
    name: str, inputs: Mapping[str, object] | None = None, outputs: Mapping[str, object] | None = None
) -> Record:
    """Record a result with what it was computed from, unique by content: recording it twice is one row.

    Args:
        name: What it is found by.
        inputs: JSON values by name.
        outputs: JSON values by name.

    Raises:
        EncodingError: A value is no JSON, or its name no text; the message names it.
        UsageError: The name is unusable, or what is given is no dict.
    """
    return _record(current_cellar(), name, inputs or {}, outputs or {})


def _record(cellar: Cellar, name: str, inputs: Mapping[str, object], outputs: Mapping[str, object]) -> Record:
    return cellar.record(name, _plain(name, inputs), _plain(name, outputs), run=_step())


def _plain(name: str, values: Mapping[str, object]) -> dict[str, JSON]:
    found: dict[str, JSON] = {}
    if not isinstance(values, Mapping):
        raise UsageError(
            f"The record {name!r} has {values!r:.60} where its values go.", hint="Give a dict: {'rmse': 0.5}."
        )
    for key, value in values.items():
        if not isinstance(key, str):
            raise EncodingError(
                f"{key!r} of the record {name!r} is no text, and names are.", hint=f"Write {str(key)!r}."
            )
        try:
            found[key] = as_json(value)
        except EncodingError as error:
            raise EncodingError(
                f"{key!r} of the record {name!r} cannot be kept: {error.message}",
                hint="Give numbers, texts, lists and dicts, or write it to a file.",
            ) from error
    return found


def _step() -> str | None:
    """The run of the notebook; outside of workflows that of the task."""
    context = running()
    notebook = os.environ.get("NBCELLAR_RUN")
    return notebook or (context.run.id if context is not None else None)
