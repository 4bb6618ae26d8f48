"""The project's own modules that are imported now."""

from __future__ import annotations

import sys

from nbcellar.tasks.files.places import Places


def project_modules(places: Places) -> dict[str, str]:
    """Module name to source file, for every module imported from the project's folder."""
    found: dict[str, str] = {}
    for name, module in list(sys.modules.items()):
        file = vars(module).get("__file__") if hasattr(module, "__dict__") else None
        if not isinstance(file, str) or not file.endswith(".py") or not file.startswith(places.home):
            continue
        inside = places.in_project(file)
        if inside is not None and not places.ignored(inside) and name != "__main__":
            found[name] = file
    return found
