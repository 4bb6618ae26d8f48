"""The process of a submitted task: ``python -m nbcellar.tasks.worker``, with the call on standard input."""

from __future__ import annotations

import json
import os
import pickle
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from nbcellar.model import JSON
from nbcellar.tasks.codecs import encode
from nbcellar.tasks.context import last_run
from nbcellar.tasks.functions import FunctionOptions, TaskFunction
from nbcellar.tasks.submission import Named


def main() -> int:
    """Run one call; 0 where its value was written, else 1."""
    function, given, args, kwargs, answer = _read()
    try:
        value: object = TaskFunction(function, given)(*args, **kwargs)
        (answer / "value").write_bytes(encode(value))
        _write(answer, {"value": True})
    except Exception as error:
        _write(answer, {"error": _described(error)})
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _read() -> tuple[Callable[..., object], FunctionOptions, tuple[object, ...], dict[str, object], Path]:
    """What the parent sent; it is our own parent, and nobody else can write to this pipe."""
    function, given, args, kwargs, answer = pickle.loads(sys.stdin.buffer.read())
    return (function.find() if isinstance(function, Named) else function), given, args, kwargs, Path(answer)


def _described(error: Exception) -> dict[str, JSON]:
    kind = type(error)
    trace = "".join(traceback.format_exception(error))
    return {"module": kind.__module__, "type": kind.__qualname__, "text": str(error), "trace": trace}


def _write(answer: Path, document: dict[str, JSON]) -> None:
    run = last_run()
    part = answer / ".part"
    part.write_text(json.dumps({**document, "run": run}), encoding="utf-8")
    os.replace(part, answer / "answer.json")


if __name__ == "__main__":
    sys.exit(main())
