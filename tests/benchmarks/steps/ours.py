"""Steps of ours, and the bare cells that they are held beside: ``ours.py WHICH``."""

import contextlib
import io
import os
import sys
import time

from IPython.core.interactiveshell import InteractiveShell
from timing import timed

import nbcellar as cellar

BODY = "import numpy as np\nx = np.random.default_rng(0).random(1_000_000)\nfloat(x.sum())"
FILES = """
import os
os.makedirs("out", exist_ok=True)
for number in range(1000):
    with open(f"out/{number:04d}.bin", "wb") as file:
        file.write(number.to_bytes(4, "little") * 1024)
"""
CELLS = {
    "empty, bare": "pass",
    "empty": "%%task empty\npass",
    "array, bare": BODY,
    "array": f"%%task array --cache\n{BODY}",
    "files, bare": FILES,
    "files there": f"%%task files --cache{FILES}",
    "files put back": f"%%task files --cache{FILES}",
}


@cellar.task(cache=True, quiet=True)
def step(count):  # type: ignore[no-untyped-def]
    """An array of 8 MB."""
    import numpy as np

    return np.random.default_rng(0).random(count)


def put_aside() -> None:
    """Take the files away, without deleting: a file system is slow after that, whoever writes."""
    if os.path.exists("out"):
        os.rename("out", f"../aside-{time.time_ns()}")


def main(which: str) -> None:
    """Time one of them."""
    if which == "function":
        timed(lambda: step(1_000_000))
        return
    shell = InteractiveShell.instance()

    def run(cell: str) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            shell.run_cell(cell).raise_error()  # type: ignore[no-untyped-call]

    run("%load_ext nbcellar")
    timed(lambda: run(CELLS[which]), put_aside if which in ("files put back", "files, bare") else lambda: None)


main(sys.argv[1])
