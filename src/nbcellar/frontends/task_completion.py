"""What can follow on a ``%%task`` line: task names, options, and for each option what it takes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nbcellar.errors import NbcellarError
from nbcellar.frontends.commands.completion import files, references, starting
from nbcellar.model import LabelKind
from nbcellar.store import RunQuery, current
from nbcellar.tasks.taskline.line import FLAGS, ONCE, OPTIONS, SHORT

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

MOST_RUNS = 200
_AGES = ("10m", "2h", "7d")
_VALUES = {
    "--on-error": ("keep", "drop"),
    "--cache": _AGES,
    "--timeout": ("30s", "10m", "2h"),
    "--retries": ("3", "3:10s", "3:10s..2m"),
}


def register(shell: InteractiveShell) -> None:
    """Complete the lines of a shell."""
    for marker in ("%%task", "%task"):
        shell.set_hook("complete_command", _complete, str_key=marker)  # type: ignore[no-untyped-call]


def _complete(shell: InteractiveShell, event: object) -> list[str]:
    """The shape is IPython's."""
    typed = str(getattr(event, "text_until_cursor", ""))
    words = typed.split()[1:]
    words = [*words, ""] if typed[-1:].isspace() or not words else words
    # IPython replaces only what follows its last delimiter, and `@`, `=` and `$` are some.
    kept = len(words[-1]) - len(str(getattr(event, "symbol", "")))
    return [found[kept:] for found in completions(words, shell.user_ns)]


def completions(words: list[str], namespace: Mapping[str, object]) -> list[str]:
    """Words that the last of these can become.

    Args:
        words: Those after the marker, up to the cursor; the last may be empty.
    """
    *before, typed = words
    option = SHORT.get(before[-1], before[-1]) if before else ""
    try:
        if option in OPTIONS and option not in FLAGS and not typed.startswith("-"):
            found = _values(option, typed, namespace)
            if found or option != "--cache":
                return found
        if typed.startswith("-") or _is_named(before):
            return starting(
                typed, [one for one in (*OPTIONS, *SHORT) if not (one in before and one in (*ONCE, *FLAGS))]
            )
        return starting(typed, [one.name for one in current().series()])
    except NbcellarError:  # a key press must never raise: what cannot be read completes to nothing
        return []


def _is_named(before: list[str]) -> bool:
    """Whether the task's name stands already."""
    taken = {at + 1 for at, word in enumerate(before) if SHORT.get(word, word) in OPTIONS and word not in FLAGS}
    return any(at not in taken and not word.startswith("-") for at, word in enumerate(before))


def _values(option: str, typed: str, namespace: Mapping[str, object]) -> list[str]:
    match option:
        case "--in":
            alias, equals, ref = typed.rpartition("=")
            return [f"{alias}{equals}{found}" for found in _inputs(ref, namespace)]
        case "--param" | "--vars":
            return starting(typed, _names(namespace))
        case "--at":
            return [name for name in files(typed) if name.endswith("/")]
        case "--match" | "--exclude":
            return files(typed)
        case "--alias":
            labels = current().labels([run.id for run in current().runs(RunQuery(limit=MOST_RUNS))])
            return starting(typed, sorted({one.key for one in labels if one.kind is LabelKind.ALIAS}))
        case "--env":
            return starting(typed, sorted(name for name in os.listdir() if os.path.isfile(os.path.join(name, "env"))))
        case _:
            return starting(typed, _VALUES.get(option, ()))


def _inputs(typed: str, namespace: Mapping[str, object]) -> list[str]:
    if typed.startswith("$"):
        return starting(typed, [f"${name}" for name in _names(namespace)])
    return [*files(typed), *references(typed)]


def _names(namespace: Mapping[str, object]) -> list[str]:
    own = (name for name, value in namespace.items() if name[:1] != "_" and not callable(value))
    return sorted(name for name in own if name not in ("In", "Out"))
