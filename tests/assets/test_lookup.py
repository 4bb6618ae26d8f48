"""Finding assets by reference and by parameter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar import NotFoundError, UsageError
from nbcellar.assets.lookup import entry
from nbcellar.assets.saving.archiver import Source, archive
from nbcellar.model import JSON, RunKind
from nbcellar.reference import Ref
from nbcellar.store import current


def make(project: Path, text: str, **params: JSON) -> cellar.Asset:
    (project / "out.txt").write_text(text)
    place = current()
    run = place.open_run(RunKind.TASK, "report", params=params)
    done, _ = archive(place, replace(run, params=params), [Source(b"out.txt", project / "out.txt")])
    return cellar.Asset(place, done)


def test_every_form_of_reference_means_its_asset(project: Path) -> None:
    first, second, third = (make(project, text) for text in ("one", "two", "three"))
    second.alias("prod")
    assert cellar.get("report") == third
    assert cellar.get("report@1") == first
    assert cellar.get("report@prod") == second
    assert cellar.get("report~1") == second
    assert cellar.get("report~2") == first
    assert cellar.get(first.id[:7]) == first
    assert cellar.get("survey:report") == third
    assert cellar.get("cellar:report@1") == first
    assert cellar.get("cellar://report@1") == first


def test_parameters_choose_the_newest_success_that_has_them(project: Path) -> None:
    make(project, "one", month="2026-08", year=2026)
    second = make(project, "two", month="2026-09", year=2026)
    make(project, "three", month="2026-10", year=2027)
    assert cellar.get("report", month="2026-09") == second
    assert cellar.get("report", year=2026) == second
    with pytest.raises(NotFoundError, match="No run of 'report' has month=2026-01"):
        cellar.get("report", month="2026-01")


@pytest.mark.parametrize(
    ("ref", "kind", "words"),
    [
        ("reprt", NotFoundError, "Did you mean 'report'"),
        ("report@9", NotFoundError, "There is no report@9"),
        ("report@prd", NotFoundError, "Did you mean 'prod'"),
        ("report~9", NotFoundError, "only one finished run that"),
        ("abcdef0", NotFoundError, "No asset's digest begins"),
        ("other:report", NotFoundError, "survey:report"),
        ("report/out.txt", UsageError, r"cellar\['report'\]\['out.txt'\]"),
        ("", UsageError, "is not an asset reference"),
        ("a b", UsageError, "is not an asset reference"),
        ("@prod", UsageError, "is not an asset reference"),
        ("report@", UsageError, "is not an asset reference"),
        ("report@1~1", UsageError, "is not an asset reference"),
        ("re\nport", UsageError, "is not an asset reference"),
    ],
)
def test_what_means_nothing_is_refused_and_says_what_is_near(
    project: Path, ref: str, kind: type[Exception], words: str
) -> None:
    make(project, "one").alias("prod")
    with pytest.raises(kind, match=words):
        cellar.get(ref)


def test_parameters_and_a_number_exclude_each_other(project: Path) -> None:
    make(project, "one", year=1)
    with pytest.raises(UsageError, match="is one run"):
        cellar.get("report@1", year=1)


def test_a_reference_with_a_path_means_a_file(project: Path) -> None:
    make(project, "one")
    assert entry(Ref.parse("report@1/out.txt"), current()).read() == b"one"
    with pytest.raises(UsageError, match="names an asset"):
        entry(Ref.parse("report"), current())
