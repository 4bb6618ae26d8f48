"""One version in words: when and how long, from what, with which code."""

from __future__ import annotations

import json
import os
from pathlib import Path

from nbcellar.assets.display import count_text, seconds_text, size_text, time_text, visible
from nbcellar.frontends.browsing.facts import About, Fact, Relative
from nbcellar.frontends.browsing.listing import ref_of
from nbcellar.model import JSON, Input, InputKind, LabelKind, Run
from nbcellar.store import Cellar
from nbcellar.store.catalogue.queries import RunQuery

_LONGEST_VALUE = 400
_LONGEST_CODE = 100_000
_MOST_USERS = 50


def about(cellar: Cellar, run: Run) -> About:
    """What is known of a run, for reading."""
    labels = cellar.labels([run.id])
    ref = ref_of(run, cellar.project)
    users = cellar.used_by(run, _MOST_USERS)
    return About(
        run=run.id,
        project=run.project,
        name=run.name,
        ref=ref,
        status=run.status.value,
        removed=run.removed_ns is not None,
        error=run.error[:_LONGEST_CODE],
        facts=tuple(_facts(run, cellar.home)),
        params=tuple(Fact(name, value_text(value)) for name, value in run.params.items()),
        inputs=tuple(_input_fact(one) for one in run.inputs),
        digest=run.asset.digest.hex() if run.asset else "",
        made_from=_relatives(cellar, _sources(cellar, run)),
        used_by=_relatives(cellar, users),
        users=len(users) if len(users) < _MOST_USERS else cellar.count_users(run),
        aliases=tuple(label.key for label in labels if label.kind is LabelKind.ALIAS),
        tags=tuple(Fact(label.key, label.value) for label in labels if label.kind is LabelKind.TAG),
        notes=tuple(Fact(label.key, label.value) for label in labels if label.kind is LabelKind.NOTE),
        code=run.code[:_LONGEST_CODE],
        snippet=snippet(ref),
    )


def snippet(ref: str, name: bytes | None = None) -> str:
    """Python that gets an asset, or one entry of it."""
    asset = f"cellar[{json.dumps(ref)}]"
    return asset if name is None else f"{asset}[{quoted(os.fsdecode(name))}]"


def quoted(text: str) -> str:
    """A Python string literal in double quotes where that is as short."""
    literal = repr(text)
    return f'"{text}"' if literal == f"'{text}'" and '"' not in text else literal


def value_text(value: JSON) -> str:
    """A JSON value on one line, cut where it is long."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _facts(run: Run, home: Path) -> list[Fact]:
    facts = [Fact("Started", time_text(run.started_ns))]
    if run.ended_ns is not None:
        facts.append(Fact("Took", seconds_text((run.ended_ns - run.started_ns) / 1e9)))
    if run.asset:
        files = count_text(run.asset.entry_count, "file")
        facts.append(Fact("Files", f"{files}, {size_text(run.asset.size_bytes)}"))
    notebook = run.origin.get("notebook")
    if isinstance(notebook, str) and notebook:
        path = home / notebook
        facts.append(Fact("Notebook", str(path.relative_to(home)) if path.is_relative_to(home) else notebook))
    if run.result is not None or run.result_repr:
        facts.append(Fact("Result", run.result_repr or value_text(run.result)))
    return facts


def _sources(cellar: Cellar, run: Run) -> list[Run]:
    """The versions outside the trash that made what a run read."""
    ids = tuple(dict.fromkeys(one.run for one in run.inputs if one.run and one.run != run.id))
    return cellar.runs(RunQuery(ids=ids)) if ids else []


def _relatives(cellar: Cellar, runs: list[Run]) -> tuple[Relative, ...]:
    return tuple(Relative(run.id, run.project, run.name, ref_of(run, cellar.project)) for run in runs)


def _input_fact(one: Input) -> Fact:
    what = {InputKind.ASSET: "asset", InputKind.FILE: "file", InputKind.URL: "address", InputKind.MODULE: "module"}
    size = f", {size_text(one.size_bytes)}" if one.size_bytes is not None else ""
    alias = f"{one.alias} ← " if one.alias else ""
    return Fact(one.origin.value, f"{alias}{visible(one.path)} ({what[one.kind]}{size})")
