"""The collection scheme for one blob, small enough to search every order of steps.

Two writers, two collectors that drop, rewrite and delete, a reader, removal, and death at any moment; no grace and no
clock. Packs are bits; a pack's row is in ``rows`` whether it is staged or live.

The rules, each of which can be left out to see that the search would notice:

- ``row-first``: a pack's row is made before its object.
- ``unique``: a pack's name is never used again.
- ``recheck``: publication asks, in its transaction, for the blob's row or its own pack's row.
- ``rows-before-objects``: a collector drops rows in a transaction, and only then deletes the object.
- ``move-recheck``: a rewriting asks, in its transaction, whether the row of its new pack is still there.
- ``look-again``: a reader that misses the object reads the row once more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

RULES = frozenset({"row-first", "unique", "recheck", "rows-before-objects", "move-recheck", "look-again"})

IDLE = ("idle", 0, 0)
Agent = tuple[str, int, int]


class State(NamedTuple):
    """Everything that matters.

    Attributes:
        blob: The pack in which the blob's row says it lies; 0 for no row.
        rows: Bits of the packs that have a row.
        objects: Bits of the packs whose object is there.
        assets: How many published assets need the blob.
        names: How many pack names were given.
    """

    blob: int
    rows: int
    objects: int
    assets: int
    names: int
    writers: tuple[Agent, ...]
    collectors: tuple[Agent, ...]
    reader: Agent


@dataclass(frozen=True)
class Model:
    """The scheme with bounds, and with the rules that hold."""

    rules: frozenset[str] = RULES
    packs: int = 4
    assets: int = 2
    writers: int = 2
    collectors: int = 2
    reads: bool = True

    def start(self) -> State:
        """An empty store."""
        return State(0, 0, 0, 0, 0, (IDLE,) * self.writers, (IDLE,) * self.collectors, IDLE)

    def wrong(self, state: State) -> bool:
        """Whether an asset has lost its blob, or a reader of one was turned away."""
        lost = state.assets and not (state.blob and state.objects >> state.blob & 1)
        return bool(lost) or state.reader[0] == "turned away"

    def steps(self, state: State) -> Iterator[tuple[str, State]]:
        """Every next step of anybody."""
        for place in range(self.writers):
            yield from self._writer(state, place)
        for place in range(self.collectors):
            yield from self._collector(state, place)
        if self.reads:
            yield from self._reader(state)
        if state.assets:
            yield "remove", state._replace(assets=state.assets - 1)

    def _name(self, state: State) -> int:
        return state.names + 1 if "unique" in self.rules else 1

    def _writer(self, state: State, place: int) -> Iterator[tuple[str, State]]:
        step, pack, _ = state.writers[place]
        who = f"writer {place}"

        def now(agent: Agent) -> tuple[Agent, ...]:
            return (*state.writers[:place], agent, *state.writers[place + 1 :])

        if step != "idle":
            yield f"{who} dies", state._replace(writers=now(IDLE))
        if step == "idle" and state.assets < self.assets:
            if state.blob:
                yield f"{who} finds it known", state._replace(writers=now(("publish", 0, 0)))
            elif state.names < self.packs:
                name = self._name(state)
                rows = state.rows | (1 << name if "row-first" in self.rules else 0)
                yield (
                    f"{who} reserves {name}",
                    state._replace(rows=rows, names=state.names + 1, writers=now(("put", name, 0))),
                )
        elif step == "put":
            yield (
                f"{who} writes {pack}",
                state._replace(objects=state.objects | 1 << pack, writers=now(("publish", pack, 0))),
            )
        elif step == "publish":
            yield self._publish(state, who, pack, now(IDLE))

    def _publish(self, state: State, who: str, pack: int, writers: tuple[Agent, ...]) -> tuple[str, State]:
        own = bool(pack) and (bool(state.rows >> pack & 1) or "row-first" not in self.rules)
        if "recheck" not in self.rules:
            own = bool(pack)
        if state.blob or ("recheck" not in self.rules and not pack):
            return f"{who} publishes on {state.blob}", state._replace(assets=state.assets + 1, writers=writers)
        if own:
            after = state._replace(blob=pack, rows=state.rows | 1 << pack, assets=state.assets + 1, writers=writers)
            return f"{who} publishes {pack}", after
        return f"{who} starts again", state._replace(writers=writers)

    def _collector(self, state: State, place: int) -> Iterator[tuple[str, State]]:
        step, pack, new = state.collectors[place]
        who = f"collector {place}"

        def now(agent: Agent) -> tuple[Agent, ...]:
            return (*state.collectors[:place], agent, *state.collectors[place + 1 :])

        if step != "idle":
            yield f"{who} dies", state._replace(collectors=now(IDLE))
        if step == "idle":
            yield from self._collector_begins(state, who, now)
        elif step == "delete":
            yield f"{who} deletes {pack}", state._replace(objects=state.objects & ~(1 << pack), collectors=now(IDLE))
        elif step == "late":
            after = state._replace(objects=state.objects & ~(1 << pack), collectors=now(("drop", pack, 0)))
            yield f"{who} deletes {pack} before its row", after
        elif step == "drop":
            blob = 0 if state.blob == pack else state.blob
            yield (
                f"{who} drops {pack} late",
                state._replace(blob=blob, rows=state.rows & ~(1 << pack), collectors=now(IDLE)),
            )
        elif step == "copy":
            if state.objects >> pack & 1:
                after = state._replace(objects=state.objects | 1 << new, collectors=now(("move", pack, new)))
                yield f"{who} copies {pack} to {new}", after
        elif step == "move":
            yield self._move(state, who, pack, new, now)

    def _collector_begins(self, state: State, who: str, now: object) -> Iterator[tuple[str, State]]:
        assert callable(now)
        if state.blob and not state.assets:
            if "rows-before-objects" in self.rules:
                rows = state.rows & ~(1 << state.blob)
                after = state._replace(blob=0, rows=rows, collectors=now(("delete", state.blob, 0)))
                yield f"{who} drops {state.blob}", after
            else:
                yield f"{who} takes {state.blob}", state._replace(collectors=now(("late", state.blob, 0)))
        for pack in range(1, self.packs + 1):
            if state.rows >> pack & 1 and pack != state.blob:
                rows = state.rows & ~(1 << pack)
                yield f"{who} drops {pack}", state._replace(rows=rows, collectors=now(("delete", pack, 0)))
            if state.objects >> pack & 1 and not state.rows >> pack & 1:
                yield f"{who} finds {pack}", state._replace(collectors=now(("delete", pack, 0)))
        if state.blob and state.assets and state.names < self.packs:
            name = self._name(state)
            rows = state.rows | (1 << name if "row-first" in self.rules else 0)
            after = state._replace(rows=rows, names=state.names + 1, collectors=now(("copy", state.blob, name)))
            yield f"{who} rewrites {state.blob} as {name}", after

    def _move(self, state: State, who: str, pack: int, new: int, now: object) -> tuple[str, State]:
        assert callable(now)
        kept = bool(state.rows >> new & 1) or "move-recheck" not in self.rules or "row-first" not in self.rules
        if state.blob == pack and kept:
            rows = state.rows & ~(1 << pack) | 1 << new
            return f"{who} moves to {new}", state._replace(blob=new, rows=rows, collectors=now(("delete", pack, 0)))
        return f"{who} gives {new} back", state._replace(
            rows=state.rows & ~(1 << new), collectors=now(("delete", new, 0))
        )

    def _reader(self, state: State) -> Iterator[tuple[str, State]]:
        step, pack, _ = state.reader
        if step == "idle" and state.assets and state.blob:
            yield "reader looks", state._replace(reader=("open", state.blob, 0))
        elif step == "open":
            if state.objects >> pack & 1 or not state.assets:
                yield f"reader reads {pack}", state._replace(reader=IDLE)
            elif "look-again" not in self.rules or state.blob in (0, pack):
                yield f"reader misses {pack}", state._replace(reader=("turned away", 0, 0))
            else:
                yield "reader looks again", state._replace(reader=("open", state.blob, 0))


@dataclass(frozen=True)
class Search:
    """What a search has found: all states, or the shortest way to a wrong one."""

    states: int
    lost: tuple[str, ...]


def search(model: Model) -> Search:
    """Every state that can be reached, breadth first."""
    start = model.start()
    seen: dict[State, tuple[State, str] | None] = {start: None}
    queue = deque([start])
    while queue:
        state = queue.popleft()
        if model.wrong(state):
            return Search(len(seen), tuple(_way(seen, state)))
        for label, after in model.steps(state):
            if after not in seen:
                seen[after] = (state, label)
                queue.append(after)
    return Search(len(seen), ())


def _way(seen: dict[State, tuple[State, str] | None], state: State) -> list[str]:
    way = []
    while (before := seen[state]) is not None:
        state, label = before
        way.append(label)
    return way[::-1]
