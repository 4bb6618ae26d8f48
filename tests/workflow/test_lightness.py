"""What a run does not load, because nothing of it needs that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytestmark = pytest.mark.slow

Python = Callable[..., str]


def test_the_grammar_of_addresses_is_built_when_the_first_one_is_checked(python: Python) -> None:
    said = python(
        """
        import sys
        from nbcellar.workflow.notebooks.schemas import import_schemas
        import_schemas()
        import nbformat
        from jsonschema import FormatChecker
        print("rfc3987_syntax" in sys.modules, "lark" in sys.modules)
        print(FormatChecker().conforms("http://a.example/", "iri"), FormatChecker().conforms("no address", "iri"))
        print("rfc3987_syntax" in sys.modules)
        """
    )
    assert said.splitlines() == ["False False", "True False", "True"]


def test_a_forked_kernel_finds_all_of_ours_loaded(python: Python) -> None:
    said = python(
        """
        import sys
        from importlib import import_module
        from IPython.core.interactiveshell import InteractiveShell
        from nbcellar.workflow.kernels.forkserver import PRELOADED
        from nbcellar.workflow.notebooks.notebook import CODA, PRELUDE
        for name in PRELOADED:
            import_module(name)
        shell = InteractiveShell.instance()
        before = set(sys.modules)
        for code in (PRELUDE.format(home="."), CODA, "import nbcellar as cellar; cellar.result('n', 1)"):
            shell.run_cell(code, silent=True).raise_error()
        print(sorted(name for name in set(sys.modules) - before if name.startswith("nbcellar")))
        """
    )
    assert said.splitlines()[-1] == "[]"
