"""jsonschema, imported without the grammar of international addresses that no notebook needs."""

from __future__ import annotations

import threading
from importlib.util import find_spec

from nbcellar.standins import import_without

GRAMMAR = "rfc3987_syntax"
"""JupyterLab brings it; to import it is to build a parser, which takes three times as long as papermill does."""
_lock = threading.Lock()


def import_schemas() -> None:
    """Import what nbformat needs of jsonschema; its grammar is built when the first address is checked."""
    with _lock:
        if find_spec(GRAMMAR) is not None:
            import_without("jsonschema", GRAMMAR, "is_valid_syntax")
