"""Which kinds of errors go over HTTP as themselves, and under which status."""

from __future__ import annotations

from nbcellar.errors import (
    ConflictError,
    FormatTooNewError,
    NbcellarError,
    NotFoundError,
    SourceError,
    StorageError,
    StoreFull,
    UnsafeError,
    UsageError,
)

STATUSES: tuple[tuple[type[NbcellarError], int], ...] = (
    (NotFoundError, 404),
    (UsageError, 400),
    (ConflictError, 409),
    (UnsafeError, 403),
    (SourceError, 422),
    (StoreFull, 507),
    (StorageError, 503),
    (FormatTooNewError, 501),
)
"""The first that fits counts."""
