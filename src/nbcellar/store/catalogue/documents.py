"""The JSON forms of runs, inputs, labels and records, as journal and catalogue keep them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from blake3 import blake3

from nbcellar.errors import CorruptDataError, EncodingError
from nbcellar.lightclasses import dataclass
from nbcellar.model import (
    JSON,
    AssetSummary,
    Digest,
    Input,
    InputKind,
    InputOrigin,
    Label,
    LabelKind,
    Record,
    Run,
    RunKind,
    RunStatus,
)


def dump(value: JSON | Mapping[str, JSON]) -> str:
    """Canonical JSON: ASCII, sorted keys, no spaces.

    Raises:
        EncodingError: NaN, an infinity, or no JSON.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise EncodingError(
            f"This cannot be kept as JSON: {error}.", hint="Use numbers that are finite, text, lists, dicts and None."
        ) from error


def load(text: str | bytes) -> JSON:
    """Read what :func:`dump` wrote."""
    value: JSON = json.loads(text)
    return value


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON object whose fields are taken out with their types checked."""

    fields: Mapping[str, JSON]

    @staticmethod
    def of(value: JSON) -> Document:
        """The value, which must be an object."""
        if not isinstance(value, dict):
            raise _wrong("document", value)
        return Document(value)

    def text(self, name: str) -> str:
        """A string; empty where it is missing."""
        value = self.fields.get(name, "")
        if not isinstance(value, str):
            raise _wrong(name, value)
        return value

    def text_or_none(self, name: str) -> str | None:
        """A string or None."""
        return None if self.fields.get(name) is None else self.text(name)

    def whole(self, name: str) -> int:
        """An integer."""
        value = self.fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise _wrong(name, value)
        return value

    def whole_or_none(self, name: str) -> int | None:
        """An integer or None."""
        return None if self.fields.get(name) is None else self.whole(name)

    def mapping(self, name: str) -> dict[str, JSON]:
        """An object; empty where it is missing."""
        value = self.fields.get(name, {})
        if not isinstance(value, dict):
            raise _wrong(name, value)
        return value

    def items(self, name: str) -> list[JSON]:
        """A list; empty where it is missing."""
        value = self.fields.get(name, [])
        if not isinstance(value, list):
            raise _wrong(name, value)
        return value

    def digest(self, name: str) -> Digest:
        """32 bytes, written as hex."""
        try:
            value = bytes.fromhex(self.text(name))
        except ValueError as error:
            raise _wrong(name, self.fields.get(name)) from error
        if len(value) != 32:
            raise _wrong(name, self.fields.get(name))
        return Digest(value)

    def digest_or_none(self, name: str) -> Digest | None:
        """32 bytes, written as hex, or None."""
        return None if self.fields.get(name) is None else self.digest(name)


def _wrong(name: str, value: JSON) -> CorruptDataError:
    return CorruptDataError(
        f"A stored document has {value!r:.60} where {name!r} should be.", hint="Run `nbcellar check`."
    )


def asset_to_json(asset: AssetSummary | None) -> JSON:
    """An asset's summary."""
    if asset is None:
        return None
    return {
        "digest": asset.digest.hex(),
        "manifest": asset.manifest.hex(),
        "entry_count": asset.entry_count,
        "size_bytes": asset.size_bytes,
    }


def asset_from_json(value: JSON) -> AssetSummary | None:
    """Read an asset's summary."""
    if value is None:
        return None
    fields = Document.of(value)
    return AssetSummary(
        fields.digest("digest"), fields.digest("manifest"), fields.whole("entry_count"), fields.whole("size_bytes")
    )


def inputs_to_json(inputs: tuple[Input, ...]) -> list[JSON]:
    """What a run read."""
    return [
        {
            "kind": one.kind.value,
            "origin": one.origin.value,
            "path": one.path,
            "alias": one.alias,
            "digest": one.digest.hex() if one.digest is not None else None,
            "size_bytes": one.size_bytes,
            "run": one.run,
        }
        for one in inputs
    ]


