"""The graph of a run's steps: as Mermaid reads it, and as a picture for where nobody does."""

from __future__ import annotations

from collections.abc import Mapping

from nbcellar.assets.display import html_text
from nbcellar.lightclasses import dataclass
from nbcellar.model import RunStatus
from nbcellar.workflow.views.progress import MARKS
from nbcellar.workflow.views.runview import RunView, StepView

MOST_STEPS = 60
"""A picture of more is no help."""
COLOURS: Mapping[RunStatus | None, tuple[str, str]] = {
    None: ("#f5f5f5", "#767676"),
    RunStatus.RUNNING: ("#e3f2fd", "#1565c0"),
    RunStatus.SUCCEEDED: ("#e8f5e9", "#2e7d32"),
    RunStatus.CACHED: ("#f1f8e9", "#558b2f"),
    RunStatus.FAILED: ("#ffebee", "#c62828"),
    RunStatus.INTERRUPTED: ("#fff3e0", "#b45309"),
    RunStatus.ABANDONED: ("#fff3e0", "#b45309"),
    RunStatus.SKIPPED: ("#fafafa", "#767676"),
}
"""Fill and line on a light page, with dark text; Mermaid gets these too."""
DARK_COLOURS: Mapping[RunStatus | None, tuple[str, str]] = {
    None: ("#2b2b2b", "#9e9e9e"),
    RunStatus.RUNNING: ("#0d2a45", "#64b5f6"),
    RunStatus.SUCCEEDED: ("#12311a", "#81c784"),
    RunStatus.CACHED: ("#232f14", "#aed581"),
    RunStatus.FAILED: ("#3f1519", "#ef9a9a"),
    RunStatus.INTERRUPTED: ("#3d2a10", "#ffb74d"),
    RunStatus.ABANDONED: ("#3d2a10", "#ffb74d"),
    RunStatus.SKIPPED: ("#262626", "#9e9e9e"),
}
"""The same on a dark page, with light text: boxes keep their own background, and read on either."""
TEXT, DARK_TEXT = "#1f1f1f", "#ececec"
_CHAR, _HEIGHT, _GAP_X, _GAP_Y, _MARGIN = 7.4, 34, 44, 14, 8
_LONGEST = 28


def mermaid(view: RunView) -> str:
    """The graph as Mermaid reads it."""
    numbers = {name: f"s{number}" for number, name in enumerate(view.steps)}
    lines = ["graph LR"]
    for name, step in view.steps.items():
        lines.append(f'  {numbers[name]}["{_mark(step)} {_quoted(name)}"]:::{step.word}')
    for name in view.steps:
        lines += [f"  {numbers[need]} --> {numbers[name]}" for need in sorted(view.needs.get(name, ()))]
    for status, (fill, line) in COLOURS.items():
        word = status.value if status else StepView("").word
        lines.append(f"  classDef {word} fill:{fill},stroke:{line},color:{TEXT}")
    return "\n".join(lines)


def svg(view: RunView) -> str:
    """The graph as a picture; empty where there are too many steps for one."""
    if not view.steps or len(view.steps) > MOST_STEPS:
        return ""
    boxes = _placed(view)
    width = max(box.x + box.width for box in boxes.values()) + _MARGIN
    height = max(box.y for box in boxes.values()) + _HEIGHT + _MARGIN
    words = f"{view.ref}: " + ", ".join(f"{name} {step.word}" for name, step in view.steps.items())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" class="nbcellar-graph" '
        'font-family="system-ui, sans-serif" font-size="13">',
        f"<title>{html_text(words)}</title>",
        _dark_style(view),
        *(_arrow(boxes[need], boxes[name]) for name in view.steps for need in sorted(view.needs.get(name, ()))),
        *(_drawn(boxes[name], step) for name, step in view.steps.items()),
        "</svg>",
    ]
    return "".join(parts)


def _dark_style(view: RunView) -> str:
    """Colours for a dark page; an image follows the page that it stands in, and styles win over attributes."""
    rules = [f".nbcellar-graph text{{fill:{DARK_TEXT}}}"]
    for word, status in {step.word: step.status for step in view.steps.values()}.items():
        fill, line = DARK_COLOURS[status]
        rules.append(f".nbcellar-graph .box-{word}{{fill:{fill};stroke:{line}}}")
        rules.append(f".nbcellar-graph .done-{word}{{fill:{line}}}")
    return f"<style>@media (prefers-color-scheme:dark){{{''.join(rules)}}}</style>"


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    y: float
    width: float


def _placed(view: RunView) -> dict[str, _Box]:
    """Columns by the longest way to a step; within one, in the order of the steps."""
    depth: dict[str, int] = {}
    for name in view.steps:
        depth[name] = 1 + max((depth.get(need, -1) for need in view.needs.get(name, ())), default=-1)
    columns: dict[int, list[str]] = {}
    for name, column in depth.items():
        columns.setdefault(column, []).append(name)
    boxes, x, tallest = {}, float(_MARGIN), max(map(len, columns.values()))
    for column in sorted(columns):
        names = columns[column]
        width = max(map(_width, names))
        top = _MARGIN + (tallest - len(names)) * (_HEIGHT + _GAP_Y) / 2
        for row, name in enumerate(names):
            boxes[name] = _Box(x, top + row * (_HEIGHT + _GAP_Y), width)
        x += width + _GAP_X
    return boxes


def _width(name: str) -> float:
    return 44 + _CHAR * len(_short(name))


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def _drawn(box: _Box, step: StepView) -> str:
    fill, line = COLOURS[step.status]
    dashes = ' stroke-dasharray="4 3"' if step.status in (None, RunStatus.SKIPPED) else ""
    done = (
        f'<rect x="{box.x}" y="{box.y + _HEIGHT - 4}" width="{box.width * step.share:.1f}" height="4" fill="{line}" '
        f'class="done-{step.word}"/>'
    )
    return (
        f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{_HEIGHT}" rx="5" fill="{fill}" '
        f'stroke="{line}" stroke-width="1.5"{dashes} class="box-{step.word}"/>'
        f"{done if step.status is RunStatus.RUNNING else ''}"
        f'<text x="{box.x + 12}" y="{box.y + 22}" fill="{TEXT}">{_mark(step)} {html_text(_short(step.name))}</text>'
    )


def _arrow(source: _Box, target: _Box) -> str:
    x1, y1 = source.x + source.width, source.y + _HEIGHT / 2
    x2, y2 = target.x - 5, target.y + _HEIGHT / 2
    middle = (x1 + x2) / 2
    path = f"M{x1:.0f} {y1:.0f} C{middle:.0f} {y1:.0f} {middle:.0f} {y2:.0f} {x2:.0f} {y2:.0f}"
    head = f"M{x2:.0f} {y2 - 4:.0f} L{x2 + 5:.0f} {y2:.0f} L{x2:.0f} {y2 + 4:.0f} Z"
    return f'<path d="{path}" fill="none" stroke="#8a8a8a"/><path d="{head}" fill="#8a8a8a"/>'


def _mark(step: StepView) -> str:
    return MARKS[step.status] if step.status else "·"


def _quoted(name: str) -> str:
    return html_text(name).replace("[", "&#91;").replace("]", "&#93;")
