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
        from nbcellar.workflow.notebooks.libraries import import_schemas
        import_schemas()
        import nbformat
        from jsonschema import FormatChecker
        print("rfc3987_syntax" in sys.modules, "lark" in sys.modules)
        print(FormatChecker().conforms("http://a.example/", "iri"), FormatChecker().conforms("no address", "iri"))
        print("rfc3987_syntax" in sys.modules)
        """
    )
    assert said.splitlines() == ["False False", "True False", "True"]


def test_what_checks_formats_comes_with_the_first_text_that_has_one(python: Python) -> None:
    said = python(
        """
        import sys
        from nbcellar.workflow.notebooks.libraries import import_papermill
        import_papermill()
        late = ("arrow", "click", "fqdn", "rfc3986_validator", "uri_template", "webcolors")
        print([name for name in late if name in sys.modules])
        from jsonschema import FormatChecker
        texts = {
            "uri": ("http://a.example/b", "no uri"),
            "hostname": ("a.example", "-a-."),
            "color": ("red", "no color"),
            "uri-template": ("http://a.example/{b}", "http://a.example/{b"),
            "duration": ("P1D", "1D"),
        }
        for name, (right, wrong) in texts.items():
            print(name, FormatChecker().conforms(right, name), FormatChecker().conforms(wrong, name))
        print([name for name in late if name not in sys.modules])
        import arrow, papermill.cli
        print(arrow.get("2026-11-27").year, papermill.cli.papermill.name)
        """
    )
    names = ["uri", "hostname", "color", "uri-template", "duration"]
    assert said.splitlines() == [
        "[]",
        *(f"{name} True False" for name in names),
        "['arrow', 'click']",
        "2026 papermill",
    ]


def test_papermill_comes_without_what_it_reaches_other_addresses_with(python: Python) -> None:
    said = python(
        """
        import sys
        from nbcellar.workflow.notebooks.libraries import import_papermill
        import_papermill()
        from papermill import iorw
        print([name for name in ("requests", "pyarrow", "numpy") if name in sys.modules])
        print([one for one in sys.meta_path if "Hiding" in repr(one)])
        try:
            iorw.HttpHandler.read("http://127.0.0.1:9/n.ipynb")
        except iorw.requests.ConnectionError as error:
            print(type(error).__module__, type(sys.modules["requests"]).__name__)
        import pyarrow.fs
        print(type(iorw.FileSelector("a folder")) is pyarrow.fs.FileSelector)
        """
    )
    assert said.splitlines() == ["[]", "[]", "requests.exceptions module", "True"]


def test_who_else_imports_what_papermill_does_without_has_it_whole(python: Python) -> None:
    said = python(
        """
        import sys
        from importlib import import_module
        from nbcellar.standins import StandIn
        from nbcellar.workflow.notebooks.libraries import _hidden
        sys.modules["requests"] = StandIn("requests")
        import requests.adapters
        print(type(sys.modules["requests"]).__name__, requests.Session.__name__)
        with _hidden("pyarrow", "papermill.iorw"):
            import pyarrow.fs
        print(pyarrow.fs.FileSelector.__name__)
        """
    )
    assert said.splitlines() == ["module Session", "FileSelector"]


def test_ipython_is_imported_only_for_a_kernel_that_no_other_folder_has(python: Python) -> None:
    said = python(
        """
        import os, sys, tempfile
        from pathlib import Path
        from nbcellar.workflow.kernels.places import kernelspecs
        os.environ["IPYTHONDIR"] = tempfile.mkdtemp()
        mine = Path(os.environ["IPYTHONDIR"], "kernels", "mine")
        mine.mkdir(parents=True)
        (mine / "kernel.json").write_text('{"argv": ["mine"], "display_name": "Mine", "language": "none"}')
        print(kernelspecs("python3").get_kernel_spec("python3").language, "IPython" in sys.modules)
        print(kernelspecs("mine").get_kernel_spec("mine").display_name)
        """
    )
    assert said.splitlines() == ["python False", "Mine"]


def test_a_kernel_reads_its_usual_line_as_traitlets_reads_it(python: Python) -> None:
    said = python(
        """
        from ipykernel.kernelapp import IPKernelApp
        from nbcellar.workflow.kernels.rehearsal import HISTORY, KnownLine, expect_line
        usual = ["-f", "/a/kernel.json", HISTORY]
        for line in (usual, [*usual, "--quiet"]):
            plain, quick = IPKernelApp(), IPKernelApp()
            expect_line(quick, line)
            plain.parse_command_line(line)
            quick.parse_command_line(line)
            print(repr(plain.config) == repr(quick.config), plain.extra_args == quick.extra_args == [])
            print(plain.connection_file == quick.connection_file, plain.log_level == quick.log_level)
            print(isinstance(quick._create_loader([], {}, {}, []), KnownLine))
        """
    )
    assert said.splitlines() == ["True True", "True True", "True", "True True", "True True", "False"]


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
