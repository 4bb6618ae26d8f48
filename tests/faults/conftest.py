from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from .harness import Faults


@pytest.fixture(scope="session")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Faults:
    """The library that kills or fails the k-th call; a missing compiler is a failure, never a skip."""
    library = tmp_path_factory.mktemp("faults") / "killat.so"
    source = Path(__file__).parent / "killat.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", library, source, "-ldl"], check=True)
    return Faults(library)
