"""Mapped parameters become values: what steps of this run made, or earlier runs that were taken for them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from nbcellar.assets.selection import Glob
from nbcellar.errors import EncodingError, RunError, did_you_mean
from nbcellar.lightclasses import dataclass, replace
from nbcellar.model import JSON, Entry, Record, Run, RunKind, RunStatus
from nbcellar.store import Cellar, RecordQuery, RunQuery
from nbcellar.tasks.context.results import as_json
from nbcellar.workflow.documents.mapped import (
    DBMappedParameter,
    FileMappedParameter,
    MappedParameter,
    ObjectMappedParameter,
    RawMappedParameter,
    look_into,
    record_path,
)
from nbcellar.workflow.mapping.parts import Made, Part


@dataclass(frozen=True, slots=True)
class Resolved:
    """A parameter's value.

    Attributes:
        value: As the notebook gets it.
        content: What it depends on: the value, or the digest of the file that it names.
    """

    value: JSON
    content: JSON


def plain_value(value: JSON) -> Resolved:
    """A value that stands for itself."""
    return Resolved(value, value)


def resolve(cellar: Cellar, mapped: MappedParameter, made: Mapping[str, Made]) -> Resolved:
    """The value of a mapped parameter.

    Raises:
        RunError: What it names was not made, or is not what a parameter can be.
        StorageError: The store could not be read.
    """
    if not mapped.parent_flow_name:
        assert isinstance(mapped, DBMappedParameter)
        return plain_value(_inside(_newest_record(cellar, mapped), mapped))
    step = made[mapped.parent_flow_name]
    found = [_of_part(cellar, mapped, part) for part in step.parts]
    if not step.many:
        return found[0]
    return Resolved([each.value for each in found], [each.content for each in found])


def resolve_items(cellar: Cellar, mapped: MappedParameter, made: Mapping[str, Made]) -> list[Resolved]:
    """What a ``for_each`` goes through: the items of a list, or the files that a glob fits.

    Raises:
        RunError: It is no list.
    """
    if isinstance(mapped, FileMappedParameter):
        runs = made[mapped.parent_flow_name].runs
        return [_passed(cellar, mapped, run, entry) for run in runs for entry in _entries(cellar, mapped, run)[1]]
    value = resolve(cellar, mapped, made).value
    if not isinstance(value, list):
        origin = f"{mapped.parent_flow_name}.{mapped.parent_task_name}".strip(".")
        raise RunError(f"for_each goes through a list, and {origin or 'the record'} is {value!r:.60}.")
    return [plain_value(item) for item in value]


def live_object(mapped: ObjectMappedParameter, made: Mapping[str, Made]) -> object:
    """What a function emitted in this run, itself; a list where it goes through one.

    Raises:
        RunError: It did not.
    """
    step, name = mapped.parent_flow_name, mapped.parent_task_name
    values = [part.values or {} for part in made[step].parts]
    if any(name not in each for each in values):
        raise RunError(f"Step {step!r} emitted no {name!r} in this run.")
    return [each[name] for each in values] if made[step].many else values[0][name]


def _of_part(cellar: Cellar, mapped: MappedParameter, part: Part) -> Resolved:
    """From what a function emitted just now where that is known, else from the run."""
    name = mapped.parent_task_name
    if isinstance(mapped, RawMappedParameter) and part.values is not None and name in part.values:
        return plain_value(_emitted(mapped.parent_flow_name, name, part.values[name]))
    if part.run is None:
        raise RunError(f"Step {mapped.parent_flow_name!r} left nothing that {mapped.map_type} could take.")
    return _one(cellar, mapped, part.run)


def _emitted(step: str, name: str, value: object) -> JSON:
    try:
        return as_json(value)
    except EncodingError as error:
        hint = "Emit numbers, texts, lists or dicts; write a file; or map it with `map_type: object`."
        raise RunError(f"What step {step!r} emits as {name!r} is no JSON: {error.message}", hint=hint) from error


def _one(cellar: Cellar, mapped: MappedParameter, run: Run) -> Resolved:
    match mapped:
        case RawMappedParameter(parent_flow_name=step, parent_task_name=name):
            return plain_value(_raw(cellar, run, step, name))
        case FileMappedParameter(parent_task_name=name, path=path):
            return _file(cellar, replace(mapped, path=path or _path_emitted(run, name)), run)
        case DBMappedParameter(parent_flow_name=step, parent_task_name=name):
            record = _record(cellar, run, name)
            if record is None:
                raise RunError(f"Step {step!r} recorded no {name!r}.", hint=_given(cellar, run))
            return plain_value(_inside(record, mapped))
        case _:
            raise RunError(f"Step {mapped.parent_flow_name!r} emits no live object {mapped.parent_task_name!r}.")


def _raw(cellar: Cellar, run: Run, step: str, name: str) -> JSON:
    """The last that the step gave under a name: a result, a record, or a task's own result."""
    if run.kind is RunKind.FUNCTION and isinstance(run.result, dict) and name in run.result:
        return _of_function(run, step, name)
    record = _record(cellar, run, name)
    if record is not None:
        given = dict(record.outputs)
        return given["value"] if given.keys() == {"value"} and not record.inputs else given
    task = _task(cellar, run, name)
    if task is None:
        raise RunError(f"Step {step!r} gave no {name!r}.", hint=_given(cellar, run))
    if task.result is None and task.result_repr:
        hint = f"End the cell with such a value, call cellar.result({name!r}, VALUE), or write a file and map that."
        raise RunError(f"Task {name!r} of step {step!r} gave no JSON of at most 64 KiB: {task.result_repr}.", hint=hint)
    return task.result


