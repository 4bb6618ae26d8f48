"""Captures what a cell displays while it goes on being displayed, and displays it again after a cache hit."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TextIO

from nbcellar.model import JSON

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

WIDGET = "application/vnd.jupyter.widget-view+json"


class CellOutputs:
    """The streams, displays and values of one shell.

    A kernel sends displays and values as messages; a terminal prints them, so there the streams are everything.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self._noted: list[JSON] = []
        self._clears = False
        self._undo: list[Callable[[], None]] = []

    def begin(self) -> None:
        """Note everything from now on."""
        self._noted, self._clears = [], False
        for name in ("stdout", "stderr"):
            self._undo.append(_tee(name, self._note_text))
        if getattr(self.shell, "kernel", None) is not None:
            self._undo.append(around(self.shell.display_pub, "publish", self._note_display))
            self._undo.append(around(self.shell.displayhook, "write_format_data", self._note_value))
            self._undo.append(around(self.shell.display_pub, "clear_output", self._note_clear))

    def end(self) -> list[JSON]:
        """Note nothing further."""
        try:
            flush_figures(self.shell)
        finally:
            while self._undo:
                self._undo.pop()()
        return self._noted

    def replay(self, outputs: list[JSON], value: object, has_value: bool) -> None:
        """Display again what was noted."""
        for output in outputs:
            match output:
                case {"stream": str(name), "text": str(text)}:
                    print(text, end="", file=sys.stderr if name == "stderr" else sys.stdout)
                case {"display": dict(data), "metadata": metadata, "transient": transient, "update": update}:
                    self.shell.display_pub.publish(
                        _decoded(data), metadata or {}, transient=transient or {}, update=bool(update)
                    )
                case {"value": dict(data), "metadata": metadata}:
                    self._show_value(_decoded(data), metadata, value, has_value)
                case _:
                    pass

    def _show_value(self, data: Mapping[str, object], metadata: object, value: object, has_value: bool) -> None:
        hook = self.shell.displayhook
        hook.start_displayhook()  # type: ignore[no-untyped-call]
        hook.write_output_prompt()  # type: ignore[no-untyped-call]
        hook.write_format_data(data, metadata)
        if has_value:
            hook.update_user_ns(value)  # type: ignore[no-untyped-call]
            hook.fill_exec_result(value)  # type: ignore[no-untyped-call]
        hook.finish_displayhook()  # type: ignore[no-untyped-call]

    def _note_clear(self, wait: bool = False) -> None:
        """What is cleared is not displayed again; with ``wait`` that is so once something else comes."""
        self._clears = wait
        if not wait:
            self._noted.clear()

    def _cleared(self) -> list[JSON]:
        """What is noted so far, before something more is."""
        if self._clears:
            self._note_clear()
        return self._noted

    def _note_text(self, name: str, text: str) -> None:
        noted = self._cleared()
        last = noted[-1] if noted else None
        if isinstance(last, dict) and last.get("stream") == name:
            last["text"] = f"{last['text']}{text}"
        else:
            noted.append({"stream": name, "text": text})

    def _note_display(self, data: Mapping[str, object], metadata: object = None, *_: object, **more: object) -> None:
        transient, update = more.get("transient"), bool(more.get("update"))
        noted = self._noted if update else self._cleared()
        noted.append(
            {
                "display": _encoded(data),
                "metadata": _plain(metadata),
                "transient": _plain(transient),
                "update": update,
            }
        )

    def _note_value(self, data: Mapping[str, object], metadata: object = None) -> None:
        self._cleared().append({"value": _encoded(data), "metadata": _plain(metadata)})


class _Tee:
    """A stream that notes what is written to another."""

    def __init__(self, stream: TextIO, note: Callable[[str], None]) -> None:
        self._stream = stream
        self._note = note

    def write(self, text: str) -> int:
        self._note(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


def _tee(name: str, note: Callable[[str, str], None]) -> Callable[[], None]:
    """Note what is written to ``sys.stdout`` or ``sys.stderr``; gives back what ends that."""
    stream = getattr(sys, name)
    if hasattr(stream, "__dict__") and hasattr(stream, "session"):  # a kernel's: others may hold it already
        return around(stream, "write", lambda text: note(name, text))
    tee = _Tee(stream, lambda text: note(name, text))
    setattr(sys, name, tee)

    def undo() -> None:
        if getattr(sys, name) is tee:
            setattr(sys, name, stream)

    return undo


def around(owner: object, name: str, note: Callable[..., None], *, instead: bool = False) -> Callable[[], None]:
    """Let a method note its arguments before it does its work, or instead of it; gives back what ends that."""
    method = getattr(owner, name)
    before = vars(owner).get(name)

    def noting(*args: object, **more: object) -> object:
        note(*args, **more)
        return None if instead else method(*args, **more)

    setattr(owner, name, noting)

    def undo() -> None:
        if vars(owner).get(name) is not noting:
            return
        if before is None:
            delattr(owner, name)
        else:
            setattr(owner, name, before)

    return undo


def flush_figures(shell: InteractiveShell) -> None:
    """Matplotlib shows open figures when the cell has ended; what the cache keeps must have them."""
    backend = sys.modules.get("matplotlib_inline.backend_inline")
    flush = getattr(backend, "flush_figures", None)
    if flush is not None and flush in shell.events.callbacks["post_execute"]:
        flush()


def _encoded(data: Mapping[str, object]) -> dict[str, JSON]:
    """A bundle as JSON: bytes as base64."""
    found: dict[str, JSON] = {}
    for kind, value in data.items():
        if isinstance(value, bytes):
            found[kind] = {"b64": base64.b64encode(value).decode()}
        else:
            found[kind] = {"json": _plain(value)}
    return found


def _decoded(data: Mapping[str, JSON]) -> dict[str, object]:
    found: dict[str, object] = {}
    for kind, value in data.items():
        match value:
            case {"b64": str(text)}:
                found[kind] = base64.b64decode(text)
            case {"json": plain}:
                found[kind] = plain
            case _:
                pass
    return found


def _plain(value: object) -> JSON:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return str(value)
