"""Shows our errors in the user's own lines: which of ours they went through says nothing to the reader."""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

from nbcellar.errors import NbcellarError

_LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))


def trimmed(trace: TracebackType | None) -> TracebackType | None:
    """The traceback without our frames, and without those of libraries that ours called."""
    kept: list[TracebackType] = []
    ours = False
    while trace is not None:
        ours = _is_own(trace.tb_frame) or (ours and trace.tb_frame.f_code.co_filename.startswith(_LIBRARIES))
        if not ours:
            kept.append(trace)
        trace = trace.tb_next
    short: TracebackType | None = None
    for one in reversed(kept):
        short = TracebackType(short, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return short


@contextmanager
def without_ours(error: BaseException) -> Iterator[None]:
    """Let causes have short tracebacks meanwhile, and leave out those that only we met: our message names them."""
    undo: list[tuple[BaseException, TracebackType | None, BaseException | None, bool]] = []
    one: BaseException | None = error
    while one is not None and all(one is not seen for seen, *_ in undo):
        undo.append((one, one.__traceback__, one.__cause__, one.__suppress_context__))
        earlier = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        if earlier is not None and isinstance(one, NbcellarError) and trimmed(earlier.__traceback__) is None:
            one.__cause__, earlier = None, None  # which suppresses the context, too
        if one is not error:
            one.__traceback__ = trimmed(one.__traceback__)
        one = earlier
    try:
        yield
    finally:
        for one, trace, cause, suppressed in undo:
            one.__traceback__, one.__cause__, one.__suppress_context__ = trace, cause, suppressed


def _is_own(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__", "")
    return isinstance(name, str) and name.partition(".")[0] == "nbcellar"
