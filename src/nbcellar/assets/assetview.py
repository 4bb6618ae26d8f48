"""How an asset shows itself in a notebook: its first entries, as text, as HTML and as JSON for front ends."""

from __future__ import annotations

from nbcellar.assets.asset import Asset
from nbcellar.assets.display import Table, count_text, html_text, size_text, visible
from nbcellar.assets.facts import ASSET_TYPE, asset_facts, entry_facts, media_type, run_facts
from nbcellar.model import JSON, Entry, Kind

SHOWN_ENTRIES = 20


def bundle(asset: Asset) -> dict[str, JSON]:
    """The asset in each of its forms, by media type."""
    entries = asset.manifest.page(limit=SHOWN_ENTRIES)
    table = _table(entries)
    hidden = len(asset) - SHOWN_ENTRIES
    more = f"and {count_text(hidden, 'more file')}" if hidden > 0 else ""
    count = f"{count_text(len(asset), 'file')}, {size_text(asset.summary.size_bytes)}"
    head = f"<p><b>{html_text(asset.ref)}</b> <code>{asset.id[:7]}</code> {count}</p>"
    return {
        "text/plain": "\n".join(part for part in (repr(asset), table.text(), more) if part),
        "text/html": f'<div class="nbcellar-asset">{head}{table.html()}{f"<p>{more}</p>" if more else ""}</div>',
        ASSET_TYPE: _facts(asset, entries),
    }


def _table(entries: list[Entry]) -> Table:
    rows = [(visible(entry.name), _size(entry), media_type(entry.name)) for entry in entries]
    return Table(("Path", "Size", "Type"), rows, frozenset({"Size"}))


def _size(entry: Entry) -> str:
    return size_text(entry.size_bytes) if entry.kind is Kind.FILE else entry.kind.value


def _facts(asset: Asset, entries: list[Entry]) -> dict[str, JSON]:
    """What a front end needs to show it; it asks the server for more entries."""
    return {
        "schema": "nbcellar/asset/1",
        "store": asset.cellar.uuid,
        **run_facts(asset.run, asset.labels()),
        **asset_facts(asset.summary),
        "entries": [entry_facts(entry) for entry in entries],
    }
