"""A notebook as text: what its cells hold, and what they printed."""

from __future__ import annotations

import json
import re

from nbcellar.model import JSON

_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def outputs_text(content: bytes) -> str:
    """What the code cells of a notebook printed, in order, tracebacks included; results as text."""
    lines = []
    for cell in _cells(content):
        outputs = cell.get("outputs")
        for output in outputs if isinstance(outputs, list) else []:
            if isinstance(output, dict):
                lines.append(_output(output))
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines if line)


def sources_text(content: bytes) -> list[str]:
    """The cells of a notebook, each as its kind and its lines: for comparing two."""
    return [f"# [{cell.get('cell_type', '')}]\n{_joined(cell.get('source'))}" for cell in _cells(content)]


def cells_text(content: bytes) -> str | None:
    """The cells in order, with what the code cells printed, to be read; None where it is no notebook."""
    cells = [_cell_text(cell) for cell in _cells(content)]
    return "\n".join(cells) if cells else None


def _cell_text(cell: dict[str, JSON]) -> str:
    source = _joined(cell.get("source")).rstrip("\n")
    if cell.get("cell_type") != "code":
        return f"{source}\n"
    number = cell.get("execution_count")
    lines = [f"[{number if isinstance(number, int) else ' '}] " + source.replace("\n", "\n    ")]
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        if isinstance(output, dict):
            text = _output(output).rstrip("\n") or _kinds(output)
            lines.append("  → " + text.replace("\n", "\n    "))
    return "\n".join(lines) + "\n"


def _cells(content: bytes) -> list[dict[str, JSON]]:
    try:
        document: JSON = json.loads(content)
    except (ValueError, RecursionError):
        return []  # a notebook that no longer parses has nothing to show here; `cat` gives its bytes
    cells = document.get("cells") if isinstance(document, dict) else None
    return [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else []


def _output(output: dict[str, JSON]) -> str:
    match output.get("output_type"):
        case "stream":
            return _joined(output.get("text"))
        case "error":
            trace = output.get("traceback")
            text = "\n".join(str(line) for line in trace) if isinstance(trace, list) else ""
            return _COLOURS.sub("", text or f"{output.get('ename')}: {output.get('evalue')}")
        case _:
            data = output.get("data")
            return _joined(data.get("text/plain")) if isinstance(data, dict) else ""


def _kinds(output: dict[str, JSON]) -> str:
    data = output.get("data")
    return f"({', '.join(data)})" if isinstance(data, dict) else "()"


def _joined(text: JSON) -> str:
    return "".join(str(part) for part in text) if isinstance(text, list) else str(text or "")
