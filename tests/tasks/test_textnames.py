from __future__ import annotations

import ast

import pytest

from nbcellar.tasks.body.textnames import names_in_texts


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("get_ipython().system('cp $source out.txt')", "source"),
        ("get_ipython().system('echo {n + m} $$HOME ${x}')", "n m x"),
        ("x = get_ipython().getoutput('ls {folder}')", "folder"),
        ("get_ipython().run_line_magic('time', 'f($k)')", "k"),
        ("df.query('year == @year and site in @sites')", "year sites"),
        ("df.eval('c = a + @b')", "b"),
        ("eval('a + b')", "a b"),
        ("exec('x = y')", "y"),
        ("eval('a +')", ""),
        ("print('someone@example.org costs $5 {x}')", ""),
        ("get_ipython().system('awk {print}')", "print"),
    ],
)
def test_names_inside_of_texts_are_found(body: str, names: str) -> None:
    assert names_in_texts(ast.parse(body)) == set(names.split())
