"""Which kernels there are, asked without starting or importing anything where that is enough."""

from __future__ import annotations

import sys
from pathlib import Path

from nbcellar.errors import did_you_mean


def missing_kernel(name: str) -> str | None:
    """A hint about a kernel that does not exist; None where it exists."""
    if (Path(sys.prefix) / "share/jupyter/kernels" / name / "kernel.json").is_file():
        return None
    known = _installed()
    if name in known:
        return None
    return did_you_mean(name, known) or f"Installed: {', '.join(known) or 'none'}."


def _installed() -> tuple[str, ...]:
    from jupyter_client.kernelspec import KernelSpecManager  # 0.15 s, and kernels of this environment need it not

    return tuple(sorted(KernelSpecManager().find_kernel_specs()))
