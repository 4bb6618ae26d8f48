"""The names that a hit binds: all, some or none, and what later cells give then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.frontends.magics.conftest import Shell, hit, miss

pytestmark = [
    pytest.mark.slow,
    # bodies here leave files open, as people's cells do
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("own_key"),
]


def test_a_name_that_cannot_be_kept_makes_it_run_and_is_named(shell: Shell) -> None:
    cell = "%%task a --cache\nlines = (n for n in range(3))"
    text = miss(shell, cell, "never run before")
    assert "not cached: lines is a generator, which cannot be kept" in text
    assert "of a@1, lines is a generator, which cannot be kept" in miss(shell, cell, "")


def test_files_only_leaves_names_out_and_says_so_when_one_is_used(shell: Shell) -> None:
    cell = "%%task a --cache --files-only\nlines = (n for n in range(3))\nopen('o.txt', 'w').write('1')"
    miss(shell, cell, "never run before")
    os.remove("o.txt")
    hit(shell, cell)
    assert Path("o.txt").exists()
    _, text = shell.run("lines")
    assert "NameError" in text and "lines was left out when a was taken from the cache" in text


def test_vars_keeps_only_those(shell: Shell) -> None:
    cell = "%%task a --cache --vars x\nx = 1\ny = (n for n in range(3))"
    miss(shell, cell, "never run before")
    shell.ok("del x, y")
    hit(shell, cell)
    assert shell.shell.user_ns["x"] == 1
    assert "y" not in shell.shell.user_ns


BODIES = {
    "plain values": "x = {'a': [1, 2.5, None], 'b': (1, 'zwei')}\ny = {1, 2}",
    "a table": "import pandas as pd\nx = pd.DataFrame({'a': [1, 2], 'b': ['p', 'q']})\nx",
    "an array": "import numpy as np\nx = np.arange(6).reshape(2, 3)\nx.sum()",
    "a shared object": "x = [1]\ny = {'same': x}\ny['same'] is x",
    "functions and classes": (
        "class P:\n    n = 3\n    def twice(self): return self.n * 2\ndef f(v): return v + 1\nx = P()"
    ),
    "an import": "import json as j\nfrom math import pi\nx = j.dumps(pi)",
    "a changed list": "given.append(3)\nx = len(given)",
    "a deleted name": "del spare\nx = 1",
    "a path and a date": "import pathlib, datetime\nx = pathlib.Path('a') / 'b'\ny = datetime.date(2026, 1, 2)",
    "a lazy dataset": (
        "import numpy as np, xarray as xr\n"
        "xr.Dataset({'v': ('t', np.arange(4.0))}).to_netcdf('d.nc', engine='scipy')\n"
        "x = xr.open_dataset('d.nc', engine='scipy')\nfloat(x.v.mean())"
    ),
    "a figure": (
        "import matplotlib\nmatplotlib.use('agg')\nfrom matplotlib.figure import Figure\n"
        "x = Figure()\nx.subplots().plot([1, 2])\nx.savefig('f.png')\nx"
    ),
    "prints and stderr": "import sys\nprint('one')\nprint('two', file=sys.stderr)\nprint('three')\nx = 3",
    "a model": (
        "import numpy as np\nfrom sklearn.linear_model import LinearRegression\n"
        "x = LinearRegression().fit(np.arange(4).reshape(-1, 1), [0, 2, 4, 6])\nround(float(x.coef_[0]), 6)"
    ),
}


FOLLOW = """
import os
print(sorted(n for n in os.listdir('.') if n != '.cellar'), sorted(os.listdir('.')) and 'spare' in globals())
for n, v in sorted(globals().items()):
    if n in ('x', 'y', 'given', 'j', 'pi') and 'object at' not in repr(v): print(n, repr(v)[:200])
if 'P' in globals(): print(P().twice(), f(2), type(x) is P, x.twice())
if type(x).__name__ == 'Dataset': print(x.v.values.tolist())
if type(x).__name__ == 'Figure': print(len(x.axes[0].lines))
if type(y := globals().get('y')).__name__ == 'dict' and 'same' in y: print(y['same'] is x)
"""


@pytest.mark.parametrize("name", BODIES)
def test_after_a_hit_later_cells_give_what_they_give_after_a_run(shell: Shell, name: str) -> None:
    prepare = "given = [1, 2]\nspare = 'there'"
    cell = f"%%task a --cache\n{BODIES[name]}"
    shell.ok(prepare)
    first = shell.ok(cell)
    assert "not cached" not in first, first
    after_run = shell.ok(FOLLOW)
    for path in Path().iterdir():
        if path.is_file() and path.name != "nbcellar.toml":
            path.unlink()
    shell.ok("%reset -f")
    shell.ok(prepare)
    text = hit(shell, cell)
    assert shell.ok(FOLLOW) == after_run

    def said(text: str) -> str:
        return "".join(
            line.partition(": ")[2] if line.startswith("Out[") else line
            for line in text.split("✓")[0].split("↺")[0].splitlines()
        )

    assert said(text) == said(first)


def test_an_array_of_which_a_bit_flipped_is_not_handed_over(shell: Shell) -> None:
    cell = "%%task a --cache\nimport numpy as np\nx = np.zeros(200_000)"
    miss(shell, cell, "never run before")
    hit(shell, cell)
    shell.ok("x.resize(5)")
    [kept] = (shell.cellar.folder / "cache/results").iterdir()
    data = bytearray((kept / "0").read_bytes())
    data[-9] ^= 1
    (kept / "0").write_bytes(data)
    miss(shell, cell, "a@1 could not be taken: A stored value is damaged: it is not what was written.")
    shell.ok("assert not x.any()")
