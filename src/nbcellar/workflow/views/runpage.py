"""A run in every form that a notebook or terminal shows: text, HTML without scripts, JSON, Mermaid and a picture."""

from __future__ import annotations

import base64

from nbcellar.assets.display import Table, Tone, count_text, html_text, seconds_text, visible
from nbcellar.model import JSON, RunStatus
from nbcellar.workflow.views.progress import MARKS
from nbcellar.workflow.views.rungraph import mermaid, svg
from nbcellar.workflow.views.runview import RunView, StepView

JSON_TYPE = "application/vnd.nbcellar.run+json"
HEADINGS = ("Step", "Status", "Cells", "Took", "Made", "Why")
_BAD = (RunStatus.FAILED, RunStatus.INTERRUPTED, RunStatus.ABANDONED)


def bundle(view: RunView) -> dict[str, JSON]:
    """Every form of it, by MIME type."""
    picture = svg(view)
    return {
        "text/plain": text(view),
        "text/html": html(view, picture),
        JSON_TYPE: facts(view),
        "text/vnd.mermaid": mermaid(view),
        **({"image/svg+xml": picture} if picture else {}),
    }


def text(view: RunView) -> str:
    """For a terminal."""
    errors = [f"{step.name}: {visible(step.error)}" for step in view.steps.values() if step.error]
    errors += [visible(view.problem)] if view.problem else []
    return "\n".join([_head(view), _table(view).text(), *errors, *(f"→ {visible(each)}" for each in view.published)])


def html(view: RunView, picture: str) -> str:
    """For a notebook, with or without a kernel; it reads well without its styles, and the graph is an image."""
    parts = [f"<p><strong>{html_text(_head(view))}</strong></p>"]
    if picture:
        encoded = base64.b64encode(picture.encode()).decode()
        words = ", ".join(f"{name} {step.word}" for name, step in view.steps.items())
        parts.append(
            f'<p><img alt="{html_text(words)}" style="max-width: 100%" src="data:image/svg+xml;base64,{encoded}"></p>'
        )
    parts.append(_table(view).html())
    for step in view.steps.values():
        if step.error:
            where = f" (see {html_text(step.notebook)})" if step.notebook else ""
            parts.append(f"<p><strong>{html_text(step.name)}</strong>: {html_text(step.error)}{where}</p>")
    parts += [f"<p>{html_text(view.problem)}</p>"] if view.problem else []
    parts += [f"<p>→ {html_text(target)}</p>" for target in view.published]
    return f'<div class="nbcellar-run">{"".join(parts)}</div>'


def facts(view: RunView) -> dict[str, JSON]:
    """For a program."""
    steps: list[JSON] = [
        {
            "step": step.name,
            "status": step.word,
            "reason": step.reason,
            "needs": [*sorted(view.needs.get(step.name, ()))],
            "cell": step.cell,
            "cell_count": step.cell_count,
            "seconds": round(step.seconds, 3),
            "made": list(step.made),
            "notebook": step.notebook,
            "error": step.error,
        }
        for step in view.steps.values()
    ]
    return {
        "schema": "nbcellar/run/1",
        "ref": view.ref,
        "status": view.status.value,
        "seconds": round(view.seconds, 3),
        "error": view.error,
        "steps": steps,
        "published": [*view.published],
    }


def _head(view: RunView) -> str:
    took = f" after {seconds_text(view.seconds)}" if view.seconds else ""
    done = f"{view.done:,} of {count_text(len(view.steps), 'step')} done"
    return f"{MARKS[view.status]} {view.ref} {view.status.value}{took} · {done}"


def _table(view: RunView) -> Table:
    steps = list(view.steps.values())
    tones = [Tone.BAD if step.status in _BAD else Tone.PLAIN for step in steps]
    return Table(HEADINGS, [_row(step) for step in steps], frozenset({"Took", "Cells"}), tones)


def _row(step: StepView) -> tuple[str, ...]:
    mark = MARKS[step.status] if step.status else "·"
    begun, ended = len(step.calls), sum(status is not RunStatus.RUNNING for status in step.calls.values())
    cells = f"{step.cell}/{step.cell_count}" if step.cell_count else ""
    if begun > 1:
        cells = f"{ended} of {begun} calls" + (f", {cells}" if cells else "")
    return (
        step.name,
        f"{mark} {step.word}",
        cells,
        seconds_text(step.seconds) if step.seconds else "",
        ", ".join(step.made),
        visible(step.label) if step.status is RunStatus.RUNNING and step.label else step.reason,
    )
