"""What the tests of verbs read answers with."""

from __future__ import annotations

import json
import time

from nbcellar.model import JSON, RunStatus
from nbcellar.store import current
from tests.frontends.commands.conftest import Said


def rows(found: JSON, key: str) -> list[JSON]:
    assert isinstance(found, list)
    return [one[key] for one in found if isinstance(one, dict)]


def lines(said: Said) -> list[dict[str, JSON]]:
    found: list[dict[str, JSON]] = [json.loads(line) for line in said.lines]
    return found


def make_run(name: str, params: dict[str, JSON], status: RunStatus = RunStatus.SUCCEEDED) -> None:
    from dataclasses import replace

    from nbcellar.model import RunKind

    place = current()
    run = place.open_run(RunKind.TASK, name, params=params)
    place.publish(
        replace(run, status=status, ended_ns=time.time_ns(), error="ValueError: no" * (status != "succeeded"))
    )
