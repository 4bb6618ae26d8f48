"""What makes a cached cell run again, and what does not: each change with the reason that the card gives."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.frontends.magics.conftest import Shell, hit, miss

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.usefixtures("own_key"),
]


CHANGES = {  # before the cell, the cell, before the cell the next time, why it runs then
    "a small global": ("k = 3", "k + 1", "k = 4", "k 3 → 4"),
    "a text": ("k = 'one'", "len(k)", "k = 'two'", 'k "one" → "two"'),
    "a type": ("k = 1", "k * 2", "k = 1.0", "k 1 → 1.0"),
    "a list": ("k = [1, 2]", "sum(k)", "k = [1, 3]", "k changed"),
    "a name that was not there": ("", "globals().get('k') or k_or_none", "k_or_none = 2", "k_or_none 1 → 2"),
    "a table": (
        "import pandas as pd\nk = pd.DataFrame({'a': [1, 2]})",
        "int(k.a.sum())",
        "k = pd.DataFrame({'a': [1, 3]})",
        "k changed",
    ),
    "the fields of an array": (
        "import numpy as np\nk = np.zeros(2, dtype=[('a', 'i4'), ('b', 'f4')])",
        "k.dtype.names",
        "k = np.zeros(2, dtype=[('c', 'i4'), ('d', 'f4')])",
        "k changed",
    ),
    "a function by name": ("def f(v): return v + 1", "f(1)", "def f(v): return v + 2", "f changed"),
    "a constant that a function uses": ("K = 1\ndef f(v): return v + K", "f(1)", "K = 2", "f changed"),
    "a function that a function calls": (
        "def g(v): return v\ndef f(v): return g(v)",
        "f(1)",
        "def g(v): return -v",
        "f changed",
    ),
    "a default": ("def f(v=1): return v", "f()", "def f(v=2): return v", "f changed"),
    "a closure": (
        "def make(n):\n    return lambda: n\nf = make(1)",
        "f()",
        "f = make(2)",
        "f changed",
    ),
    "a decorated function": (
        "import functools\n@functools.lru_cache\ndef f(v): return v + 1",
        "f(1)",
        "@functools.lru_cache\ndef f(v): return v + 2",
        "f changed",
    ),
    "a partial": (
        "import functools\ndef f(a, b): return a - b\np = functools.partial(f, 1)",
        "p(1)",
        "p = functools.partial(f, 2)",
        "p changed",
    ),
    "a method of a class": (
        "class C:\n    def m(self): return 1",
        "C().m()",
        "class C:\n    def m(self): return 2",
        "C changed",
    ),
    "the class of an object": (
        "class C:\n    def m(self): return 1\nc = C()",
        "c.m()",
        "class C:\n    def m(self): return 2\nc = C()",
        "c changed",
    ),
    "a data class": (
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    n: int = 1\nc = C()",
        "c.n",
        "c = C(2)",
        "c changed",
    ),
    "members of a class": (
        "import abc, functools\nclass C(abc.ABC):\n    __slots__ = ('x',)\n    @property\n    def p(self): return 1\n"
        "    @staticmethod\n    def s(): return 1\n    @classmethod\n    def c(cls): return 1",
        "C.s()",
        "class C(abc.ABC):\n    __slots__ = ('x',)\n    @property\n    def p(self): return 2\n"
        "    @staticmethod\n    def s(): return 1\n    @classmethod\n    def c(cls): return 1",
        "C changed",
    ),
    "an enumeration": (
        "import enum\nclass C(enum.Enum):\n    R = 1",
        "C.R.value",
        "class C(enum.Enum):\n    R = 2",
        "C changed",
    ),
    "a named tuple": (
        "from typing import NamedTuple\nclass C(NamedTuple):\n    a: int = 1",
        "C().a",
        "class C(NamedTuple):\n    a: int = 2",
        "C changed",
    ),
    "a name in a shell line": ("w = 'one'", "!echo $w > o.txt", "w = 'two'", 'w "one" → "two"'),
    "an expression in a shell line": ("w = 1", "!echo {w + 1} > o.txt", "w = 2", "w 1 → 2"),
    "a name in a query": (
        "import pandas as pd\nt = pd.DataFrame({'a': [1, 2]})\nyear = 1",
        "len(t.query('a >= @year'))",
        "year = 2",
        "year 1 → 2",
    ),
    "a generator of random numbers": (
        "import numpy as np\nrng = np.random.default_rng(1)",
        "float(rng.normal())",
        "rng = np.random.default_rng(2)",
        "rng changed",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_makes_the_cell_run_and_is_named(shell: Shell, what: str) -> None:
    before, body, after, reason = CHANGES[what]
    shell.ok("k_or_none = 1")
    shell.ok(before)
    cell = f"%%task a --cache\n{body}"
    miss(shell, cell, "never run before")
    shell.ok(before)
    if "random" not in what:
        hit(shell, cell)
    shell.ok(after)
    miss(shell, cell, reason)


SAME = {
    "the order of a set": ("k = {'a', 'b', 'c'}", "sorted(k)", "k = {'c', 'b', 'a'}"),
    "a function typed anew": ("def f(v): return v + 1", "f(1)", "def f(v):\n    # with a remark\n    return v + 1"),
    "a name that is not read": ("k = 1", "2", "k = 2"),
    "a name that is bound first": ("k = 1", "k = 5\nk", "k = 2"),
    "a copy": (
        "import pandas as pd\nk = pd.DataFrame({'a': [1, 2]})",
        "int(k.a.sum())",
        "k = k.copy()",
    ),
    "a module imported anew": ("import json", "json.dumps(1)", "import json"),
}


@pytest.mark.parametrize("what", SAME)
def test_what_changes_nothing_makes_nothing_run(shell: Shell, what: str) -> None:
    before, body, after = SAME[what]
    shell.ok(before)
    cell = f"%%task a --cache\n{body}"
    miss(shell, cell, "never run before")
    shell.ok(after)
    hit(shell, cell)


def test_several_changes_are_all_named(shell: Shell) -> None:
    shell.ok("a, b = 1, 2")
    miss(shell, "%%task a --cache --param a\na + b", "never run before")
    shell.ok("a, b = 3, 4")
    text = miss(shell, "%%task a --cache --param a\na + b + 0", "code changed (line 2)")
    assert "; param a 1 → 3; b 2 → 4" in text


def test_other_options_are_named(shell: Shell) -> None:
    body = "open('a.txt', 'w').write('1'); open('b.txt', 'w').write('2')"
    miss(shell, f"%%task a --cache\n{body}", "never run before")
    miss(shell, f"%%task a --cache --match a.txt\n{body}", 'option match [] → ["a.txt"]')


def test_an_input_that_is_read_and_replaced_makes_it_run_each_time(shell: Shell) -> None:
    Path("n.txt").write_text("0")
    cell = "%%task a --cache\nn = int(open('n.txt').read()) + 1\nwith open('n.txt', 'w') as f:\n    print(n, file=f)"
    miss(shell, cell, "never run before")
    miss(shell, cell, "input n.txt changed")
    assert Path("n.txt").read_text() == "2\n"


def test_an_input_that_is_gone_is_named(shell: Shell) -> None:
    Path("in.csv").write_text("1")
    cell = "%%task a --cache\nimport os\nos.path.exists('in.csv') and open('in.csv').read()"
    miss(shell, cell, "never run before")
    os.remove("in.csv")
    miss(shell, cell, "input in.csv is gone")


def test_names_that_are_not_in_the_key_are_named_on_a_hit_too(shell: Shell) -> None:
    shell.ok("import numpy as np\nbig = np.zeros(3_000_000)")
    cell = "%%task a --cache\nfloat(big.sum())"
    miss(shell, cell, "never run before")
    assert "not in the key: big (24.0 MB)" in hit(shell, cell)
    function = "def f(): return big.sum()"
    shell.ok(function)
    text = miss(shell, "%%task a --cache\nfloat(f())", "code changed")
    assert "not in the key: f (it uses big: too large)" in text


def test_a_large_name_counts_as_a_parameter(shell: Shell) -> None:
    shell.ok("import numpy as np\nbig = np.zeros(3_000_000)")
    cell = "%%task a --cache --param big\nfloat(big.sum())"
    miss(shell, cell, "never run before")
    hit(shell, cell)
    shell.ok("big = big + 1")
    miss(shell, cell, "param big changed")


def test_a_helper_module_is_named_whether_it_was_imported_here_or_before(shell: Shell) -> None:
    Path("helper_of_key_test.py").write_text("def f(): return 1\n")
    shell.ok("import sys; sys.path.insert(0, ''); sys.dont_write_bytecode = True\nimport helper_of_key_test as helper")
    cell = "%%task a --cache\nhelper.f()"
    miss(shell, cell, "never run before")
    hit(shell, cell)
    Path("helper_of_key_test.py").write_text("def f(): return 2\n")
    shell.ok("import importlib; importlib.reload(helper)")
    assert ": 2" in miss(shell, cell, "module helper_of_key_test.py changed")
    hit(shell, cell)
    shell.ok("sys.modules.pop('helper_of_key_test'); sys.path.pop(0)")


def test_a_module_edited_after_its_import_is_told_and_is_no_base_for_later_runs(shell: Shell) -> None:
    Path("edited_of_key_test.py").write_text("def f(): return 1\n")
    shell.ok("import sys; sys.path.insert(0, ''); sys.dont_write_bytecode = True\nimport edited_of_key_test as helper")
    Path("edited_of_key_test.py").write_text("def f(): return 'two'\n")
    cell = "%%task a --cache\nhelper.f()"
    text = miss(shell, cell, "never run before")
    assert ": 1" in text
    assert "edited_of_key_test.py was edited after it was imported: this run used the code from before" in text
    shell.ok("import importlib; importlib.reload(helper)")
    assert ": 'two'" in miss(shell, cell, "module edited_of_key_test.py was edited after a@1 had imported it")
    hit(shell, cell)
    shell.ok("sys.modules.pop('edited_of_key_test'); sys.path.pop(0)")


def test_an_argument_that_is_the_same_is_not_named_and_one_that_changed_is_in_words(shell: Shell) -> None:
    shell.ok("import nbcellar as cellar\nfrom pathlib import Path\n@cellar.task(cache=True)\ndef f(p, k): return k")
    assert 'Params: p=a.csv, k={"b": 1, "a": 2}' in shell.ok("f(Path('a.csv'), {'b': 1, 'a': 2})")
    text = shell.ok("f(Path('a.csv'), {'b': 1, 'a': 3})")
    assert "cache MISS: param k changed\n" in text
    text = shell.ok("f(Path('b.csv'), {'a': 3, 'b': 1})")
    assert 'cache MISS: param p "a.csv" → "b.csv"\n' in text
