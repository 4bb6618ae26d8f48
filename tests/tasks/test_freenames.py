from __future__ import annotations

import ast
import builtins

import pytest

from nbcellar.tasks.body.freenames import free_names


@pytest.mark.parametrize(
    ("body", "free"),
    [
        ("x", "x"),
        ("x = 1\nx", ""),
        ("x = x + 1", "x"),
        ("x += 1", "x"),
        ("import a.b as c, d.e\nc, d", ""),
        ("for i in range(n):\n    i + k\n", "n k"),
        ("for i in y:\n    pass\ni", "y i"),
        ("if a:\n    x = 1\nelse:\n    x = 2\nx", "a"),
        ("if a:\n    x = 1\nx", "a x"),
        ("try:\n    import m\nexcept ImportError:\n    m = None\nm", ""),
        ("try:\n    x = f()\nexcept E as e:\n    print(e)\nx", "f E x"),
        ("with open(p) as f:\n    f.read(n)", "p n"),
        ("def f(a, b=d):\n    c = a + g\n    return c\nf(1)", "d g"),
        ("def f():\n    return later\nlater = 1\nf()", ""),
        ("def f():\n    return f", ""),
        ("f = lambda a: a + k", "k"),
        ("class A(B):\n    x = 1\n    y = x + q\n    def m(self): return r", "B q r"),
        ("[x + k for x in y if x > z]", "k y z"),
        ("{k: v for k, v in d.items()}", "d"),
        ("(n := 3) + n", ""),
        ("match m:\n    case [a, *b]:\n        print(a, b, c)", "m c"),
        ("a.b = c\nd[e] = f", "a c d e f"),
        ("del x", "x"),
        ("x: int = 3\nx", ""),
        ("async def f():\n    await g\nawait f()", "g"),
        ("global x\nx = 1", ""),
        ("while a:\n    a = b", "a b"),
        ("print(f'{x} {y!r}')", "x y"),
    ],
)
def test_names_that_matter_from_before_are_found(body: str, free: str) -> None:
    found = {name for name in free_names(ast.parse(body)) if not hasattr(builtins, name)}
    assert found == set(free.split())
