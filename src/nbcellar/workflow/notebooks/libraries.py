"""papermill, imported without what it and nbformat load beside and no notebook of a run needs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec

from nbcellar.standins import import_without

GRAMMAR = "rfc3987_syntax"
"""JupyterLab brings it; to import it is to build a parser, which takes three times as long as papermill does."""
FORMATS = {
    GRAMMAR: ["is_valid_syntax"],
    "rfc3986_validator": ["validate_rfc3986"],
    "fqdn": ["FQDN"],
    "webcolors": [],
    "uri_template": [],
}
"""What jsonschema checks the formats of texts with, where it is installed: no notebook's schema has one."""
ARROW = "pyarrow"
"""For notebooks at hdfs:// alone; it brings numpy, and takes as long as all else of papermill."""
_lock = threading.Lock()


def import_schemas() -> None:
    """Import what nbformat needs of jsonschema; what checks formats comes with the first text that has one."""
    with _lock:
        if find_spec("isoduration") is not None:
            import_without("isoduration", {"arrow": []})
        import_without("jsonschema", {name: taken for name, taken in FORMATS.items() if find_spec(name) is not None})


def import_papermill() -> None:
    """Import papermill; what it reaches `http://` and `hdfs://` with is imported with the first such address."""
    import_schemas()
    with _lock:
        if "papermill.iorw" in sys.modules:
            return
        hidden = ARROW not in sys.modules and find_spec(ARROW) is not None
        with _hidden(ARROW, "papermill.iorw"):
            import_without("papermill", {"requests": [], "click": []})
            import_module("papermill")
        if hidden:
            from papermill import iorw

            iorw.HadoopFileSystem = _late("pyarrow.fs", "HadoopFileSystem")
            iorw.FileSelector = _late("pyarrow.fs", "FileSelector")


class _Hiding:
    """A finder to which one module is not installed, as far as one other can see; all others find it."""

    def __init__(self, module: str, seeker: str) -> None:
        self.module = module
        self.seeker = seeker

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        """Leave it to the finders behind, or raise what they raise where there is no such module."""
        if name == self.module and _importing() == self.seeker:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def _importing() -> str:
    """The module whose import statement is being carried out."""
    frame = sys._getframe(2)
    while frame.f_back and str(frame.f_globals.get("__name__")).startswith("importlib."):
        frame = frame.f_back
    return str(frame.f_globals.get("__name__"))


@contextmanager
def _hidden(module: str, seeker: str) -> Iterator[None]:
    finder = _Hiding(module, seeker)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def _late(module: str, name: str) -> Callable[..., object]:
    """A call of what another module has, which is imported then."""

    def call(*arguments: object, **options: object) -> object:
        made: object = getattr(import_module(module), name)(*arguments, **options)
        return made

    return call
