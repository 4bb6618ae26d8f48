"""Bytes and rows: packs, journal and catalogue, behind one facade. The only room that knows fsspec and SQL."""

from nbcellar.store.cellar import Cellar
from nbcellar.store.checks import CheckLevel, CheckReport, Damage, RepairReport
from nbcellar.store.packs import CHUNK_BYTES, PACK_BYTES, SMALL_BYTES, PackBuilder
from nbcellar.store.place import current
from nbcellar.store.queries import RecordQuery, RunQuery, Series
from nbcellar.store.stage import Stage

__all__ = [
    "CHUNK_BYTES",
    "PACK_BYTES",
    "SMALL_BYTES",
    "Cellar",
    "CheckLevel",
    "CheckReport",
    "Damage",
    "PackBuilder",
    "RecordQuery",
    "RepairReport",
    "RunQuery",
    "Series",
    "Stage",
    "current",
]
