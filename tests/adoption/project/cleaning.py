"""A module beside the notebook."""

from pathlib import Path


def strip(text):
    return text.strip()


def write_report(path, lines):
    Path(path).write_text("\n".join(map(strip, lines)) + "\n")
    return path
