"""``nbcellar VERB``: data to stdout, messages to stderr, and an exit code that says what happened."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from collections.abc import Sequence

from nbcellar.assets.display import visible_lines
from nbcellar.errors import NbcellarError
from nbcellar.frontends.commands.answer import Answer
from nbcellar.frontends.commands.parser import Line, parse
from nbcellar.lighttypes import IO, NoReturn

INTERRUPTED = 130
BROKEN_PIPE = 141  # as if SIGPIPE had ended it


def main(words: Sequence[str] | None = None) -> int:
    """Run one line.

    Args:
        words: Those after the program's name; ``sys.argv`` where they are left out.

    Returns:
        The exit code.
    """
    given = list(sys.argv[1:] if words is None else words)
    try:
        code = _run(given)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its end; that must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt as interrupt:
        said = ("nbcellar: interrupted.", *getattr(interrupt, "__notes__", ()))
        print("\n".join(map(visible_lines, said)), file=sys.stderr)  # noqa: T201
        return INTERRUPTED
    except NbcellarError as error:
        _complain(error, given)
        return error.exit_code
    return code


def run() -> NoReturn:
    """The program: run the line of ``sys.argv`` and end the process."""
    code = main()
    if threading.active_count() > 1:  # somebody is at work still, and Python waits for them
        sys.exit(code)
    if "nbcellar.store.catalogue.connections" in sys.modules:
        from nbcellar.store.catalogue.connections import leave_log

        leave_log()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
            stream.flush()
    os._exit(code)  # taking every object apart one by one takes as long as making a listing


def _run(words: list[str]) -> int:
    line = parse(words)
    if line.version:
        from nbcellar import __version__

        sys.stdout.write(f"nbcellar {__version__}\n")
        return 0
    if line.help or line.command is None:
        from nbcellar.frontends.commands.manual import overview, page

        sys.stdout.write((page(line.command) if line.command else overview()) + "\n")
        return 0
    answer = line.command.call(line.given)
    _write(answer, line)
    return answer.exit_code


def _write(answer: Answer, line: Line) -> None:
    out = sys.stdout
    if line.jsonl:
        import json

        out.writelines(json.dumps(value) + "\n" for value in answer.items())
    elif line.json:
        out.writelines(answer.json_parts())
        out.write("\n")
    else:
        answer.write(out, out.buffer, colour=line.colour and _coloured(out))
    if not line.given.quiet:
        for note in answer.notes:
            sys.stderr.write(visible_lines(note) + "\n")


def _coloured(out: IO[str]) -> bool:
    return out.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def _complain(error: NbcellarError, words: list[str]) -> None:
    if "-v" in words or "--verbose" in words:
        import traceback

        traceback.print_exception(error)
    if "--json" in words or "--jsonl" in words:
        import json

        said = {"schema": "nbcellar/error/1", "error": type(error).__name__, "exit_code": error.exit_code}
        parts = {"message": error.message, "saved": error.saved, "hint": error.hint}
        sys.stderr.write(json.dumps(said | parts) + "\n")
        return
    first = f"nbcellar: {error.message}"
    sys.stderr.write("\n".join(visible_lines(part) for part in (first, error.saved, error.hint) if part) + "\n")
