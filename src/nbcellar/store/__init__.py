"""Bytes and rows: packs, journal and catalogue, behind one facade. The only room that knows fsspec and SQL."""

from __future__ import annotations

from importlib import import_module

from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.store.catalogue.queries import RecordQuery, RunQuery, Series
from nbcellar.store.cellar import Cellar
from nbcellar.store.packs.pack import CHUNK_BYTES, PACK_BYTES, SMALL_BYTES
from nbcellar.store.place import current

if TYPE_CHECKING:
    from nbcellar.store.catalogue.retention import Retention
    from nbcellar.store.packs.packbuilder import PackBuilder
    from nbcellar.store.packs.stage import Stage
    from nbcellar.store.upkeep.backup import BackupReport
    from nbcellar.store.upkeep.checks import CheckLevel, CheckReport, Damage, PackRepair, RepairReport
    from nbcellar.store.upkeep.gcreport import GcReport

_LATER = {
    "BackupReport": "upkeep.backup",
    "CheckLevel": "upkeep.checks",
    "CheckReport": "upkeep.checks",
    "Damage": "upkeep.checks",
    "GcReport": "upkeep.gcreport",
    "PackBuilder": "packs.packbuilder",
    "PackRepair": "upkeep.checks",
    "RepairReport": "upkeep.checks",
    "Retention": "catalogue.retention",
    "Stage": "packs.stage",
}
"""Names that reading never needs, and the modules that have them."""

__all__ = [
    "CHUNK_BYTES",
    "PACK_BYTES",
    "SMALL_BYTES",
    "BackupReport",
    "Cellar",
    "CheckLevel",
    "CheckReport",
    "Damage",
    "GcReport",
    "PackBuilder",
    "PackRepair",
    "RecordQuery",
    "RepairReport",
    "Retention",
    "RunQuery",
    "Series",
    "Stage",
    "current",
]


def __getattr__(name: str) -> object:
    if name in _LATER:
        return getattr(import_module(f"nbcellar.store.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
