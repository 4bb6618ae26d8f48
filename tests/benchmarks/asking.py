"""Questions about the newest asset of this folder's cellar: seconds and CPU of the second answer, as JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

from nbcellar.assets.asset import Asset
from nbcellar.assets.selection import Glob
from nbcellar.frontends.browsing.shelf import shelf_of
from nbcellar.store import current

if __name__ == "__main__":
    cellar = current()
    asset = Asset(cellar, cellar.find("data"))
    manifest = asset.manifest
    middle = manifest.page(limit=1)[0].name.rpartition(b"/")[0]
    questions: dict[str, Callable[[], object]] = {
        "its folders": lambda: manifest.children(b"data"),
        "a folder of the browser": lambda: shelf_of(manifest, middle),
        "a page of 1,000": lambda: manifest.page(middle, limit=1000),
        "a glob in one folder": lambda: asset.select(Glob.of(f"{middle.decode()}/*7.json")),
        "a glob that nothing matches": lambda: asset.select(Glob.of("**/*.none")),
    }
    taken = {}
    for words, ask in questions.items():
        ask()
        start, used = time.perf_counter(), time.process_time()
        ask()
        taken[words] = (time.perf_counter() - start, time.process_time() - used)
    json.dump(taken, sys.stdout)
