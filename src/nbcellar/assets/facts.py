"""Runs, labels and entries as JSON: the one form that listings, cards, the widget and the server share."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable
from functools import lru_cache

from nbcellar.assets.display import json_path
from nbcellar.model import JSON, AssetSummary, Entry, Input, Kind, Label, LabelKind, Run

ASSET_TYPE = "application/vnd.nbcellar.asset+json"
"""The media type under which front ends are told of an asset."""

_TYPES = {
    ".ipynb": "application/x-ipynb+json",
    ".md": "text/markdown",
    ".npy": "application/x-npy",
    ".npz": "application/x-npz",
    ".nc": "application/x-netcdf",
    ".parquet": "application/vnd.apache.parquet",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
_FREQUENT = {
    ".bin": "application/octet-stream",
    ".csv": "text/csv",
    ".gif": "image/gif",
    ".html": "text/html",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".zip": "application/zip",
}
"""As the standard library says, which takes 10 ms to say anything."""


def media_type(name: bytes) -> str:
    """The media type that the name's ending stands for; empty where it stands for none."""
    stem, _, ending = name.rpartition(b"/")[2].rpartition(b".")
    return _type_of_ending(ending) if stem and ending else ""


def media_types(names: Iterable[bytes]) -> list[str]:
    """As `media_type`, of many names; most end alike."""
    parts = [name.rpartition(b".") for name in names]
    kinds = {
        ending: _type_of_ending(ending) if ending and b"/" not in ending else ""
        for ending in {ending for _, _, ending in parts}
    }
    return [kinds[ending] if stem and stem[-1] != _SLASH else "" for stem, _, ending in parts]


_SLASH = ord("/")


@lru_cache(maxsize=4096)
def _type_of_ending(written: bytes) -> str:
    ending = f".{os.fsdecode(written).lower()}"
    if (known := _TYPES.get(ending) or _FREQUENT.get(ending)) is not None:
        return known
    from mimetypes import MimeTypes  # here, since it is slow, and most verbs name no types

    # Its own table, not the machine's: the same name has the same type everywhere.
    return MimeTypes().guess_type(f"name{ending}", strict=False)[0] or ""


def iso_time(at_ns: int) -> str:
    """``2026-11-22T11:40:00.123456Z``."""
    seconds, rest = divmod(at_ns, 10**9)
    moment = datetime.datetime.fromtimestamp(seconds, tz=datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{rest // 1000:06d}Z"


def entry_facts(entry: Entry) -> dict[str, JSON]:
    """An entry: its path, kind, size and digest; its media type where known."""
    facts: dict[str, JSON] = {
        **json_path(entry.name),
        "kind": entry.kind.value,
        "size_bytes": entry.size_bytes,
        "digest": entry.digest.hex(),
    }
    if entry.executable:
        facts["executable"] = True
    if entry.kind is Kind.FILE and (kind := media_type(entry.name)):
        facts["type"] = kind
    return facts


def asset_facts(asset: AssetSummary) -> dict[str, JSON]:
    """An asset's identity and size."""
    return {"digest": asset.digest.hex(), "entry_count": asset.entry_count, "size_bytes": asset.size_bytes}


def run_facts(run: Run, labels: Iterable[Label] = ()) -> dict[str, JSON]:
    """What a listing says of a run."""
    facts: dict[str, JSON] = {
        "ref": run.ref,
        "id": run.id,
        "kind": run.kind.value,
        "project": run.project,
        "name": run.name,
        "number": run.number,
        "status": run.status.value,
        "started": iso_time(run.started_ns),
        "seconds": None if run.ended_ns is None else (run.ended_ns - run.started_ns) / 1e9,
        "asset": asset_facts(run.asset) if run.asset else None,
        "params": dict(run.params),
        **label_facts(labels),
    }
    if run.removed_ns is not None:
        facts["removed"] = iso_time(run.removed_ns)
    return facts


def run_details(run: Run, labels: Iterable[Label] = ()) -> dict[str, JSON]:
    """Everything that is known of a run."""
    return run_facts(run, labels) | {
        "parent": run.parent,
        "inputs": [input_facts(one) for one in run.inputs],
        "result": run.result,
        "result_repr": run.result_repr,
        "code": run.code,
        "error": run.error,
        "key": run.key,
        "key_parts": dict(run.key_parts),
        "origin": dict(run.origin),
        "detail": dict(run.detail),
    }


def input_facts(one: Input) -> dict[str, JSON]:
    """Something that a run read."""
    return {
        "kind": one.kind.value,
        "origin": one.origin.value,
        **json_path(os.fsencode(one.path)),
        "alias": one.alias,
        "digest": one.digest.hex() if one.digest else None,
        "size_bytes": one.size_bytes,
        "run": one.run,
    }


def label_facts(labels: Iterable[Label]) -> dict[str, JSON]:
    """Aliases, tags and notes."""
    found = sorted(labels, key=lambda label: (label.set_ns, label.key))
    return {
        "aliases": [label.key for label in found if label.kind is LabelKind.ALIAS],
        "tags": {label.key: label.value for label in found if label.kind is LabelKind.TAG},
        "notes": [label.value for label in found if label.kind is LabelKind.NOTE],
    }
