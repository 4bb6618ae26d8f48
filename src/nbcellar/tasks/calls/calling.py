"""Runs a call that another process sent, and writes what came of it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from nbcellar.model import JSON
from nbcellar.tasks.calls.carried import described
from nbcellar.tasks.calls.functions import TaskFunction
from nbcellar.tasks.calls.sending import Job, Named
from nbcellar.tasks.codecs import encode
from nbcellar.tasks.context.current import last_run

ANSWER, VALUE = "answer.json", "value"


def call(job: Job) -> int:
    """Run it; 0 where its value was written, else 1."""
    try:
        function = job.function.find() if isinstance(job.function, Named) else job.function
        value: object = TaskFunction(function, job.given, job.code)(*job.args, **job.kwargs)
        (job.answer / VALUE).write_bytes(encode(value, name=f"what {job.given.task.name} returned"))
        _write(job.answer, {"value": True})
    except Exception as error:
        _write(job.answer, {"error": described(error, job.answer)})
        return 1
    except KeyboardInterrupt:
        _write(job.answer, {"interrupted": True})
        return 130
    except SystemExit as error:
        _write(job.answer, {"exit": str(error.code)})
        return 1
    return 0


def _write(answer: Path, document: dict[str, JSON]) -> None:
    part = answer / ".part"
    part.write_text(json.dumps({**document, "run": last_run()}), encoding="utf-8")
    os.replace(part, answer / ANSWER)
