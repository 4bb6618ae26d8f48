"""Files that somebody hostile may have saved: each would report to a listener if anything in it ran or loaded."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import tarfile
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import numpy
import pandas

CANARY = "__nbcellar_canary"
VEGA_LITE = "application/vnd.vegalite.v5+json"


class Listener:
    """Notes whoever comes; nobody should."""

    def __init__(self) -> None:
        self.visits: list[str] = []
        visits = self.visits

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                visits.append(self.path)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def scripts(url: str) -> dict[str, str]:
    """Ways to run a script or to load something from HTML."""
    js = f"top.{CANARY}=1;fetch('{url}/js')"
    return {
        "script": f"<script>{js}</script>",
        "image": f'<img src=x onerror="{js}">',
        "load": f"<img src='{url}/img'>",
        "svg": f'<svg onload="{js}"></svg>',
        "frame": f'<iframe srcdoc="<script>{js}</script>"></iframe>',
        "frame-url": f"<iframe src='{url}/frame'></iframe>",
        "object": f"<object data='{url}/object'></object><embed src='{url}/embed'>",
        "style": f"<style>@import '{url}/css'; body {{background: url({url}/bg)}}</style>",
        "sheet": f"<link rel=stylesheet href='{url}/sheet'><link rel=preload as=image href='{url}/preload'>",
        "details": f'<details open ontoggle="{js}"><summary>x</summary></details>',
        "meta": f"<meta http-equiv=refresh content='0;url={url}/meta'><base href='{url}/base/'>",
        "form": f"<form action='{url}/form'><input autofocus onfocus=\"{js}\"></form>",
        "video": f"<video src='{url}/v' autoplay onerror=\"{js}\"></video><audio src='{url}/a'></audio>",
        "link": f'<a href="javascript:{js}" id=config>click</a>',
        "set": f"<img srcset={url}/set><table background={url}/table><td style='background:url({url}/td)'>x</table>",
        "near": f"<link rel=preconnect href={url}><svg><image href={url}/near /><rect fill='url({url}/f#x)' /></svg>",
        "math": f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;<img src=x onerror={js}>">',
    }


def names(url: str) -> list[bytes]:
    """Names that are markup, code or a puzzle."""
    js = f"top.{CANARY}=1"
    return [
        f"<img src=x onerror={js}>.txt".encode(),
        f'"><svg onload={js}>.csv'.encode(),
        f"'><script>{js}<&script>.json".encode(),
        b"javascript:alert(1)",
        b"<b>bold<&b>.md",
        b"{{constructor.constructor('alert(1)')()}}.txt",
        b"${alert(1)}.txt",
        b"&lt;script&gt;.txt",
        b"__proto__",
        b"constructor",
        b"toString.json",
        "photo\u202egnp.exe".encode(),
        "\u2066isolated\u2069.txt".encode(),
        b"new\nline.txt",
        b"tab\tand\rreturn.txt",
        b"\x1b[31mred\x1b[0m.txt",
        b"\x07bell.txt",
        b"caf\xe9-latin1.txt",
        b"\xff\xfe\xfd",
        b"a" * 250 + b".txt",
        b" leading and trailing ",
        b"-rf",
        b"%2e%2e%2fetc.txt",
        b"a#b?c=d&e.txt",
        f"[x]({url}).md".encode()[:200].replace(b"/", b"&"),
    ]


def notebook(output: dict[str, object], source: str = "1") -> bytes:
    cell = {"cell_type": "code", "id": "a", "source": source, "metadata": {"trusted": True}, "execution_count": 1}
    shown = {"output_type": "display_data", "metadata": {}, **output}
    whole = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"signature": "x"},
        "cells": [{**cell, "outputs": [shown]}],
    }
    return json.dumps(whole).encode()


def _with_words(text: str) -> bytes:
    cell = {"cell_type": "markdown", "id": "a", "source": text, "metadata": {"trusted": True}}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}).encode()


def _drawing(url: str) -> dict[str, object]:
    """A chart whose data lie elsewhere."""
    place = {"field": "x", "type": "quantitative"}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"url": f"{url}/data.csv"},
        "mark": "point",
        "encoding": {"x": place},
    }


def _diagram(url: str) -> str:
    """A diagram with a picture from elsewhere in it."""
    return f'flowchart TD\n  A@{{ img: "{url}/diagram.png", label: "x", w: 60, h: 60 }}\n'


def files(url: str) -> dict[bytes, bytes]:
    """Every hostile file by its name."""
    ways = scripts(url)
    js = f"top.{CANARY}=1;fetch('{url}/js')"
    found: dict[bytes, bytes] = {f"html-{name}.html".encode(): text.encode() for name, text in ways.items()}
    for name in ("script", "image", "svg", "frame", "load", "link", "meta", "set", "near", "video"):
        markdown = f"# Report\n\n{ways[name]}\n\n[x](javascript:{js})\n![]({url}/md)"
        found[f"markdown-{name}.md".encode()] = markdown.encode()
        found[f"notebook-{name}.ipynb".encode()] = notebook({"data": {"text/html": ways[name]}})
    svg = "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'>{}</svg>"
    for name, inner in {
        "script": f"<script>{js}</script>",
        "onload": f"<rect onload=\"{js}\" width='9' height='9'/>",
        "foreign": f"<foreignObject><body xmlns='http://www.w3.org/1999/xhtml' onload=\"{js}\"/></foreignObject>",
        "image": f"<image href='{url}/svg' xlink:href='{url}/svg2'/>",
        "animate": f"<a xlink:href='javascript:{js}'><text>x</text></a><animate onbegin=\"{js}\" attributeName='x'/>",
        "use": f"<use href='{url}/use.svg#x'/>",
    }.items():
        found[f"svg-{name}.svg".encode()] = svg.format(inner).encode()
    found[b"external.xml"] = f"<!DOCTYPE x [<!ENTITY e SYSTEM '{url}/xxe'>]><x>&e;</x>".encode()
    found[b"stylesheet.xml"] = f"<?xml-stylesheet href='{url}/xsl' type='text/xsl'?><x/>".encode()
    found[b"laughs.xml"] = b"<!DOCTYPE x [<!ENTITY a '" + b"ha" * 500 + b"'><!ENTITY b '&a;&a;&a;'>]><x>&b;</x>"
    found[b"javascript.ipynb"] = notebook({"data": {"application/javascript": js}})
    found[b"svg.ipynb"] = notebook({"data": {"image/svg+xml": svg.format(f"<script>{js}</script>")}})
    found[b"latex.ipynb"] = notebook({"data": {"text/latex": f"$\\href{{javascript:{js}}}{{x}}$"}})
    found[b"our-card.ipynb"] = notebook(
        {"data": {"application/vnd.nbcellar.asset+json": {"html": ways["script"], "name": ways["image"]}}}
    )
    found[b"drawing.ipynb"] = notebook({"data": {VEGA_LITE: _drawing(url), "text/plain": "a drawing"}})
    found[b"words.ipynb"] = _with_words(f"# A ![]({url}/heading)\n\n![]({url}/words)\n\n```mermaid\n{_diagram(url)}```")
    found[b"drawing.vl.json"] = json.dumps(_drawing(url)).encode()
    found[b"diagram.mmd"] = _diagram(url).encode()
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": ways["image"]}}
    found[b"widget.ipynb"] = notebook({"data": view})
    formulas = f"=HYPERLINK(\"{url}/csv\")\n+cmd|' /C calc'!A0\n@SUM(1)\n-1+1\n<img src={url}/cell>\n"
    found[b"formulas.csv"] = f"a,{ways['image'].replace(',', ';')}\n{formulas}".encode()
    found[b"markup.tsv"] = f"{ways['script']}\t{ways['svg']}\n{ways['link']}\tx\n".encode()
    found[b"markup.json"] = json.dumps({ways["script"]: [ways["image"], {"__proto__": ways["svg"]}]}).encode()
    found[b"deep.json"] = b"[" * 50_000 + b"]" * 50_000
    found[b"wide.json"] = b"[" + b"0," * 100_000 + b"0]"
    found[b"large.json"] = b"[" + b" " * 200_000_000 + b"1]"
    found[b"no.json"] = b"{" + ways["script"].encode()
    found[b"prototype.json"] = b'{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'
    found[b"one-line.txt"] = b"x" * 2_000_000
    found[b"colours.txt"] = b"\x1b]8;;" + url.encode() + b"\x07link\x1b]8;;\x07\x1b[2J\x1b]0;title\x07"
    found[b"bidi.py"] = "access = 'user\u202e \u2066# admin\u2069 \u2066'\n".encode()
    found[b"image-bomb.png"] = _png(60_000, 60_000)
    found[b"image-lies.png"] = _png(9, 9)[:40] + b"\xff" * 100
    found[b"html.png"] = ways["script"].encode()
    found[b"polyglot.gif"] = b"GIF89a/*\0\0\0\0*/=1;" + js.encode()
    found[b"image.webp"] = b"RIFF\xff\xff\xff\xffWEBPVP8 " + b"\0" * 10
    found[b"sound.wav"] = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0" + b"\xff" * 16 + b"data\xff\xff\xff\xff"
    action = f"<</OpenAction<</S/JavaScript/JS(app.launchURL('{url}/pdf'))>>>>"
    found[b"script.pdf"] = f"%PDF-1.7\n1 0 obj{action}endobj".encode()
    found[b"zip-bomb.zip"] = _zip({"bomb": b"\0" * 20_000_000})
    found[b"zip-names.zip"] = _zip({"../../etc/passwd": b"x", ways["image"].replace("/", "&"): b"x", "/abs": b"x"})
    found[b"names.tar"] = _tar(["../../.bashrc", ways["image"]])
    found[b"objects.npy"] = _npy()
    found[b"header.npy"] = struct.pack("<6sBBI", b"\x93NUMPY", 2, 0, 2**31) + b"x" * 100
    found[b"code.npy"] = b"\x93NUMPY\x01\x00\x20\x00{'descr': __import__('os'), }\n"
    found[b"pickle.pkl"] = pickle.dumps(_Canary())
    found[b"markup.parquet"] = _parquet(ways)
    found[b"broken.parquet"] = b"PAR1" + b"\xff" * 100 + struct.pack("<I", 2**31) + b"PAR1"
    found[b"broken.h5"] = b"\x89HDF\r\n\x1a\n" + b"\xff" * 2000
    found[b"manifest.webmanifest"] = json.dumps({"start_url": f"{url}/m", "icons": [{"src": f"{url}/i"}]}).encode()
    found |= {name: ways["script"].encode() for name in names(url)}
    return found


class _Canary:
    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("touch /tmp/nbcellar-canary-ran",)


def _png(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + b"\0\0\0\0"


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


def _tar(members: list[str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as file:
        for name in members:
            file.addfile(tarfile.TarInfo(name))
    return out.getvalue()


def _npy() -> bytes:
    out = io.BytesIO()
    numpy.save(out, numpy.array([_Canary()], dtype=object), allow_pickle=True)
    return out.getvalue()


def _parquet(ways: dict[str, str]) -> bytes:
    out = io.BytesIO()
    pandas.DataFrame({ways["image"]: [ways["script"], ways["svg"]]}).to_parquet(out)
    return out.getvalue()
