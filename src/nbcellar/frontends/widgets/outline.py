"""The browser where no kernel lives: a tree of plain HTML, and the same as text."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from nbcellar.assets.display import count_text, html_text, size_text, time_text
from nbcellar.frontends.browsing.listing import shown_name
from nbcellar.model import Entry, Run
from nbcellar.store import Cellar
from nbcellar.store.catalogue.queries import RunQuery, Series

NAMES = 40
FILES = 40


@dataclass(frozen=True, slots=True)
class Branch:
    """One name with its newest version that has files, and the first of those."""

    series: Series
    newest: Run | None
    entries: tuple[Entry, ...]


def branches(cellar: Cellar, task: str = "") -> list[Branch]:
    """The names to show, the newest first."""
    if not cellar.exists:
        return []
    found = [one for one in cellar.series() if not task or one.name == task]
    return [_branch(cellar, one) for one in found[:NAMES]]


def _branch(cellar: Cellar, series: Series) -> Branch:
    newest = cellar.runs(RunQuery(series.project, series.name, with_asset=True, limit=1))
    if not newest or newest[0].asset is None:
        return Branch(series, None, ())
    return Branch(series, newest[0], tuple(islice(cellar.manifest(newest[0].asset), FILES)))


def outline_html(shown: list[Branch]) -> str:
    """The tree as HTML that needs no script and no style."""
    if not shown:
        return "<p>Nothing is saved here yet.</p>"
    items = "".join(f"<li>{_html_of(branch)}</li>" for branch in shown)
    return f"<p>Saved assets, as they were when this cell ran:</p><ul>{items}</ul>"


def _html_of(branch: Branch) -> str:
    title = f"<b>{html_text(branch.series.name)}</b>, {count_text(branch.series.run_count, 'version')}"
    run = branch.newest
    if run is None or run.asset is None:
        return title
    files = "".join(
        f"<li>{html_text(shown_name(one.name))} ({size_text(one.size_bytes)})</li>" for one in branch.entries
    )
    rest = run.asset.entry_count - len(branch.entries)
    more = f"<li>and {count_text(rest, 'more file')}</li>" if rest else ""
    newest = f"{html_text(run.ref)} of {time_text(run.started_ns)}, {count_text(run.asset.entry_count, 'file')}"
    return f"{title}<details><summary>{newest}</summary><ul>{files}{more}</ul></details>"


def outline_text(shown: list[Branch]) -> str:
    """The tree's first two levels as text."""
    if not shown:
        return "Cellar: nothing is saved here yet."
    lines = [f"Cellar: {count_text(len(shown), 'name')}"]
    for branch in shown:
        newest = f", newest {branch.newest.ref}" if branch.newest else ""
        lines.append(f"  {branch.series.name}: {count_text(branch.series.run_count, 'version')}{newest}")
    return "\n".join(lines)
