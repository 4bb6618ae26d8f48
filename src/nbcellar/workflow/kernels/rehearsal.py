"""What all kernels would do alike as they begin, done once in the process that they are forked from."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from io import BytesIO
from tokenize import tokenize
from typing import TYPE_CHECKING

from nbcellar.tasks.files.loaded import note_imported
from nbcellar.tasks.files.modules import look

if TYPE_CHECKING:
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config.loader import Config

HISTORY = "--HistoryManager.hist_file=:memory:"
"""What the runner adds to the line of each ipykernel."""


def rehearse() -> None:
    """Fill caches that are the same for each notebook; nothing else is left behind.

    The pattern of Python's tokens alone takes a tenth of what a trivial notebook takes its kernel: IPython reads each
    cell token by token.
    """
    deque(tokenize(BytesIO(b"'a string'\n").readline), maxlen=0)
    note_imported()
    look()


def expect_line(app: IPKernelApp, arguments: Sequence[str]) -> None:
    """Let a kernel read the line that nearly all have without making a parser for all that a line could say.

    Args:
        app: Not yet initialized.
        arguments: Its line, without the program; any other line is read as ever.
    """
    match [*arguments]:
        case ["-f", connection_file, option] if option == HISTORY:
            read = KnownLine(connection_file)
            setattr(app, "_create_loader", lambda *_given, **_named: read)  # noqa: B010  it is a method


class KnownLine:
    """Stands for the loader of traitlets that reads a command line.

    Args:
        connection_file: The one thing that differs.
    """

    def __init__(self, connection_file: str) -> None:
        self.connection_file = connection_file
        self.extra_args: list[str] = []

    def load_config(self) -> Config:
        """What the line says, as the loader of traitlets gives it."""
        from traitlets.config.loader import Config, DeferredConfigString

        said = {
            "IPKernelApp": {"connection_file": self.connection_file},
            "HistoryManager": {"hist_file": DeferredConfigString(HISTORY.partition("=")[2])},
        }
        return Config(said)
