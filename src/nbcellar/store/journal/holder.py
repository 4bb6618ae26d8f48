"""One writer as the catalogue knows it: what it has reserved, until that is published or given back."""

from __future__ import annotations

import time
from threading import RLock

from nbcellar.store.catalogue.connections import Catalogue
from nbcellar.store.journal.events import Ticket
from nbcellar.store.journal.reservation import collections, give_back, reserve_alone, reserve_packs
from nbcellar.store.objects.ulid import new_ulid

_AT_ONCE = 4


class Holder:
    """Names of packs and a place in the order of events; from any thread.

    Args:
        catalogue: Where its rows are.

    Attributes:
        name: Its own, in those rows.
        ticket: Its place in the order of events; None until it is taken.
        collections: How often blobs had lost their rows when it began; None until it has.
        event_written: Whether the event of the ticket may lie in the journal.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.name = new_ulid()
        self.ticket: Ticket | None = None
        self.collections: int | None = None
        self.event_written = False
        self._catalogue = catalogue
        self._packs: list[str] = []
        self._lock = RLock()

    @property
    def reserved(self) -> bool:
        """Whether something is reserved and was not used."""
        return self.ticket is not None or bool(self._packs)

    def begin(self) -> int:
        """How often blobs have lost their rows so far; where that changes, publication looks at each once more."""
        if self.collections is None:
            with self._lock, self._catalogue.reading() as connection:
                self.collections = collections(connection)
        return self.collections

    def next_pack(self) -> str:
        """The name of a pack that has its row already; never used again, whatever becomes of it."""
        with self._lock:
            if not self._packs:
                self.reserve_packs(_AT_ONCE)
            return self._packs.pop()

    def reserve_packs(self, count: int) -> None:
        """Have rows for so many packs."""
        self.begin()
        with self._lock:
            wanted = count - len(self._packs)
            if wanted <= 0:
                return
            names = [new_ulid() for _ in range(wanted)]
            with self._catalogue.writing(durable=False) as connection:  # after a power cut, no row is garbage as well
                reserve_packs(connection, self.name, names, time.time_ns())
            self._packs.extend(names)

    def take_ticket(self) -> Ticket:
        """Its place in the order of events, reserved now: the order is that of publication, not of beginnings."""
        if self.ticket is None:
            self.begin()
            self.ticket = reserve_alone(self._catalogue, self.name)
        return self.ticket

    def lose_ticket(self) -> None:
        """It was collected, or a later event was published before this one: the next one is another."""
        self.ticket = None
        self.event_written = False

    def give_back(self) -> list[str]:
        """Drop its rows; the packs whose objects are garbage now."""
        return give_back(self._catalogue, self.name)

    def forget(self) -> None:
        """Nothing that was reserved is there any more."""
        self.ticket = None
        self._packs = []