def _of_function(run: Run, step: str, name: str) -> JSON:
    words = run.detail.get("words")
    if isinstance(words, dict) and name in words:
        hint = "Emit numbers, texts, lists or dicts, or write a file."
        raise RunError(f"What step {step!r} emitted as {name!r} is no JSON: {words[name]}.", hint=hint)
    assert isinstance(run.result, dict)  # its caller has looked
    return run.result[name]


def _path_emitted(run: Run, name: str) -> str:
    """The file of its own folder that a function returned under a name; empty for none."""
    paths = run.detail.get("paths")
    return str(paths.get(name, "")) if isinstance(paths, dict) else ""


def _file(cellar: Cellar, mapped: FileMappedParameter, run: Run) -> Resolved:
    from nbcellar.assets.restoring.inputs import materialise  # the cache of inputs, which only file mappings need

    task, entries = _entries(cellar, mapped, run)
    if not mapped.path:
        assert task.asset is not None  # _entries has looked
        digest = task.asset.digest.hex()
        value = task.ref if mapped.as_asset else str(materialise(cellar, task.asset))
        return Resolved(value, {"asset": digest})
    if len(entries) > 1:
        names = ", ".join(os.fsdecode(entry.name) for entry in entries[:3])
        raise RunError(f"{mapped.path!r} fits {len(entries)} files of {task.ref} ({names}, …); it must fit one.")
    return _passed(cellar, mapped, run, entries[0])


def _passed(cellar: Cellar, mapped: FileMappedParameter, run: Run, entry: Entry) -> Resolved:
    from nbcellar.assets.restoring.inputs import materialise

    name = os.fsdecode(entry.name)
    content: JSON = {"file": name, "digest": entry.digest.hex()}
    if mapped.as_asset:
        task = _task(cellar, run, mapped.parent_task_name)
        assert task is not None  # its entry is at hand
        return Resolved(f"{task.ref}/{name}", content)
    return Resolved(str(materialise(cellar, entry)), content)


def _entries(cellar: Cellar, mapped: FileMappedParameter, run: Run) -> tuple[Run, list[Entry]]:
    """The task's run, and the entries of its asset that fit.

    Raises:
        RunError: There is no asset, or nothing in it fits.
    """
    step, name = mapped.parent_flow_name, mapped.parent_task_name
    task = _task(cellar, run, name)
    if task is None and run.kind is RunKind.FUNCTION:
        task = run
    if task is None:
        raise RunError(f"Step {step!r} ran no task {name!r}.", hint=_given(cellar, run))
    if task.asset is None:
        hint = "" if task is not run else "Write it into cellar.current.dir."
        raise RunError(
            f"{'Task ' + repr(name) + ' of step' if task is not run else 'Step'} {step!r} wrote no files.", hint=hint
        )
    manifest = cellar.manifest(task.asset)
    exact = os.fsencode(mapped.path)
    found = (
        [manifest[exact]] if mapped.path and exact in manifest else list(Glob.of(mapped.path or None).select(manifest))
    )
    if not found:
        names = [os.fsdecode(entry.name) for entry in manifest.page(limit=1000)]
        hint = did_you_mean(mapped.path, names) or f"It holds {', '.join(names[:5]) or 'nothing'}."
        raise RunError(f"{task.ref} of step {step!r} has no file {mapped.path!r}.", hint=hint)
    return task, found


def _task(cellar: Cellar, run: Run, name: str) -> Run | None:
    """The last run of a task within a notebook's run."""
    query = RunQuery(parent=run.id, name=name, statuses=(RunStatus.SUCCEEDED, RunStatus.CACHED), limit=1)
    return next(iter(cellar.runs(query)), None)


def tasks_of(cellar: Cellar, run: Run) -> list[Run]:
    """The tasks that ran within a notebook's run, first to last; those in the trash too."""
    found = cellar.runs(RunQuery(parent=run.id, kinds=(RunKind.TASK,), removed=None))
    return sorted(found, key=lambda task: task.sequence or 0)


def _record(cellar: Cellar, run: Run, name: str) -> Record | None:
    return next(iter(cellar.records(RecordQuery(run=run.id, name=name, limit=1))), None)


def _newest_record(cellar: Cellar, mapped: DBMappedParameter) -> Record:
    found = cellar.records(RecordQuery(project=cellar.project, name=mapped.record, limit=1))
    if not found:
        known = {record.name for record in cellar.records(RecordQuery(project=cellar.project))}
        hint = did_you_mean(mapped.record, known)
        raise RunError(f"The project {cellar.project!r} has no record {mapped.record!r}.", hint=hint)
    return found[0]


def _inside(record: Record, mapped: DBMappedParameter) -> JSON:
    """What the attribute and its index point to.

    Raises:
        RunError: Nothing is there.
    """
    whole: JSON = {"inputs": dict(record.inputs), "outputs": dict(record.outputs)}
    try:
        return look_into(whole, record_path(mapped))
    except KeyError as error:
        raise RunError(f"Record {record.name!r}: {error.args[0]}.") from None


def _given(cellar: Cellar, run: Run) -> str:
    """What a notebook's run gave, for a hint."""
    names = {task.name for task in tasks_of(cellar, run)}
    names |= {record.name for record in cellar.records(RecordQuery(run=run.id))}
    return f"It gave {', '.join(sorted(names))}." if names else "It gave nothing."
