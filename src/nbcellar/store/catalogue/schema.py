"""The tables of the catalogue: an index of the journal and of the packs."""

from __future__ import annotations

import sqlite3
from contextlib import closing

SCHEMA = 0
"""The version of the tables; kept as ``about.schema``."""

TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE reservation (
    sequence INTEGER PRIMARY KEY, event TEXT NOT NULL UNIQUE, holder TEXT NOT NULL, since_ns INTEGER NOT NULL);
CREATE TABLE dropped (key TEXT PRIMARY KEY);
CREATE TABLE ignored (event TEXT PRIMARY KEY);
CREATE TABLE event (id TEXT PRIMARY KEY, sequence INTEGER NOT NULL UNIQUE);

CREATE TABLE pack (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, live INTEGER NOT NULL,
    holder TEXT NOT NULL, since_ns INTEGER NOT NULL, size_bytes INTEGER NOT NULL);
CREATE INDEX pack_holder ON pack (holder) WHERE live = 0;
CREATE TABLE blob (
    digest BLOB PRIMARY KEY, pack INTEGER NOT NULL REFERENCES pack (id), offset INTEGER NOT NULL,
    length INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX blob_pack ON blob (pack);

CREATE TABLE asset (
    digest BLOB PRIMARY KEY, manifest BLOB NOT NULL, entry_count INTEGER NOT NULL, size_bytes INTEGER NOT NULL);
CREATE TABLE series (
    project TEXT NOT NULL, name TEXT NOT NULL, last_number INTEGER NOT NULL, PRIMARY KEY (project, name));
CREATE TABLE run (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, project TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL,
    status TEXT NOT NULL, started_ns INTEGER NOT NULL, ended_ns INTEGER, parent TEXT,
    asset BLOB REFERENCES asset (digest), key TEXT NOT NULL, sequence INTEGER UNIQUE, removed_ns INTEGER,
    body TEXT NOT NULL, UNIQUE (project, name, number));
CREATE INDEX run_asset ON run (asset);
CREATE INDEX run_parent ON run (parent);
CREATE INDEX run_key ON run (key) WHERE key != '';
CREATE INDEX run_open ON run (id) WHERE status = 'running';
CREATE INDEX run_newest ON run (project, name, sequence);
CREATE TABLE run_param (run TEXT NOT NULL REFERENCES run (id), name TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (run, name));
CREATE TABLE run_input (run TEXT NOT NULL REFERENCES run (id), place INTEGER NOT NULL, source TEXT, digest BLOB,
    PRIMARY KEY (run, place));
CREATE INDEX run_input_source ON run_input (source);
CREATE INDEX run_input_digest ON run_input (digest);

CREATE TABLE label (
    kind TEXT NOT NULL, run TEXT NOT NULL, project TEXT NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL,
    value TEXT NOT NULL, set_ns INTEGER NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (run, kind, key));
CREATE INDEX label_key ON label (kind, key, project, name);

CREATE TABLE record (
    id TEXT PRIMARY KEY, project TEXT NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL, inputs TEXT NOT NULL,
    outputs TEXT NOT NULL, created_ns INTEGER NOT NULL, run TEXT, sequence INTEGER NOT NULL,
    UNIQUE (project, name, digest));
CREATE TABLE record_run (
    record TEXT NOT NULL REFERENCES record (id), run TEXT NOT NULL, sequence INTEGER NOT NULL,
    PRIMARY KEY (record, run));
CREATE INDEX record_run_run ON record_run (run, sequence);
"""

FORGET = (
    "record_run",
    "record",
    "label",
    "run_input",
    "run_param",
    "run",
    "series",
    "asset",
    "blob",
    "pack",
    "event",
    "dropped",
    "ignored",
    "reservation",
    "counter",
)
"""The tables that ``repair catalogue`` empties, in an order that no reference forbids."""


def make_tables(connection: sqlite3.Connection, uuid: str) -> None:
    """Make the tables of an empty catalogue, within the open transaction."""
    for statement in TABLES.split(";"):
        if statement.strip():
            connection.execute(statement)
    connection.executemany("INSERT INTO about VALUES (?, ?)", [("schema", str(SCHEMA)), ("uuid", uuid)])
    start_counters(connection)


def has_our_tables(connection: sqlite3.Connection) -> bool:
    """Whether tables and indexes are defined as we define them: SQLite itself takes a damaged name for another one."""
    query = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2"
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        make_tables(fresh, "")
        return fresh.execute(query).fetchall() == connection.execute(query).fetchall()


def start_counters(connection: sqlite3.Connection, sequence: int = 0, collections: int = 0) -> None:
    """Set the counters: the last sequence given, and how often blobs have lost their rows."""
    rows = [("sequence", sequence), ("collections", collections)]
    connection.executemany("INSERT INTO counter VALUES (?, ?)", rows)
