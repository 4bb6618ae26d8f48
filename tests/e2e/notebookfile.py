"""Notebooks for the browser to open."""

from __future__ import annotations

import json
from pathlib import Path


def write_notebook(path: Path, *cells: str) -> None:
    """A notebook of code cells for the default kernel; a cell that begins with ``#md `` is text."""
    document = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        "cells": [_cell(number, source) for number, source in enumerate(cells)],
    }
    path.write_text(json.dumps(document))


def _cell(number: int, source: str) -> dict[str, object]:
    if source.startswith("#md "):
        return {"cell_type": "markdown", "id": f"c{number}", "metadata": {}, "source": source.removeprefix("#md ")}
    return {
        "cell_type": "code",
        "id": f"c{number}",
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }
