"""The key of a cached task: everything that is known before it runs, each part named so that a change can be named."""

from __future__ import annotations

import builtins
import difflib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import SupportsIndex

from blake3 import blake3

from nbcellar.assets.display import size_text
from nbcellar.errors import EncodingError
from nbcellar.model import JSON
from nbcellar.tasks.body.code import Code
from nbcellar.tasks.body.freenames import free_names
from nbcellar.tasks.body.textnames import names_in_texts
from nbcellar.tasks.cache.fingerprint import fingerprint
from nbcellar.tasks.context.results import as_json

VERSION = 1
SMALL_BYTES = 16 * 2**20
SHOWN = 60
Parts = Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class CacheKey:
    """What must be the same.

    Attributes:
        parts: By kind, then by name, digests or small values.
        unknown: Names that the body reads and that could not be taken in, each with the reason.
    """

    parts: Parts
    unknown: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Hex over all parts."""
        text = json.dumps(self.parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return blake3(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where the parts come from.

    Attributes:
        space: Project and name, or a namespace of the user's.
        inputs: Digest of each declared input by alias or path; None where nothing is known of it.
        options: What decides which files are kept.
        variables: Environment variables that count.
        left_out: Names of the namespace that do not count: parameters, the asset's own variable.
    """

    space: str
    code: Code
    params: Mapping[str, JSON]
    inputs: Mapping[str, str | None]
    options: Mapping[str, JSON]
    namespace: Mapping[str, object]
    variables: tuple[str, ...] = ()
    left_out: frozenset[str] = frozenset()
    version: str = ""


def cache_key(source: KeySource) -> CacheKey:
    """Take the key now."""
    names, unknown = _names(source)
    parts: dict[str, JSON] = {
        "key": VERSION,
        "version": source.version,
        "space": source.space,
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "code": blake3(source.code.source.encode("utf-8", "surrogatepass")).hexdigest(),
        "params": {name: _content(value) for name, value in source.params.items()},
        "inputs": dict(source.inputs),
        "options": dict(source.options),
        "names": names,
        "variables": {name: os.environ.get(name) for name in source.variables},
    }
    return CacheKey(parts, unknown)


def _content(value: JSON) -> JSON:
    """A parameter; of an asset its content alone, whatever it is called."""
    match value:
        case {"asset": str(), "digest": str(digest), **rest} if not rest:
            return {"asset of": digest}
        case _:
            return value


def _names(source: KeySource) -> tuple[dict[str, JSON], dict[str, str]]:
    """Values and functions that the body reads; and what could not be compared."""
    known: dict[str, JSON] = {}
    unknown: dict[str, str] = {}
    for name in sorted(free_names(source.code.tree) | names_in_texts(source.code.tree)):
        if name in source.left_out or name not in source.namespace or _is_shells(name, source.namespace[name]):
            continue
        value = source.namespace[name]
        try:
            known[name] = _value(value)
        except EncodingError as error:
            unknown[name] = _size(value) or error.message.partition(" that cannot be compared")[0]
    return known, unknown


def _is_shells(name: str, value: object) -> bool:
    return name in ("In", "Out", "get_ipython", "exit", "quit", "__name__") or getattr(builtins, name, None) is value


def _value(value: object) -> JSON:
    """The value where it is small JSON, so that a reason can show it; else its fingerprint."""
    try:
        plain = as_json(value)
        if type(value) in (bool, int, float, str, type(None)) and len(json.dumps(plain)) <= SHOWN:
            return {"value": plain}
    except EncodingError:
        pass
    return {"fingerprint": fingerprint(value, most_bytes=SMALL_BYTES), "type": type(value).__qualname__}


def _size(value: object) -> str:
    """How large an array or table is, in words; empty for anything else."""
    size: object = getattr(value, "nbytes", None)
    if size is None and hasattr(value, "memory_usage"):
        usage = value.memory_usage()
        size = usage.sum() if hasattr(usage, "sum") else usage
    return size_text(int(size)) if isinstance(size, SupportsIndex) else ""


def differences(old: Parts, new: Parts, old_code: str, new_code: str) -> list[str]:
    """What changed between two keys, each in a few words."""
    found: list[str] = []
    if old.get("code") != new.get("code"):
        line = _changed_line(old_code, new_code)
        found.append(f"code changed (line {line})" if line else "code changed")
    words = {"params": "param", "inputs": "input", "names": "", "variables": "variable", "options": "option"}
    for kind, word in words.items():
        found += [f"{word} {text}".strip() for text in _mapping_changes(old.get(kind), new.get(kind))]
    if old.get("python") != new.get("python"):
        found.append(f"Python {old.get('python')} → {new.get('python')}")
    if old.get("version") != new.get("version"):
        found.append(f"version {old.get('version')!r} → {new.get('version')!r}")
    if old.get("key") != new.get("key"):
        found.append("the key is of another version of nbcellar")
    return found


def _changed_line(old: str, new: str) -> int | None:
    """The first line of the new cell (the marker's is 1) that is another one; comments do not count."""
    olds, news = old.splitlines(), new.splitlines()
    for tag, _, _, start, end in difflib.SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        if tag != "equal" and not all(_is_comment(line) for line in news[start:end] or [""] * (tag == "insert")):
            return start + 2
        if tag == "delete":
            return start + 2
    return None


def _is_comment(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _mapping_changes(old: JSON, new: JSON) -> Iterator[str]:
    before = old if isinstance(old, dict) else {}
    after = new if isinstance(new, dict) else {}
    for name in sorted({*before, *after}):
        if name not in after:
            yield f"{name} is not there any more"
        elif name not in before:
            yield f"{name} is new"
        elif _text(before[name]) != _text(after[name]):  # 1 is not 1.0
            yield f"{name} {_change(before[name], after[name])}"


def _text(value: JSON) -> str:
    return json.dumps(value, sort_keys=True)


def _change(old: JSON, new: JSON) -> str:
    match old, new:
        case ({"value": was}, {"value": now}) | ({"text": was}, {"text": now}):
            return f"{_short(was)} → {_short(now)}"
        case (dict(), _) | (_, dict()):
            return "changed"
        case str(was), str(now) if len(was) == len(now) == 64:
            return "changed"
        case _:
            return f"{_short(old)} → {_short(new)}"


def _short(value: JSON) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
