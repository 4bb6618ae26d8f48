"""Tasks of a workflow's notebook, which may fail further down: what they leave is kept, so that the next run goes on.

What is kept is small, and removed once the notebook has succeeded. The next run takes a finished task only where it is
known to be the same, and whatever the cells below it need can be put back.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType

from nbcellar.model import RunKind
from nbcellar.store import Cellar, RunQuery
from nbcellar.tasks.body.code import Code
from nbcellar.tasks.body.mutations import changed_names
from nbcellar.tasks.cache.kept import place_of
from nbcellar.tasks.taskline.options import CacheOption, TaskOptions

VARIABLE = "NBCELLAR_GOES_ON"
"""Set by who runs a notebook whose tasks may be taken later: ids of the failed runs that this one goes on from."""
KEY = "goes_on_key"
"""Where the detail of a task's run has its key: by the key of runs, only cached tasks are found."""
MOST_BYTES = 16 * 2**20
"""More than this is not kept of a task that did not ask for a cache."""
MOST_FAILURES = 20


def implied(options: TaskOptions, code: Code, namespace: Mapping[str, object]) -> CacheOption | None:
    """How a task cell that asked for no cache is kept; None where it is not, for a hit could not repeat what it does.

    Args:
        namespace: Where the body's names are looked up.
    """
    failed = os.environ.get(VARIABLE)
    if failed is None or options.cache or options.use or options.environment or options.dry_run or code.broken:
        return None
    if "get_ipython" in code.source:  # a magic, or a line for the shell: it may do anything
        return None
    imported = {
        alias.asname or alias.name.partition(".")[0] for node in ast.walk(code.tree) for alias in _aliases(node)
    }
    if any(name in imported or isinstance(namespace.get(name), ModuleType) for name in changed_names(code.tree)):
        return None
    return CacheOption(most_bytes=MOST_BYTES, goes_on_from=tuple(filter(None, failed.split(","))))


def _aliases(node: ast.AST) -> list[ast.alias]:
    return node.names if isinstance(node, ast.Import | ast.ImportFrom) else []


def read_elsewhere(names: Iterable[str], code: Code, home: Path) -> list[str]:
    """Which names other cells of the notebook that runs may read, or definitions of this one.

    Every name, where that cannot be told. A name counts as read wherever it stands as a word.
    """
    names = sorted(names)
    if not names:
        return []
    try:
        document = json.loads((home / os.environ.get("NBCELLAR_NOTEBOOK", "")).read_text(encoding="utf-8"))
        sources = ["".join(cell["source"]) for cell in document["cells"] if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError):
        return names
    others = [source for source in sources if code.text.strip() not in source]
    inner = [ast.unparse(node) for node in ast.walk(code.tree) if isinstance(node, _DEFINITIONS)]
    words = {word for text in (*others, *inner) for word in re.findall(r"\w+", text)}
    if words & {"globals", "locals", "eval", "exec", "vars", "dir"} or len(others) == len(sources):
        return names
    return [name for name in names if name in words]


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def forget(cellar: Cellar, parents: Iterable[str]) -> None:
    """Remove what was kept of the tasks of notebooks that nobody goes on from any more."""
    for parent in parents:
        for run in cellar.runs(RunQuery(parent=parent, kinds=(RunKind.TASK,))):
            if KEY in run.detail:
                shutil.rmtree(place_of(cellar, run.id), ignore_errors=True)
