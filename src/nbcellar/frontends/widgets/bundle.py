"""The browser's script and style, as the build of the lab extension leaves them."""

from __future__ import annotations

from importlib.resources import files

from nbcellar.errors import ResourceError


def bundled(name: str) -> str:
    """The text of a built file.

    Raises:
        ResourceError: This is a source tree in which nothing was built yet.
    """
    found = files("nbcellar.frontends.widgets") / "static" / name
    if not found.is_file():
        raise ResourceError(
            f"The asset browser is not built: {name} is missing.",
            hint="Install nbcellar from a wheel, or run `make wheel` in its source tree.",
        )
    return found.read_text(encoding="utf-8")
