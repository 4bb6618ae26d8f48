"""Series, references, labels, trash, records and lineage."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nbcellar.errors import EncodingError, NotFoundError, UsageError
from nbcellar.model import Digest, Input, InputKind, InputOrigin, LabelKind, Run, RunKind, RunStatus
from nbcellar.store import Cellar, RecordQuery, RunQuery

from .conftest import save_into


def fail(cellar: Cellar, name: str) -> Run:
    return cellar.publish(replace(cellar.open_run(RunKind.TASK, name), status=RunStatus.FAILED, error="boom"))


def test_numbers_are_given_when_a_run_opens_and_never_again(cellar: Cellar) -> None:
    first = cellar.open_run(RunKind.TASK, "train")
    second = cellar.open_run(RunKind.TASK, "train")
    cellar.publish(replace(second, status=RunStatus.SUCCEEDED))
    cellar.publish(replace(first, status=RunStatus.SUCCEEDED))
    assert (first.number, second.number) == (1, 2)
    assert cellar.find("train").number == 1  # published last
    assert cellar.open_run(RunKind.TASK, "other").number == 1
    cellar.remove(first)
    assert cellar.open_run(RunKind.TASK, "train").number == 3


def test_a_reference_means_the_run_that_people_expect(cellar: Cellar) -> None:
    runs = [save_into(cellar, "train", {b"f": b"%d" % number}) for number in range(3)]
    failed = fail(cellar, "train")
    cellar.label(runs[0], LabelKind.ALIAS, "prod")
    assert runs[0].asset
    prefix = runs[0].asset.digest.hex()[:8]
    found = {
        text: cellar.find(text).id
        for text in ("train", "train~2", "train@4", "train@prod", prefix, f"{cellar.project}:train@2")
    }
    assert list(found.values()) == [runs[2].id, runs[0].id, failed.id, runs[0].id, runs[0].id, runs[1].id]


def test_the_newest_success_with_an_asset_comes_before_one_without(cellar: Cellar) -> None:
    kept = save_into(cellar, "train", {b"f": b"1"})
    cellar.publish(replace(cellar.open_run(RunKind.TASK, "train"), status=RunStatus.SUCCEEDED))
    assert cellar.find("train").id == kept.id


def test_a_name_that_looks_like_a_digest_wins_over_the_digest(cellar: Cellar) -> None:
    run = save_into(cellar, "data", {b"f": b"1"})
    assert run.asset
    prefix = run.asset.digest.hex()[:6]
    prefix = "".join("abcdef0123456789"["0123456789abcdef".index(letter)] for letter in prefix)
    named = save_into(cellar, "abcdef", {b"f": b"2"})
    assert cellar.find("abcdef").id == named.id


@pytest.mark.parametrize(
    ("ref", "hint"),
    [
        ("trian", "Did you mean 'train'?"),
        ("train@prd", "Did you mean 'prod'?"),
        ("train@9", "nbcellar log train"),
        ("train~5", "nbcellar log train"),
        ("123456789", "nbcellar ls"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is_near(cellar: Cellar, ref: str, hint: str) -> None:
    run = save_into(cellar, "train", {b"f": b"1"})
    cellar.label(run, LabelKind.ALIAS, "prod")
    with pytest.raises(NotFoundError) as caught:
        cellar.find(ref)
    assert hint in caught.value.hint


def test_another_project_has_its_own_series(cellar: Cellar) -> None:
    save_into(cellar, "train", {b"f": b"1"})
    run = cellar.open_run(RunKind.TASK, "train", project="other")
    assert run.number == 1
    cellar.publish(replace(run, status=RunStatus.SUCCEEDED))
    assert cellar.find("other:train").id == run.id
    with pytest.raises(NotFoundError) as caught:
        cellar.find("other:fit")
    assert caught.value.exit_code == 3
    assert {series.project for series in cellar.series()} == {cellar.project, "other"}


def test_runs_are_found_by_everything_that_a_query_names(cellar: Cellar) -> None:
    parent = cellar.open_run(RunKind.NOTEBOOK, "book")
    a = save_into(cellar, "data", {b"f": b"1"}, params={"year": 2026, "deep": {"x": [1, None]}}, key="k1")
    b = save_into(cellar, "data", {b"f": b"2"}, params={"year": 2025}, parent=parent.id)
    c = fail(cellar, "fit")
    cellar.label(a, LabelKind.TAG, "stage", "final")

    def ids(**fields: object) -> list[str]:
        return [run.id for run in cellar.runs(RunQuery(**fields))]  # type: ignore[arg-type]

    assert a.asset and b.asset
    assert ids(name="data") == [b.id, a.id]
    assert ids(statuses=(RunStatus.FAILED,)) == [c.id]
    assert ids(kinds=(RunKind.NOTEBOOK,)) == [parent.id]
    assert ids(params={"year": 2026}) == ids(params={"deep": {"x": [1, None]}}) == [a.id]
    assert ids(tag="stage") == ids(tag=("stage", "final")) == [a.id]
    assert ids(tag=("stage", "draft")) == []
    assert ids(key="k1") == [a.id]
    assert ids(asset=b.asset.digest) == ids(asset=b.asset.digest[:4]) == [b.id]
    assert ids(with_asset=False) == [parent.id, c.id]
    assert ids(since_ns=c.started_ns) == [c.id]
    assert ids(before=b.sequence) == [a.id]
    assert ids(limit=2) == [parent.id, c.id]
    assert ids(project="nowhere") == []


def test_a_parent_that_is_given_when_the_run_opens_is_kept(cellar: Cellar) -> None:
    run = cellar.open_run(RunKind.TASK, "fit", parent="P", params=[("a", 1)], code="x = 1", detail={"why": "new"})
    assert cellar.run(run.id) == run
    assert cellar.runs(RunQuery(parent="P")) == [run]


def test_a_value_that_is_no_json_is_refused_and_nothing_is_published(cellar: Cellar) -> None:
    run = cellar.open_run(RunKind.TASK, "fit")
    with pytest.raises(EncodingError):
        cellar.publish(replace(run, status=RunStatus.SUCCEEDED, result=float("nan")))
    assert cellar.run(run.id).status is RunStatus.RUNNING


def test_a_series_shows_its_newest_run_and_how_many_there_are(cellar: Cellar) -> None:
    save_into(cellar, "b", {b"f": b"1"})
    newest = save_into(cellar, "a", {b"f": b"1"})
    gone = save_into(cellar, "a", {b"f": b"2"})
    cellar.remove(gone)
    assert next((one.name, one.run_count, one.newest.id) for one in cellar.series()) == ("a", 1, newest.id)
    assert [one.name for one in cellar.series(cellar.project)] == ["a", "b"]


def test_the_assets_of_a_series_are_named_once_each_newest_first(cellar: Cellar) -> None:
    assert cellar.assets(cellar.project, "a") == []
    first = save_into(cellar, "a", {b"f": b"1"})
    second = save_into(cellar, "a", {b"f": b"2"})
    save_into(cellar, "b", {b"f": b"3"})
    cellar.remove(save_into(cellar, "a", {b"f": b"4"}))
    assert cellar.assets(cellar.project, "a") == [second.asset, first.asset]
    save_into(cellar, "a", {b"f": b"1"})  # the first one again
    assert cellar.assets(cellar.project, "a") == [first.asset, second.asset]


def test_an_alias_moves_within_its_series_and_tags_stay(cellar: Cellar) -> None:
    first, second = (save_into(cellar, "train", {b"f": b"%d" % number}) for number in range(2))
    other = save_into(cellar, "other", {b"f": b"3"})
    for run in (first, other, second):
        cellar.label(run, LabelKind.ALIAS, "prod")
        cellar.label(run, LabelKind.TAG, "stage", "draft")
    cellar.label(first, LabelKind.NOTE, "", "a note, 'quoted'")
    assert cellar.find("train@prod").id == second.id
    assert cellar.find("other@prod").id == other.id
    labels = {(label.run, label.kind): label.value for label in cellar.labels([first.id, second.id])}
    assert labels == {
        (first.id, LabelKind.TAG): "draft",
        (first.id, LabelKind.NOTE): "a note, 'quoted'",
        (second.id, LabelKind.ALIAS): "",
        (second.id, LabelKind.TAG): "draft",
    }
    cellar.unlabel(second, LabelKind.ALIAS, "prod")
    with pytest.raises(NotFoundError):
        cellar.find("train@prod")
    with pytest.raises(NotFoundError):
        cellar.unlabel(second, LabelKind.ALIAS, "prod")
    with pytest.raises(UsageError):
        cellar.label(second, LabelKind.ALIAS, "2nd")


def test_what_was_removed_is_not_found_and_can_be_put_back(cellar: Cellar) -> None:
    kept, gone = (save_into(cellar, "train", {b"f": b"%d" % number}) for number in range(2))
    cellar.remove(gone)
    assert cellar.find("train").id == kept.id
    assert [run.id for run in cellar.runs(RunQuery(removed=True))] == [gone.id]
    with pytest.raises(NotFoundError, match="trash"):
        cellar.find("train@2")
    cellar.put_back(gone)
    assert cellar.find("train").id == gone.id
    assert cellar.find("train").removed_ns is None


def test_a_record_is_unique_by_content_and_found_by_every_run_that_made_it(cellar: Cellar) -> None:
    first = cellar.record("score", {"a": 1}, {"v": 0.5}, run="R1")
    again = cellar.record("score", {"a": 1}, {"v": 0.5}, run="R2")
    assert (again.id, again.digest) == (first.id, first.digest)
    other = cellar.record("score", {"a": 2}, {"v": 0.25}, run="R2")
    last = cellar.record("score", {"a": 1}, {"v": 0.5}, run="R2")
    assert [record.id for record in cellar.records(RecordQuery(name="score"))] == [other.id, first.id]
    assert [record.id for record in cellar.records(RecordQuery(run="R2"))] == [last.id, other.id]
    assert [record.run for record in cellar.records(RecordQuery(run="R2"))] == ["R2", "R2"]
    assert [record.id for record in cellar.records(RecordQuery(run="R1"))] == [first.id]
    assert cellar.record("score", {"a": 1}, {"v": 0.5}).id == first.id
    assert cellar.records(RecordQuery(name="score", project="nowhere")) == []
    with pytest.raises(EncodingError):
        cellar.record("score", {}, {"v": float("inf")})


def test_lineage_goes_both_ways(cellar: Cellar) -> None:
    source = save_into(cellar, "clean", {b"t.csv": b"1,2"})
    assert source.asset
    by_run = Input(InputKind.ASSET, InputOrigin.DECLARED, "clean@1", digest=source.asset.digest, run=source.id)
    by_digest = Input(InputKind.ASSET, InputOrigin.FOUND, "clean@1", digest=source.asset.digest)
    one = save_into(cellar, "train", {b"m": b"1"}, inputs=(by_run,))
    two = save_into(cellar, "report", {b"r": b"1"}, inputs=(by_digest,))
    assert [run.id for run in cellar.used_by(source)] == [two.id, one.id]
    assert cellar.find("train").inputs == (by_run,)
    cellar.remove(two)
    assert [run.id for run in cellar.used_by(source)] == [one.id]


def test_content_is_found_in_every_asset_that_holds_it(cellar: Cellar) -> None:
    one = save_into(cellar, "a", {b"x": b"same", b"y": b"other"})
    two = save_into(cellar, "b", {b"z": b"same"})
    assert one.asset
    digest = cellar.manifest(one.asset)[b"x"].digest
    found = cellar.find_content([digest, Digest(bytes(32))])
    assert {key: [(run.id, name) for run, name in value] for key, value in found.items()} == {
        digest: [(two.id, b"z"), (one.id, b"x")]
    }
    cellar.remove(two)
    assert [run.id for run, _ in cellar.find_content([digest])[digest]] == [one.id]
    assert [run.id for run, _ in cellar.find_content([digest], removed=True)[digest]] == [two.id, one.id]


_DIES = """
import sys
from pathlib import Path
from nbcellar.model import Address, RunKind
from nbcellar.store import Cellar
cellar = Cellar.open(Path(sys.argv[1]), address=Address(sys.argv[2], sys.argv[3]))
print(cellar.open_run(RunKind.TASK, "train").id, flush=True)
import os; os._exit(9)
"""


def test_a_run_whose_process_died_is_marked_abandoned_and_a_living_one_is_not(
    local: Cellar, tmp_path: Path, project_python: Callable[[], str]
) -> None:
    mine = local.open_run(RunKind.TASK, "train")
    where = [str(tmp_path), local.address.store_url, local.address.catalogue_url]
    result = subprocess.run([project_python(), "-c", _DIES, *where], capture_output=True, text=True)
    assert result.returncode == 9
    statuses = {run.id: run.status for run in local.runs()}
    assert statuses == {mine.id: RunStatus.RUNNING, result.stdout.strip(): RunStatus.ABANDONED}


def test_a_run_whose_process_died_counts_as_abandoned_where_that_cannot_be_written_down(
    local: Cellar, tmp_path: Path, project_python: Callable[[], str]
) -> None:
    where = [str(tmp_path), local.address.store_url, local.address.catalogue_url]
    subprocess.run([project_python(), "-c", _DIES, *where])
    journal = local.folder / "journal"
    journal.rename(journal.with_name("away"))
    journal.touch()  # nothing can be added to it
    (run,) = local.runs()
    assert run.status is local.run(run.id).status is RunStatus.ABANDONED


@pytest.fixture
def project_python() -> Callable[[], str]:
    assert os.access(sys.executable, os.X_OK)
    return lambda: sys.executable
