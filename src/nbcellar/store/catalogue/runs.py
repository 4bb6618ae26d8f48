"""Runs and their series, asked and opened."""

from __future__ import annotations

import sqlite3

from nbcellar.errors import NotFoundError, UsageError, did_you_mean
from nbcellar.lightclasses import dataclass, field
from nbcellar.model import PREFIX, AssetSummary, Digest, LabelKind, Run, RunStatus
from nbcellar.reference import Ref
from nbcellar.store.catalogue.connections import Value
from nbcellar.store.catalogue.documents import dump
from nbcellar.store.catalogue.faults import damaged_row
from nbcellar.store.catalogue.queries import RunQuery, Series
from nbcellar.store.catalogue.rows import RUN_COLUMNS, RUN_FROM, run_of

_NEWEST = "run.sequence IS NULL DESC, run.sequence DESC, run.started_ns DESC, run.id DESC"


@dataclass(slots=True)
class Conditions:
    """A WHERE clause in the making."""

    clauses: list[str] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)

    def add(self, clause: str, *values: Value) -> None:
        """One more condition."""
        self.clauses.append(clause)
        self.values.extend(values)

    def equal(self, column: str, value: Value) -> None:
        """One more condition, where there is a value."""
        if value is not None:
            self.add(f"{column} = ?", value)

    def among(self, column: str, values: list[str]) -> None:
        """One more condition, where there are values."""
        if values:
            self.add(f"{column} IN ({','.join('?' * len(values))})", *values)

    def where(self) -> str:
        """The clause; empty where there is no condition."""
        return f" WHERE {' AND '.join(self.clauses)}" if self.clauses else ""


def select_runs(
    connection: sqlite3.Connection, conditions: Conditions, order: str = _NEWEST, limit: int | None = None
) -> list[Run]:
    """Runs that fit, newest first unless another order is asked for."""
    statement = f"SELECT {RUN_COLUMNS} FROM {RUN_FROM}{conditions.where()} ORDER BY {order} LIMIT ?"
    rows = connection.execute(statement, [*conditions.values, -1 if limit is None else limit])
    return [run_of(row) for row in rows]


def list_runs(connection: sqlite3.Connection, query: RunQuery) -> list[Run]:
    """Runs that fit the query, newest first."""
    where = Conditions()
    where.equal("run.project", query.project)
    where.equal("run.name", query.name)
    where.equal("run.parent", query.parent)
    where.equal("run.key", query.key)
    where.among("run.parent", list(query.parents))
    where.among("run.id", list(query.ids))
    where.among("run.kind", [kind.value for kind in query.kinds])
    where.among("run.status", [status.value for status in query.statuses])
    if query.asset is not None:
        _begins_with(where, "run.asset", query.asset)
    if query.since_ns is not None:
        where.add("run.started_ns >= ?", query.since_ns)
    if query.before is not None:
        where.add("run.sequence < ?", query.before)
    if query.with_asset is not None:
        where.add(f"run.asset IS {'NOT ' if query.with_asset else ''}NULL")
    if query.removed is not None:
        where.add(f"run.removed_ns IS {'NOT ' if query.removed else ''}NULL")
    for name, value in query.params.items():
        where.add(
            "EXISTS (SELECT 1 FROM run_param WHERE run_param.run = run.id AND run_param.name = ? AND value = ?)",
            *(name, dump(value)),
        )
    if query.tag is not None:
        key, value = query.tag if isinstance(query.tag, tuple) else (query.tag, None)
        clause = "EXISTS (SELECT 1 FROM label WHERE label.run = run.id AND label.kind = 'tag' AND label.key = ?{})"
        where.add(
            clause.format("" if value is None else " AND label.value = ?"), key, *([] if value is None else [value])
        )
    return select_runs(connection, where, limit=query.limit)


def _begins_with(where: Conditions, column: str, prefix: bytes) -> None:
    where.add(f"{column} >= ? AND {column} <= ?", prefix, prefix + b"\xff" * (32 - len(prefix)))


def list_assets(connection: sqlite3.Connection, project: str, name: str) -> list[AssetSummary]:
    """The different assets of a series outside the trash, newest first; nothing else of its runs is read."""
    rows = connection.execute(
        "SELECT asset.digest, asset.manifest, asset.entry_count, asset.size_bytes FROM run "
        "JOIN asset ON asset.digest = run.asset WHERE run.project = ? AND run.name = ? AND run.removed_ns IS NULL "
        "GROUP BY asset.digest ORDER BY MAX(run.sequence) DESC",
        (project, name),
    )
    return [AssetSummary(Digest(digest), Digest(manifest), count, size) for digest, manifest, count, size in rows]


def list_series(connection: sqlite3.Connection, project: str | None) -> list[Series]:
    """Every series that has runs outside the trash, the one with the newest run first."""
    where = Conditions()
    where.equal("run.project", project)
    where.add("run.removed_ns IS NULL")
    newest = (
        "SELECT id, count, ROW_NUMBER() OVER () FROM (SELECT run.id AS id, "
        "COUNT(*) OVER (PARTITION BY run.project, run.name) AS count, "
        f"ROW_NUMBER() OVER (PARTITION BY run.project, run.name ORDER BY {_NEWEST}) AS place FROM run{where.where()}) "
        "WHERE place = 1"
    )
    counts = {str(row[0]): int(row[1]) for row in connection.execute(newest, where.values)}
    found = []
    for run in runs_by_id(connection, list(counts)):
        if run.id not in counts:  # table and index say two ids of one run
            raise damaged_row(f"run {run.id!r:.60}")
        found.append(Series(run.project, run.name, counts[run.id], run))
    found.sort(key=lambda series: _age(series.newest))
    return found


