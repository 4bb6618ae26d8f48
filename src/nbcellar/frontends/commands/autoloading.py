"""``autoload``: whether every IPython of this user loads the extension by itself."""

from __future__ import annotations

import os
from pathlib import Path

from nbcellar.errors import ConflictError, UsageError
from nbcellar.frontends.commands.answer import Answer, Block
from nbcellar.frontends.commands.command import Argument, Command
from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import ClassVar
from nbcellar.model import JSON

FILE = "50-nbcellar.py"
CONTENT = '''"""Written by `nbcellar autoload on`; `nbcellar autoload off` removes it."""

try:
    get_ipython().run_line_magic("load_ext", "nbcellar")
except ImportError:  # this environment does not have nbcellar
    pass
'''


@dataclass(frozen=True, repr=False)
class Autoload(Answer):
    """Whether it is on."""

    verb: ClassVar[str] = "autoload"
    path: Path
    on: bool

    def _facts(self) -> dict[str, JSON]:
        return {"on": self.on, "path": str(self.path)}

    def _blocks(self) -> list[Block]:
        if self.on:
            return [f"on: every new kernel of yours loads nbcellar ({self.path})."]
        return ["off: a notebook loads it by `%load_ext nbcellar`."]


def autoload(switch: str = "") -> Autoload:
    """Say whether every new kernel loads the extension, or switch that ``on`` or ``off``.

    Raises:
        UsageError: The switch is neither.
        ConflictError: The file that it would write or remove is not its own.
    """
    path = startup_file()
    own = path.is_file() and path.read_text(encoding="utf-8", errors="replace") == CONTENT
    if switch not in ("", "on", "off"):
        raise UsageError(f"autoload {switch!r} is not known.", hint="Write `autoload on` or `autoload off`.")
    if switch and path.exists() and not own:
        raise ConflictError(f"{path} is not as nbcellar wrote it.", hint="Move it away first.")
    if switch == "on":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CONTENT, encoding="utf-8")
    elif switch == "off":
        path.unlink(missing_ok=True)
    return Autoload(path, path.is_file())


def startup_file() -> Path:
    """The file that IPython's default profile runs at its start."""
    home = os.environ.get("IPYTHONDIR")
    return (Path(home) if home else Path.home() / ".ipython") / "profile_default" / "startup" / FILE


COMMANDS = (
    Command(
        "autoload",
        "Let every new kernel load nbcellar by itself, or no longer.",
        (("autoload on", "no `%load_ext nbcellar` is needed from now on"), ("autoload", "whether it is on")),
        (Argument("SWITCH", "on or off; left out, it only says which"),),
        lambda given: autoload(given.text("switch")),
        'cellar.autoload("on")',
    ),
)
