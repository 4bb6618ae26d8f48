"""The journal: immutable events in the order of their sequences, from which the catalogue can be made again."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from nbcellar.errors import CorruptDataError
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON
from nbcellar.store.catalogue.documents import Document, dump, load
from nbcellar.store.objects.frames import frame, unframe
from nbcellar.store.objects.protocol import Objects, write_object
from nbcellar.store.objects.ulid import is_ulid

FOLDER = "journal"


class EventKind(StrEnum):
    """What happened."""

    RUN = "run"  # closed, with everything known of it
    LABEL = "label"
    UNLABEL = "unlabel"
    RECORD = "record"
    REMOVE = "remove"  # into the trash
    PUT_BACK = "put_back"
    EXPIRE = "expire"  # their files go, the runs stay known
    DELETE = "delete"  # out of the trash, for ever


@dataclass(frozen=True, slots=True)
class Ticket:
    """A place in the order of events, reserved before the event is written."""

    sequence: int
    event: str


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes:
        id: ULID; the name of its file.
        sequence: Its place in the order, given by the catalogue; never a clock's.
        body: What the kind needs.
    """

    id: str
    sequence: int
    kind: EventKind
    at_ns: int
    body: JSON


def key_of(event: str) -> str:
    """Where the event lies."""
    return f"{FOLDER}/{event}.json"


def write_event(objects: Objects, event: Event) -> None:
    """Put an event into the journal, durably."""
    body = dump(
        {
            "id": event.id,
            "sequence": event.sequence,
            "kind": event.kind.value,
            "at_ns": event.at_ns,
            "body": event.body,
        }
    ).encode()
    write_object(objects, key_of(event.id), [frame(body)])
    objects.settle(FOLDER)


def read_event(objects: Objects, event: str) -> Event:
    """Read one event and compare it with its digest.

    Raises:
        CorruptDataError: It is damaged.
        FileNotFoundError: There is none of this name.
    """
    return parse_event(objects.read(key_of(event)), event)


def parse_event(data: bytes, name: str) -> Event:
    """Read the bytes of an event.

    Raises:
        CorruptDataError: They are damaged.
    """
    damaged = CorruptDataError(f"The journal event {name} is damaged.", hint="Run `nbcellar check`.")
    try:
        fields = Document.of(load(unframe(data)))
        event = Event(
            id=fields.text("id"),
            sequence=fields.whole("sequence"),
            kind=EventKind(fields.text("kind")),
            at_ns=fields.whole("at_ns"),
            body=fields.fields.get("body"),
        )
    except ValueError as error:
        raise damaged from error
    if event.id != name:
        raise damaged
    return event


def event_names(objects: Objects) -> Iterator[str]:
    """The names of all events, in no order."""
    for stored in objects.listed(FOLDER):
        name = stored.key.rpartition("/")[2].removesuffix(".json")
        if is_ulid(name):
            yield name
