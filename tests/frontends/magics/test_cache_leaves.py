"""A hit leaves what a run leaves, besides files and names too; where it could not, the cell runs and says why."""

from __future__ import annotations

import os
import random
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pytest

from tests.frontends.magics.conftest import Shell, count, hit, miss

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture(autouse=True)
def as_before(own_key: None) -> Iterator[None]:
    """A key of this test's own, and afterwards everything that bodies change here is as it was."""
    path, seeds, options = list(sys.path), random.getstate(), np.random.get_state()
    printing = np.get_printoptions()
    with warnings.catch_warnings(), matplotlib.rc_context(), pd.option_context("display.max_rows", 60):
        yield
    np.set_printoptions(**printing)
    np.random.set_state(options)
    random.setstate(seeds)
    sys.path[:] = path
    os.environ.pop("NAME_OF_LEAVES_TEST", None)


LEFT = {  # before the cell, the cell, a later cell, and what another session has instead
    "seeds": (
        "import random, numpy as np",
        "random.seed(3); np.random.seed(4); x = np.random.rand()",
        "random.random(), float(np.random.rand())",
        "random.seed(); np.random.seed()",
    ),
    "an environment variable": (
        "import os",
        "os.environ['NAME_OF_LEAVES_TEST'] = '1'",
        "os.environ.get('NAME_OF_LEAVES_TEST')",
        "os.environ.pop('NAME_OF_LEAVES_TEST')",
    ),
    "the current folder": (
        "import os; os.makedirs('sub', exist_ok=True)",
        "os.chdir('sub')",
        "os.path.basename(os.getcwd())",
        "os.chdir('..')",
    ),
    "the search path": (
        "import sys",
        "sys.path.insert(0, '/of/leaves/test')",
        "sys.path[0]",
        "sys.path.remove('/of/leaves/test')",
    ),
    "filters of warnings": (
        "import warnings",
        "warnings.filterwarnings('ignore', message='of leaves test')",
        "warnings.warn('of leaves test')",
        "warnings.filters.pop(0)",
    ),
    "options of numpy": (
        "import numpy as np",
        "np.set_printoptions(precision=2)",
        "np.array([1 / 3])",
        "np.set_printoptions(precision=8)",
    ),
    "options of pandas": (
        "import pandas as pd",
        "pd.set_option('display.max_rows', 7)",
        "pd.get_option('display.max_rows')",
        "pd.set_option('display.max_rows', 60)",
    ),
    "options of matplotlib": (
        "import matplotlib",
        "matplotlib.rcParams['figure.dpi'] = 50",
        "matplotlib.rcParams['figure.dpi']",
        "matplotlib.rcParams['figure.dpi'] = 100",
    ),
    "a function with a default": ("", "K = 3\ndef f(v, k=K): return v + k", "f(2), K", ""),
    "a class with a constant": ("", "n = 3\nclass P:\n    size = n\nx = P()", "x.size, type(x) is P", ""),
    "a lambda": ("", "f = lambda v: v + 1", "f(2)", ""),
    "a partial": (
        "def g(a, b): return 0",
        "from functools import partial\ndef g(a, b): return a - b\nh = partial(g, 5)",
        "h(2)",
        "",
    ),
    "an import that may fail": ("", "try:\n    import json as j\nexcept ImportError:\n    j = None", "j.dumps(1)", ""),
    "everything of a module": ("", "from math import *\nx = sin(1)", "cos(0), x", ""),
    "a data class": (
        "",
        "from dataclasses import dataclass\n@dataclass\nclass D:\n    a: int = 1\nx = D(2)",
        "x, D(3)",
        "",
    ),
    "an enumeration": ("", "import enum\nclass C(enum.Enum):\n    R = 1\nx = C.R", "x is C.R", ""),
    "another name of a list": ("given = [1, 2]\nother = given", "given.append(3)", "other, other is given", ""),
    "a list in a dict": ("given = [1, 2]\nother = {'k': given}", "given.append(3)", "other, other['k'] is given", ""),
    "another name of a dict": ("given = {1: 2}\nother = given", "given[3] = 4", "other, other is given", ""),
    "another name of an array": (
        "import numpy as np\ngiven = np.zeros(2)\nother = given",
        "given += 1",
        "other.tolist(), other is given",
        "",
    ),
    "another name of a table": (
        "import pandas as pd\ngiven = pd.DataFrame({'a': [1, 2]})\nother = given",
        "given['b'] = 3",
        "other.columns.tolist(), other is given",
        "",
    ),
    "another name of an object": (
        "class P: pass\ngiven = P()\nother = given",
        "given.n = 3",
        "other.n, other is given",
        "",
    ),
    "an iterator": ("given = iter([1, 2, 3])", "x = next(given)", "x, next(given)", ""),
    "a generator of random numbers": (
        "import numpy as np\nrng = np.random.default_rng(1)",
        "x = rng.normal()",
        "float(x), float(rng.normal())",
        "",
    ),
}  # fmt: skip


