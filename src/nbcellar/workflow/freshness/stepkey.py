"""The static half of a step's key: what it is made of before it runs, and how two keys differ, in words."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from blake3 import blake3

from nbcellar.assets.scanning.digests import digest_files
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON
from nbcellar.store import Cellar
from nbcellar.tasks.reads.inputs import files_of
from nbcellar.workflow.documents.document import Step, emitted
from nbcellar.workflow.documents.valuetypes import shortened
from nbcellar.workflow.freshness.variables import variable_digest
from nbcellar.workflow.mapping.resolution import Resolved
from nbcellar.workflow.sources.function import FunctionSource
from nbcellar.workflow.sources.notebook import NotebookSource

VERSION = 1
_SHORT = 16
_WHOLE_VALUE = 200


@dataclass(frozen=True, slots=True)
class StepKey:
    """A key and what it was made from."""

    key: str
    parts: Mapping[str, JSON]


def step_key(
    cellar: Cellar,
    folder: Path,
    step: Step,
    notebook: NotebookSource,
    kernel: str,
    values: Mapping[str, Resolved],
    resources: Mapping[str, JSON] | None = None,
) -> StepKey:
    """The key of a step (or of one item of its ``for_each``) with these values."""
    parts: dict[str, JSON] = {
        "version": VERSION,
        "notebook": notebook.path.name,
        "cells": [_cell(cell.source, cell.tags) for cell in notebook.cells if cell.source.strip()],
        "kernel": kernel,
        "python": ".".join(map(str, sys.version_info[:2])),
        "parameters": {name: _kept(resolved.content) for name, resolved in sorted(values.items())},
        "inputs": _files(cellar, folder, step.inputs),
        "environment": {name: variable_digest(name) for name in sorted(step.depends_on_env)},
    }
    return _key({**parts, "resources": dict(resources)} if resources else parts)


def function_key(
    cellar: Cellar,
    folder: Path,
    step: Step,
    source: FunctionSource,
    values: Mapping[str, Resolved],
    resources: Mapping[str, JSON],
) -> StepKey:
    """The key of a function step (or of one item of its ``for_each``) with these values.

    Raises:
        EncodingError: Its code cannot be compared.
    """
    parts: dict[str, JSON] = {
        "version": VERSION,
        "function": source.name,
        "code": blake3(source.identity.encode("utf-8", "surrogatepass")).hexdigest()[:_SHORT],
        "emits": list(emitted(step)),
        "python": ".".join(map(str, sys.version_info[:2])),
        "parameters": {name: _kept(resolved.content) for name, resolved in sorted(values.items())},
        "inputs": _files(cellar, folder, step.inputs),
        "environment": {name: variable_digest(name) for name in sorted(step.depends_on_env)},
    }
    return _key({**parts, "resources": dict(resources)} if resources else parts)


def _key(parts: Mapping[str, JSON]) -> StepKey:
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return StepKey(blake3(text.encode("utf-8", "surrogatepass")).hexdigest(), parts)


def _cell(source: str, tags: tuple[str, ...]) -> str:
    meaning = [tag for tag in tags if tag in ("parameters", "raises-exception", "skip-execution")]
    return blake3("\0".join([source, *meaning]).encode("utf-8", "surrogatepass")).hexdigest()[:_SHORT]


def _kept(content: JSON) -> JSON:
    """A value as the key keeps it: itself where it is short, so that a difference can be shown."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    if len(text) <= _WHOLE_VALUE:
        return content
    return {"blake3": blake3(text.encode("utf-8", "surrogatepass")).hexdigest()}


def _files(cellar: Cellar, folder: Path, patterns: tuple[str, ...]) -> dict[str, JSON]:
    paths = [Path(path) for pattern in patterns for path in files_of(str(folder / pattern))]
    found = digest_files(cellar, paths) if paths else {}
    return {os.path.relpath(path, folder): found[path].digest.hex() if path in found else None for path in paths}


def differences(before: Mapping[str, JSON], now: Mapping[str, JSON]) -> list[str]:
    """What changed between two keys, in words; empty where nothing did."""
    return list(_differences(before, now))


def _differences(before: Mapping[str, JSON], now: Mapping[str, JSON]) -> Iterator[str]:
    yield from _cells(before.get("cells"), now.get("cells"))
    for name, old, new in _changed(before.get("parameters"), now.get("parameters")):
        place, old, new = _innermost(name, old, new)
        yield f"{place} {_shown(old)} → {_shown(new)}"
    for name, old, new in _changed(before.get("inputs"), now.get("inputs")):
        yield f"{name} is {'new' if old is None else 'gone' if new is None else 'changed'}"
    for name, _old, _new in _changed(before.get("environment"), now.get("environment")):
        yield f"environment variable {name} changed"
    if before.get("code") != now.get("code"):
        yield f"the code of {now.get('function')} changed"
    for name, _old, _new in _changed(before.get("resources"), now.get("resources")):
        yield f"the resource {name} changed"
    if before.get("emits") != now.get("emits"):
        yield "what it emits changed"
    for part, word in (("kernel", "kernel"), ("python", "Python"), ("notebook", "notebook"), ("function", "function")):
        if before.get(part) != now.get(part):
            yield f"{word} {before.get(part)} → {now.get(part)}"
    if before.get("version") != now.get("version"):
        yield "the key is of an older version"


def _innermost(place: str, old: JSON, new: JSON) -> tuple[str, JSON, JSON]:
    """The first part of two values that differs, where what is shown of the values is the same."""
    while _shown(old) == _shown(new):
        match old, new:
            case list(), list():
                index = next((at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), None)
                if index is None:
                    return f"the number of {place}", len(old), len(new)
                place, old, new = f"{place}[{index}]", old[index], new[index]
            case dict(), dict():
                key = min(key for key in old.keys() | new.keys() if old.get(key, ...) != new.get(key, ...))
                place, old, new = f"{place}[{key!r}]", old.get(key), new.get(key)
            case str(), str():
                unlike = (at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1])
                begin = max(0, next(unlike, min(len(old), len(new))) - 10)
                return place, f"…{old[begin:]}", f"…{new[begin:]}"
            case _:
                break
    return place, old, new


def _cells(before: JSON, now: JSON) -> Iterator[str]:
    if not isinstance(before, list) or not isinstance(now, list) or before == now:
        return
    if len(before) != len(now):
        word = "added" if len(now) > len(before) else "removed"
        count = abs(len(now) - len(before))
        yield f"{count} code cell{'s' if count > 1 else ''} {word}"
        return
    changed = [index for index, (old, new) in enumerate(zip(before, now, strict=True), 1) if old != new]
    yield f"code cell {changed[0]} changed" if len(changed) == 1 else f"code cells {_listed(changed)} changed"


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:3])) + (f" and {len(numbers) - 3} more" if len(numbers) > 3 else "")


def _changed(before: JSON, now: JSON) -> Iterator[tuple[str, JSON, JSON]]:
    old = before if isinstance(before, dict) else {}
    new = now if isinstance(now, dict) else {}
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name) or (name in old) != (name in new):
            yield name, old.get(name), new.get(name)


def _shown(value: JSON) -> str:
    match value:
        case {"file": str(name), "digest": str(digest)}:
            return f"{name} {digest[:7]}"
        case {"asset": str(digest)}:
            return digest[:7]
        case {"blake3": str(digest)}:
            return f"(a long value {digest[:7]})"
    return shortened(value)
