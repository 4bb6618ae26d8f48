"""Runs as rows: what `ls`, `log`, `runs` and the trash list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from nbcellar.assets.display import Table, Tone, seconds_text, size_text, time_text
from nbcellar.model import Digest, Label, LabelKind, Run, RunStatus
from nbcellar.store import Cellar

HEADINGS = ("Run", "Status", "Started", "Took", "Files", "Size", "Labels")
RIGHT = frozenset({"Took", "Files", "Size"})

TONES: Mapping[RunStatus, Tone] = {
    RunStatus.RUNNING: Tone.NOTE,
    RunStatus.SUCCEEDED: Tone.PLAIN,
    RunStatus.FAILED: Tone.BAD,
    RunStatus.INTERRUPTED: Tone.BAD,
    RunStatus.ABANDONED: Tone.BAD,
    RunStatus.SKIPPED: Tone.FAINT,
    RunStatus.CACHED: Tone.FAINT,
}


def labels_by_run(cellar: Cellar, runs: Iterable[Run]) -> dict[str, list[Label]]:
    """The labels of each run, by its id."""
    found: dict[str, list[Label]] = {run.id: [] for run in runs}
    for label in cellar.labels(list(found)):
        found[label.run].append(label)
    return found


def run_table(cellar: Cellar, runs: Sequence[Run], labels: Mapping[str, Sequence[Label]]) -> Table:
    """Runs, newest first; a run whose files were there before says so."""
    oldest: dict[tuple[str, str, Digest], Run] = {}
    for run in reversed(runs):
        if run.asset:
            oldest.setdefault((run.project, run.name, run.asset.digest), run)
    rows = []
    for run in runs:
        first = oldest.get((run.project, run.name, run.asset.digest)) if run.asset else None
        same = f"= {first.ref} " if first and first.id != run.id else ""
        rows.append((short_ref(cellar, run), *_columns(run), same + labels_text(labels.get(run.id, ()))))
    return Table(HEADINGS, rows, RIGHT, [TONES[run.status] for run in runs])


def short_ref(cellar: Cellar, run: Run) -> str:
    """``train@4``, with its project where that is another one."""
    return run.ref if run.project == cellar.project else f"{run.project}:{run.ref}"


def labels_text(labels: Iterable[Label]) -> str:
    """Aliases, tags and notes in few words."""
    words = []
    for label in labels:
        match label.kind:
            case LabelKind.ALIAS:
                words.append(f"@{label.key}")
            case LabelKind.TAG:
                words.append(f"{label.key}={label.value}" if label.value else label.key)
            case LabelKind.NOTE:
                words.append(f"“{label.value}”")
    return " ".join(words)


def _columns(run: Run) -> tuple[str, ...]:
    took = seconds_text((run.ended_ns - run.started_ns) / 1e9) if run.ended_ns else ""
    files = (f"{run.asset.entry_count:,}", size_text(run.asset.size_bytes)) if run.asset else ("", "")
    return (run.status.value, time_text(run.started_ns), took, *files)
