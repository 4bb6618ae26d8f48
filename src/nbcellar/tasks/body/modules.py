"""The project's own modules that are imported now."""

from __future__ import annotations

from nbcellar.tasks.files.modules import modules_below, source_file
from nbcellar.tasks.files.places import Places


def project_modules(places: Places) -> dict[str, str]:
    """Module name to source file, for every module imported from the project's folder."""
    found: dict[str, str] = {}
    for name, module in modules_below(places.home):
        file = source_file(module)
        if not file.startswith(places.home):
            continue
        inside = places.in_project(file)
        if inside is not None and not places.ignored(inside) and name != "__main__":
            found[name] = file
    return found
