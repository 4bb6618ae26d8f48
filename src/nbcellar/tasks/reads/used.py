"""Assets that a body looked into through our own objects: each is an input."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from nbcellar.assets.uses import watch
from nbcellar.model import Entry, Input, InputKind, InputOrigin, Run
from nbcellar.tasks.context.current import running


@dataclass(slots=True)
class UsedAssets:
    """Collects uses while one run is the running one."""

    run_id: str
    _runs: dict[str, Run] = field(default_factory=dict)
    _entries: dict[tuple[str, bytes], Entry] = field(default_factory=dict)
    _end: Callable[[], None] | None = None

    @classmethod
    def watch(cls, run_id: str) -> UsedAssets:
        """Begin; call ``end`` when the body has ended."""
        used = cls(run_id)
        used._end = watch(used._use)
        return used

    def end(self) -> None:
        """No further use counts."""
        if self._end is not None:
            self._end()
            self._end = None

    def inputs(self) -> list[Input]:
        """One for each entry that was opened, and one for each asset of which only the list was read."""
        opened = {run_id for run_id, _ in self._entries}
        found = [self._input(self._runs[run_id], entry) for (run_id, _), entry in self._entries.items()]
        return found + [self._input(run, None) for run_id, run in self._runs.items() if run_id not in opened]

    def _use(self, run: Run, entry: Entry | None) -> None:
        context = running()
        if context is None or context.run.id != self.run_id or run.asset is None:
            return
        self._runs[run.id] = run
        if entry is not None:
            self._entries[run.id, entry.name] = entry

    @staticmethod
    def _input(run: Run, entry: Entry | None) -> Input:
        assert run.asset is not None
        if entry is None:
            shown, digest, size_bytes = run.ref, run.asset.digest, run.asset.size_bytes
        else:
            shown = f"{run.ref}/{os.fsdecode(entry.name)}"
            digest, size_bytes = entry.digest, entry.size_bytes
        return Input(InputKind.ASSET, InputOrigin.FOUND, shown, "", digest, size_bytes, run.id)
