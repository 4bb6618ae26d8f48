from __future__ import annotations

import ast

import pytest

from nbcellar.frontends.transformer import MarkerTransformer, Rewriting, marker_line, rewrite


def lines_after(cell: str) -> list[str]:
    return MarkerTransformer(lambda text: text)(cell.splitlines(keepends=True))


def rewritten(cell: str, interactivity: str = "last_expr") -> str:
    def compiles(node: ast.stmt) -> SyntaxError | None:
        try:
            compile(ast.Module([node], []), "x", "exec")
        except SyntaxError as error:
            return error
        return None

    tree = ast.parse("".join(lines_after(cell)))
    return ast.unparse(rewrite(tree, Rewriting(interactivity, compiles)))


@pytest.mark.parametrize("cell", ["%%task a\nx", "%task a\nx", "# why\n\n%%task a\nx", "%%task\nx", "%%task a"])
def test_the_marker_is_found_behind_comments(cell: str) -> None:
    assert marker_line(cell.splitlines()) is not None


@pytest.mark.parametrize(
    "cell", ["x\n%%task a", "%%tasks a", "%%task?", "%taskset", "#%%task a\n", "", " %%task a", "# x"]
)
def test_other_cells_are_left_alone(cell: str) -> None:
    lines = cell.splitlines(keepends=True)
    assert marker_line(lines) is None
    assert lines_after(cell) == lines


@pytest.mark.parametrize(
    "cell",
    [
        "%%task a\nx = 1\ny = 2\n",
        "# c\n%%task a\n\n\nx = 1\n",
        "%%task a\n    x = 1\n    y = 2\n",
        "%%task a\n>>> x = 1\n>>> y = 2\n",
        "%%task a\nfrom __future__ import annotations  # c\nx = 1\n",
        "%%task a",
    ],
)
def test_one_line_in_is_one_line_out(cell: str) -> None:
    assert len(lines_after(cell)) == len(cell.splitlines())


def test_the_body_is_wrapped_in_loop_and_guard() -> None:
    assert rewritten("%%task a --in 'x y'\nx = 1\nx + 1") == (
        """for __cellar__.attempt in __cellar__.attempts("a --in 'x y'", 'x = 1\\nx + 1', ''):\n"""
        "    with __cellar__.attempt:\n"
        "        x = 1\n"
        "        __cellar__.show_result(x + 1)"
    )


def test_an_empty_body_passes() -> None:
    assert rewritten("%%task a\n# nothing").endswith("pass")


def test_future_imports_come_first() -> None:
    assert rewritten("%%task a\nfrom __future__ import annotations\nx = 1").splitlines()[0] == (
        "from __future__ import annotations"
    )


def test_a_statement_that_does_not_compile_stands_behind_the_guard_as_it_was() -> None:
    lines = rewritten("%%task a\nprint(1)\nbreak\nprint(2)").splitlines()
    assert lines[-2:] == ["        print(1)", "break"]
    assert "outside loop" in lines[0]


def test_a_global_statement_means_nothing_at_the_top_and_goes() -> None:
    assert "global" not in rewritten("%%task a\nx = 1\nglobal x\nx = 2").split("\n", 1)[1]


@pytest.mark.parametrize(
    ("interactivity", "body", "shown"),
    [
        ("last_expr", "1\n2", "1\n__cellar__.show_result(2)"),
        ("last_expr", "1\nx = 2", "1\nx = 2"),
        ("none", "1\n2", "1\n__cellar__.result(2)"),
        ("all", "1\n2", "__cellar__.show(1)\n__cellar__.show_result(2)"),
        ("all", "def f():\n    3", "def f():\n    3"),
        ("last", "for i in y:\n    i", "for i in y:\n    __cellar__.show(i)"),
        ("last_expr_or_assign", "x = 2", "x = 2\n__cellar__.show_result(x)"),
        ("last_expr_or_assign", "x: int = 2", "x: int = 2\n__cellar__.show_result(x)"),
        ("last_expr_or_assign", "x += 2", "x += 2\n__cellar__.show_result(x)"),
        ("last_expr_or_assign", "x, y = 2, 3", "x, y = (2, 3)"),
    ],
)
def test_what_is_shown_follows_the_shell(interactivity: str, body: str, shown: str) -> None:
    text = rewritten(f"%%task a\n{body}", interactivity)
    assert [line[8:] for line in text.splitlines()[2:] if line.startswith(" " * 8)] == shown.splitlines()


def test_every_statement_keeps_its_line() -> None:
    cell = "# c\n%%task a\n\nx = 1\nfor i in range(3):\n    y = i\nx"
    tree = ast.parse("".join(lines_after(cell)))
    loop = rewrite(tree, Rewriting("last_expr", lambda node: None)).body[0]
    assert isinstance(loop, ast.For)
    guard = loop.body[0]
    assert isinstance(guard, ast.With)
    assert (loop.lineno, guard.lineno, [node.lineno for node in guard.body]) == (2, 2, [4, 5, 7])


def test_a_module_without_our_call_is_the_same_module() -> None:
    tree = ast.parse("__cellar__\nx = __cellar__('a')")
    assert rewrite(tree, Rewriting("last_expr", lambda node: None)) is tree