def _age(run: Run) -> tuple[int, int, int]:
    return (0 if run.sequence is None else 1, -(run.sequence or 0), -run.started_ns)


def runs_by_id(connection: sqlite3.Connection, ids: list[str]) -> list[Run]:
    """The runs with these ids, in no order."""
    found = []
    for start in range(0, len(ids), 500):
        where = Conditions()
        where.among("run.id", ids[start : start + 500])
        found += select_runs(connection, where)
    return found


def run_by_id(connection: sqlite3.Connection, run_id: str) -> Run:
    """One run.

    Raises:
        NotFoundError: There is none with this id.
    """
    found = runs_by_id(connection, [run_id])
    if not found:
        raise NotFoundError(f"There is no run {run_id}.", hint="List runs with `nbcellar runs`.")
    return found[0]


def find_run(connection: sqlite3.Connection, ref: Ref, project: str, *, succeeded: bool) -> Run:
    """The run that a reference means.

    Raises:
        NotFoundError: Nothing fits.
        UsageError: A digest prefix fits several assets.
    """
    project = ref.project or project
    query = "SELECT 1 FROM run WHERE project = ? AND name = ? LIMIT 1"
    if connection.execute(query, (project, ref.word)).fetchone():
        return _in_series(connection, ref, project, succeeded=succeeded)
    if PREFIX.fullmatch(ref.word) and ref.number is None and ref.alias is None:
        return _by_digest(connection, ref, project)
    names = [str(row[0]) for row in connection.execute("SELECT DISTINCT name FROM run WHERE project = ?", (project,))]
    others = connection.execute("SELECT DISTINCT project FROM run WHERE name = ?", (ref.word,)).fetchall()
    elsewhere = f"There is {others[0][0]}:{ref.word}." if others else ""
    raise NotFoundError(
        f"Nothing is called {ref.word!r} in project {project!r}.",
        hint=did_you_mean(ref.word, names) or elsewhere or "List what there is with `nbcellar ls`.",
    )


def _in_series(connection: sqlite3.Connection, ref: Ref, project: str, *, succeeded: bool) -> Run:
    where = Conditions()
    where.equal("run.project", project)
    where.equal("run.name", ref.word)
    if ref.number is not None:
        where.equal("run.number", ref.number)
        return _only(select_runs(connection, where), ref)
    if ref.alias is not None:
        where.add(
            "run.id IN (SELECT label.run FROM label WHERE label.kind = ? AND label.key = ? AND label.project = ? "
            "AND label.name = ?)",
            *(LabelKind.ALIAS.value, ref.alias, project, ref.word),
        )
        hint = did_you_mean(ref.alias, aliases_of(connection, project, ref.word))
        return _only(select_runs(connection, where), ref, hint)
    where.add("run.removed_ns IS NULL")
    if not succeeded:
        return _back(select_runs(connection, where, limit=ref.back + 1), ref)
    where.equal("run.status", RunStatus.SUCCEEDED.value)
    with_asset = Conditions([*where.clauses, "run.asset IS NOT NULL"], list(where.values))
    found = select_runs(connection, with_asset, limit=ref.back + 1)
    return _back(found or select_runs(connection, where, limit=ref.back + 1), ref)


def aliases_of(connection: sqlite3.Connection, project: str, name: str) -> list[str]:
    """The aliases in a series."""
    query = "SELECT key FROM label WHERE kind = 'alias' AND project = ? AND name = ?"
    return [str(row[0]) for row in connection.execute(query, (project, name))]


def _only(found: list[Run], ref: Ref, hint: str = "") -> Run:
    if not found:
        raise NotFoundError(f"There is no {ref}.", hint=hint or f"List its runs with `nbcellar log {ref.word}`.")
    if found[0].removed_ns is not None:
        raise NotFoundError(
            f"{ref} is in the trash.", hint=f"Put it back with `nbcellar trash --put-back {found[0].ref}`."
        )
    return found[0]


def _back(found: list[Run], ref: Ref) -> Run:
    if len(found) <= ref.back:
        many = "one finished run that succeeded" if len(found) == 1 else f"{len(found)} finished runs that succeeded"
        what = f"only {many}" if found else "no run that succeeded"
        raise NotFoundError(f"{ref.word} has {what}.", hint=f"List its runs with `nbcellar log {ref.word}`.")
    return found[ref.back]


def _by_digest(connection: sqlite3.Connection, ref: Ref, project: str) -> Run:
    low, high = bytes.fromhex(ref.word.ljust(64, "0")), bytes.fromhex(ref.word.ljust(64, "f"))
    where = Conditions()
    where.add("run.asset >= ? AND run.asset <= ?", low, high)
    where.equal("run.project", ref.project)
    where.add("run.removed_ns IS NULL")
    found = select_runs(connection, where)
    digests = {run.asset.digest for run in found if run.asset}
    if not digests:
        raise NotFoundError(f"No asset's digest begins with {ref.word}.", hint="List what there is with `nbcellar ls`.")
    if len(digests) > 1:
        raise UsageError(
            f"{ref.word} begins the digests of {len(digests)} assets.", hint="Write more digits, or a name."
        )
    found.sort(key=lambda run: (run.status is not RunStatus.SUCCEEDED, run.project != project))
    return _back(found, ref)


def runs_with_assets(connection: sqlite3.Connection, assets: list[Digest], *, removed: bool) -> list[Run]:
    """The runs that made these assets, newest first."""
    where = Conditions()
    where.add(f"run.asset IN ({','.join('?' * len(assets))})", *assets)
    if not removed:
        where.add("run.removed_ns IS NULL")
    return select_runs(connection, where)
