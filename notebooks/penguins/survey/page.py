"""A report as one HTML file that needs nothing beside it."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable
from pathlib import Path

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1 { font-size: 1.6rem }
figure { margin: 2rem 0 }
img { max-width: 100% }
figcaption { color: #555 }
table { border-collapse: collapse }
th, td { text-align: left; padding: .2rem 1.2rem .2rem 0; border-bottom: 1px solid #ddd }
"""


def picture(path: str, caption: str) -> str:
    """A figure with the PNG file inside."""
    data = base64.b64encode(Path(path).read_bytes()).decode()
    words = html.escape(caption)
    return f'<figure><img alt="{words}" src="data:image/png;base64,{data}"><figcaption>{words}</figcaption></figure>'


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """A table of two columns."""
    body = "".join(f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>" for name, value in rows)
    return f"<table>{body}</table>"


def page(title: str, *parts: str) -> str:
    """The whole page."""
    words = html.escape(title)
    head = f'<meta charset="utf-8"><title>{words}</title><style>{STYLE}</style>'
    body = f"<h1>{words}</h1>{''.join(parts)}"
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>\n'
