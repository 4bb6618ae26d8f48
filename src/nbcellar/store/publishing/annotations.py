"""What people and programs say about runs: labels, and records of results."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from nbcellar.errors import NotFoundError
from nbcellar.lightclasses import replace
from nbcellar.model import JSON, Label, LabelKind, Record, Run, check_label, check_name
from nbcellar.store.catalogue.documents import label_to_json, record_digest, record_to_json
from nbcellar.store.catalogue.labels import labels_of, tags_in_use
from nbcellar.store.catalogue.queries import RecordQuery
from nbcellar.store.catalogue.records import list_records
from nbcellar.store.catalogue.redaction import redaction
from nbcellar.store.journal.events import EventKind
from nbcellar.store.objects.ulid import new_ulid
from nbcellar.store.publishing.opened import Opened


class Annotations(Opened):
    """The part of a cellar that labels and records."""

    def label(self, run: Run, kind: LabelKind, key: str, value: str = "") -> Label:
        """Set a label; an alias moves from the run of the same series that has it.

        Raises:
            UsageError: The key cannot be an alias or a tag, or the text is too long.
            StorageError: It could not be written.
        """
        check_label(kind, key, value)
        self._ensure()
        label = Label(kind, run.id, key, value, time.time_ns())
        body: JSON = {"label": label_to_json(label), "project": run.project, "name": run.name}
        return replace(label, sequence=self._append(EventKind.LABEL, body))

    def unlabel(self, run: Run, kind: LabelKind, key: str) -> None:
        """Take a label away.

        Raises:
            NotFoundError: The run has no such label.
            StorageError: It could not be written.
        """
        if not any(label.kind is kind and label.key == key for label in self.labels([run.id])):
            raise NotFoundError(f"{run.ref} has no {kind.value} {key!r}.")
        self._append(EventKind.UNLABEL, {"run": run.id, "kind": kind.value, "key": key})

    def labels(self, run_ids: Iterable[str]) -> list[Label]:
        """The labels of these runs, in the order in which they were set."""
        with self._reading().reading() as connection:
            return labels_of(connection, list(run_ids))

    def tags(self) -> list[tuple[str, str]]:
        """Key and value of every tag in use."""
        with self._reading().reading() as connection:
            return tags_in_use(connection)

    def record(
        self,
        name: str,
        inputs: Mapping[str, JSON],
        outputs: Mapping[str, JSON],
        *,
        run: str | None = None,
        project: str | None = None,
    ) -> Record:
        """Keep a result; the same content again is the same record, found also by the run that repeats it.

        Raises:
            UsageError: The name cannot name a record.
            EncodingError: Something is no JSON.
            StorageError: It could not be written.
        """
        check_name(name)
        self._ensure()
        project = project or self.project
        hidden = redaction()
        inputs, outputs = hidden.table(inputs), hidden.table(outputs)
        digest = record_digest(name, inputs, outputs)
        newest = self.records(RecordQuery(project=project, name=name, run=run, limit=1)) if run else []
        same = newest or self.records(RecordQuery(project=project, name=name, digest=digest))
        if same and same[0].digest == digest and (newest or run is None):
            return same[0]
        record = Record(new_ulid(), project, name, dict(inputs), dict(outputs), digest, time.time_ns(), run)
        self._append(EventKind.RECORD, {"record": record_to_json(record)})
        return self.records(RecordQuery(project=project, name=name, digest=digest, run=run))[0]

    def records(self, query: RecordQuery = RecordQuery()) -> list[Record]:  # noqa: B008 - frozen
        """Records that fit, newest first."""
        with self._reading().reading() as connection:
            return list_records(connection, query)