def inputs_from_json(value: JSON) -> tuple[Input, ...]:
    """Read what a run read."""
    if not isinstance(value, list):
        raise _wrong("inputs", value)
    rows = [Document.of(one) for one in value]
    return tuple(
        Input(
            kind=InputKind(row.text("kind")),
            origin=InputOrigin(row.text("origin")),
            path=row.text("path"),
            alias=row.text("alias"),
            digest=row.digest_or_none("digest"),
            size_bytes=row.whole_or_none("size_bytes"),
            run=row.text_or_none("run"),
        )
        for row in rows
    )


def body_to_json(run: Run) -> dict[str, JSON]:
    """The fields of a run that no query looks at."""
    return {
        "params": dict(run.params),
        "inputs": inputs_to_json(run.inputs),
        "result": run.result,
        "result_repr": run.result_repr,
        "code": run.code,
        "error": run.error,
        "key_parts": dict(run.key_parts),
        "origin": dict(run.origin),
        "detail": dict(run.detail),
    }


def run_to_json(run: Run) -> dict[str, JSON]:
    """A whole run; without sequence and removal, which are events of their own."""
    return {
        "id": run.id,
        "kind": run.kind.value,
        "project": run.project,
        "name": run.name,
        "number": run.number,
        "status": run.status.value,
        "started_ns": run.started_ns,
        "ended_ns": run.ended_ns,
        "parent": run.parent,
        "asset": asset_to_json(run.asset),
        "key": run.key,
        **body_to_json(run),
    }


def run_from_json(value: JSON, *, sequence: int | None = None, removed_ns: int | None = None) -> Run:
    """Read a run."""
    fields = Document.of(value)
    return Run(
        id=fields.text("id"),
        kind=RunKind(fields.text("kind")),
        project=fields.text("project"),
        name=fields.text("name"),
        number=fields.whole("number"),
        status=RunStatus(fields.text("status")),
        started_ns=fields.whole("started_ns"),
        ended_ns=fields.whole_or_none("ended_ns"),
        parent=fields.text_or_none("parent"),
        asset=asset_from_json(fields.fields.get("asset")),
        params=fields.mapping("params"),
        inputs=inputs_from_json(fields.items("inputs")),
        result=fields.fields.get("result"),
        result_repr=fields.text("result_repr"),
        code=fields.text("code"),
        error=fields.text("error"),
        key=fields.text("key"),
        key_parts=fields.mapping("key_parts"),
        origin=fields.mapping("origin"),
        detail=fields.mapping("detail"),
        sequence=sequence,
        removed_ns=removed_ns,
    )


def label_to_json(label: Label) -> dict[str, JSON]:
    """A label."""
    return {
        "kind": label.kind.value,
        "run": label.run,
        "key": label.key,
        "value": label.value,
        "set_ns": label.set_ns,
    }


def label_from_json(value: JSON, sequence: int) -> Label:
    """Read a label."""
    fields = Document.of(value)
    kind = LabelKind(fields.text("kind"))
    return Label(kind, fields.text("run"), fields.text("key"), fields.text("value"), fields.whole("set_ns"), sequence)


def record_to_json(record: Record) -> dict[str, JSON]:
    """A record."""
    return {
        "id": record.id,
        "project": record.project,
        "name": record.name,
        "inputs": dict(record.inputs),
        "outputs": dict(record.outputs),
        "digest": record.digest,
        "created_ns": record.created_ns,
        "run": record.run,
    }


def record_from_json(value: JSON, sequence: int) -> Record:
    """Read a record."""
    fields = Document.of(value)
    return Record(
        id=fields.text("id"),
        project=fields.text("project"),
        name=fields.text("name"),
        inputs=fields.mapping("inputs"),
        outputs=fields.mapping("outputs"),
        digest=fields.text("digest"),
        created_ns=fields.whole("created_ns"),
        run=fields.text_or_none("run"),
        sequence=sequence,
    )


def record_digest(name: str, inputs: Mapping[str, JSON], outputs: Mapping[str, JSON]) -> str:
    """What makes a record unique: BLAKE3 over its canonical JSON, as hex."""
    content = dump({"name": name, "inputs": dict(inputs), "outputs": dict(outputs)})
    return str(blake3(content.encode()).hexdigest())