def answer(shell: Shell, cell: str) -> str:
    return shell.ok(cell).partition("]: ")[2]


@pytest.mark.parametrize("what", LEFT)
def test_a_hit_leaves_what_a_run_leaves(shell: Shell, what: str) -> None:
    before, body, later, other = LEFT[what]
    cell = f"%%task a --cache\n{body}"
    shell.ok(before)
    assert "not cached" not in miss(shell, cell, "never run before")
    after_run = answer(shell, later)
    shell.ok(other)
    shell.ok("%reset -f")
    shell.ok(before)
    hit(shell, cell)
    assert answer(shell, later) == after_run


REFUSED = {  # before the cell, the cell, and why it is not cached
    "a lock": ("", "import threading\nx = threading.Lock()", "x is a _thread.lock, which cannot be kept"),
    "an open file": (
        "open('t.csv', 'w').write('a\\nb\\n')\ngiven = open('t.csv')",
        "line = given.readline()",
        "given cannot be kept: the body seems to change it, and it cannot be compared (a TextIOWrapper)",
    ),
    "a large table that is changed": (
        "import pandas as pd, numpy as np\ngiven = pd.DataFrame({'a': np.arange(4_000_000)})",
        "given['b'] = 3",
        "given cannot be kept: the body seems to change it, and it cannot be compared (32.0 MB)",
    ),
    "what a function of another cell uses": (
        "n = 0\ndef bump():\n    global n\n    n += 1",
        "bump()",
        "bump cannot be kept: the body changes something that it uses",
    ),
    "a function under a condition": (
        "",
        "if True:\n    def f(v): return v",
        "f is a function that no import, def or class at the top of the cell makes",
    ),
    "a function made with what changes later": (
        "",
        "k = 1\ndef f(v=k): return v\nk = 2",
        "f cannot be kept: it is made with k, which the cell binds more than once",
    ),
    "a secret": (
        "import os",
        "os.environ['TOKEN_OF_LEAVES_TEST'] = 'abc'",
        "the surroundings cannot be kept: the environment variable TOKEN_OF_LEAVES_TEST was set, and looks like a",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_kept_makes_the_cell_run_and_is_named(
    shell: Shell, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TOKEN_OF_LEAVES_TEST", raising=False)
    before, body, reason = REFUSED[what]
    cell = f"%%task a --cache\n{body}"
    shell.ok(before)
    text = miss(shell, cell, "never run before")
    assert f"not cached: {reason}" in text and "--vars and --files-only leave names out" in text
    monkeypatch.delenv("TOKEN_OF_LEAVES_TEST", raising=False)
    shell.ok(before)
    assert reason in miss(shell, cell, "of a@1, ")


def test_a_secret_is_in_no_file_of_the_cache(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_OF_LEAVES_TEST", "before")
    shell.ok("import os, base64")
    shell.ok("%%task a --cache\nos.environ['TOKEN_OF_LEAVES_TEST'] = base64.b64decode('aHVudGVyMjI=').decode()")
    assert os.environ["TOKEN_OF_LEAVES_TEST"] == "hunter22"
    assert not [path for path in shell.folder.rglob("*") if path.is_file() and b"hunter22" in path.read_bytes()]


def test_an_object_that_another_name_has_too_and_that_cannot_be_changed_makes_it_run(shell: Shell) -> None:
    before = "import numpy as np\nrng = np.random.default_rng(1)\nother = rng"
    cell = "%%task a --cache\nx = rng.normal()"
    shell.ok(before)
    miss(shell, cell, "never run before")
    shell.ok(before)
    text = miss(shell, cell, "a@1 could not be taken: rng is changed in place, and other is the same object")
    assert count(shell) == 2, text


def test_names_left_out_by_an_earlier_line_make_it_run(shell: Shell) -> None:
    body = "x = 1\ny = 2\nz = 3"
    miss(shell, f"%%task a --cache --vars x\n{body}", "never run before")
    hit(shell, f"%%task a --cache --vars x\n{body}")
    miss(shell, f"%%task a --cache --vars x,y\n{body}", "y of a@1 was left out then, by --vars or --files-only")
    miss(shell, f"%%task a --cache\n{body}", "z of a@2 was left out then, by --vars or --files-only")
    hit(shell, f"%%task a --cache\n{body}")
    shell.ok("%reset -f")
    hit(shell, f"%%task a --cache --vars z\n{body}")
    assert shell.shell.user_ns["z"] == 3 and "x" not in shell.shell.user_ns
    shell.ok("z = 0")
    hit(shell, f"%%task a --cache --files-only\n{body}")
    assert "z" not in shell.shell.user_ns


def test_names_that_are_bound_to_what_they_had_before_are_kept(shell: Shell) -> None:
    body = "flag = True\nn = 3\nfor i in range(2):\n    last = i\nimport json\n[k for k in 'ab']"
    shell.ok(f"{body}\nk = 'mine'")
    cell = f"%%task a --cache\n{body}"
    miss(shell, cell, "never run before")
    shell.ok("%reset -f")
    shell.ok("k = 'mine, later'")
    hit(shell, cell)
    assert answer(shell, "flag, n, i, last, json.dumps(1), k") == "(True, 3, 1, 1, '1', 'mine, later')\n"


def test_a_name_that_is_asked_for_and_not_bound_is_told(shell: Shell) -> None:
    text = miss(shell, "%%task a --cache --vars x,z\nx = 1", "never run before")
    assert "--vars names z, which the cell does not bind" in text


def test_what_is_closed_by_then_is_no_reason_to_run(shell: Shell) -> None:
    body = (
        "import threading, pathlib\nwith open('a.txt', 'w') as f:\n    f.write('1')\nfor i in range(2):\n"
        "    with open(f'{i}.txt', 'w') as g, threading.Lock() as held:\n        g.write('1')\n"
        "h = open('b.txt', 'w')\nh.close()\nwith open('a.txt') as text:\n    x = text.read()"
    )
    cell = f"%%task a --cache\n{body}"
    assert "not cached" not in miss(shell, cell, "never run before")
    shell.ok("%reset -f")
    hit(shell, cell)
    assert shell.shell.user_ns["x"] == "1" and shell.shell.user_ns["held"] is True
    _, text = shell.run("f")
    assert "f was left out when a was taken from the cache" in text and "closed by then" in text


def test_a_name_of_a_with_that_is_bound_again_is_kept_or_told(shell: Shell) -> None:
    body = "import threading\nwith open('a.txt', 'w') as f:\n    f.write('1')\nf = threading.Lock()"
    assert "not cached: f is a _thread.lock" in miss(shell, f"%%task a --cache\n{body}", "never run before")


def test_results_that_another_user_signed_are_not_loaded(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = "%%task a --cache\nimport collections\nx = collections.Counter('ab')"
    miss(shell, cell, "never run before")
    hit(shell, cell)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "somebody-else"))
    text = miss(shell, cell, "a@1 could not be taken: A stored value is a pickle that you did not sign on this machine")
    assert "Nothing of it was run" in text
    hit(shell, cell)


def test_a_pickle_that_was_put_in_its_place_is_not_loaded(shell: Shell) -> None:
    cell = "%%task a --cache\nx = {1, 2}"
    miss(shell, cell, "never run before")
    [kept] = (shell.cellar.folder / "cache/results").iterdir()
    (kept / "0").write_bytes(b"\x80\x04cposix\nsystem\nX\x0b\x00\x00\x00touch pwned\x85R.")
    assert "a@1 could not be taken" in miss(shell, cell, "")
    assert not Path("pwned").exists()


def test_a_definition_that_fails_the_second_time_makes_the_cell_run(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if folder not in ("", str(shell.folder))])
    Path("module_of_leaves_test.py").write_text("n = 1")
    shell.ok("import sys; sys.path.insert(0, '')")
    cell = "%%task a --cache --exclude '*.py'\nfrom module_of_leaves_test import n as m\nx = m"
    miss(shell, cell, "never run before")
    shell.ok("sys.modules.pop('module_of_leaves_test'); sys.path.pop(0); sys.path_importer_cache.clear()")
    result, text = shell.run(cell)
    assert isinstance(result.error_in_exec, ModuleNotFoundError)
    assert "a@1 could not be taken: its imports, functions and classes could not be made again" in text
