"""What was published after a given moment, asked without looking at any of it."""

from __future__ import annotations

import sqlite3


def newest_sequence(connection: sqlite3.Connection) -> int:
    """The place of the event that was published last; 0 before the first one."""
    return int(connection.execute("SELECT COALESCE(MAX(sequence), 0) FROM event").fetchone()[0])


def only_runs_since(connection: sqlite3.Connection, sequence: int) -> bool:
    """Whether every event after this place closed a run: nothing was removed, expired, labelled or recorded.

    A run has the place of its event, and an event of another kind leaves no run with its own.
    """
    query = "SELECT (SELECT COUNT(*) FROM event WHERE sequence > ?) = (SELECT COUNT(*) FROM run WHERE sequence > ?)"
    return bool(connection.execute(query, (sequence, sequence)).fetchone()[0])
