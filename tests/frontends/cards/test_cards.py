"""The card, from records alone."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import bleach
import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from nbcellar.assets.comparing.differ import Change, Diff
from nbcellar.assets.facts import ASSET_TYPE
from nbcellar.assets.saving.archiver import Saved
from nbcellar.frontends import cards_html, cards_text
from nbcellar.frontends.cards import card_of
from nbcellar.frontends.display import bundle_of
from nbcellar.frontends.thumbnails import BUDGET_BYTES, MOST, SIDE, thumbnails
from nbcellar.model import (
    AssetSummary,
    Digest,
    Entry,
    Input,
    InputKind,
    InputOrigin,
    Kind,
    Run,
    RunKind,
    RunStatus,
)
from nbcellar.tasks.attempts.outcome import Outcome


def digest(text: str) -> Digest:
    return Digest(text.encode().ljust(32, b"\0"))


def entry(name: str | bytes, size_bytes: int) -> Entry:
    raw = name if isinstance(name, bytes) else name.encode()
    return Entry(raw, Kind.FILE, False, size_bytes, digest(str(name)[:20]))


def run(**more: object) -> Run:
    made = Run("01", RunKind.TASK, "survey", "train", 4, RunStatus.SUCCEEDED, 0, 12_400_000_000)
    return replace(made, asset=AssetSummary(digest("x"), digest("m"), 4, 18_200_000), params={"alpha": 0.2}, **more)  # type: ignore[arg-type]


FULL = Outcome(
    run=run(),
    seconds=12.4,
    saved=Saved(AssetSummary(digest("x"), digest("m"), 4, 18_200_000), 1_100_000, (), 0.1, False),
    changes=Diff(
        new=(entry("loss.png", 24_000),),
        changed=(Change(entry("model.npz", 1), entry("model.npz", 17_900_000)),),
        same=(b"a", b"b"),
        gone=(entry("old.txt", 1),),
    ),
    inputs=(
        Input(InputKind.ASSET, InputOrigin.DECLARED, "clean@7/clean.parquet", "table"),
        Input(InputKind.FILE, InputOrigin.FOUND, "data/survey.csv"),
    ),
    reason=("cache MISS: code changed (line 3)",),
    notes=("1 thread still running",),
    elsewhere=("/tmp/x.csv",),
)


def test_the_text_card_says_everything() -> None:
    assert cards_text.text(card_of(FULL)).splitlines() == [
        "✓ train · train@4 7800000 · 4 files, 18.2 MB (+1.1 MB new) · 12.4 s",
        "  cache MISS: code changed (line 3)",
        "  Files: + loss.png 24 kB, ~ model.npz 17.9 MB, - old.txt, = 2 same",
        "  Inputs: table ← clean@7/clean.parquet, found data/survey.csv",
        "  Params: alpha=0.2",
        "  Note: 1 thread still running",
        "  Note: written elsewhere, not saved: /tmp/x.csv",
    ]


def test_the_html_card_stripped_of_every_tag_says_the_same() -> None:
    html = cards_html.html(card_of(FULL))
    for body in re.findall(r"</summary>(.*?)</details>", html):  # the long form of the line above it
        html = html.replace(body, "")
    text = bleach.clean(html.replace("</div>", "\n").replace("</details>", "\n"), tags=set(), strip=True)
    assert [line.strip() for line in text.splitlines() if line.strip()] == [
        line.strip() for line in cards_text.text(card_of(FULL)).splitlines()
    ]


def test_a_card_names_a_few_inputs_and_counts_all() -> None:
    many = replace(FULL, inputs=tuple(Input(InputKind.MODULE, InputOrigin.FOUND, f"m{n}.py") for n in range(401)))
    line = "Inputs: module m0.py, module m1.py, module m2.py, module m3.py, module m4.py, 396 more"
    assert f"  {line}" in cards_text.text(card_of(many)).splitlines()
    html = cards_html.html(card_of(many))
    assert f"<summary><b>Inputs</b>{line.removeprefix('Inputs')}</summary>" in html
    assert "<li>module m49.py</li></ul>" in html


def test_a_sanitizer_that_keeps_only_plain_tags_takes_nothing_away() -> None:
    html = cards_html.html(card_of(FULL))
    kept = bleach.clean(
        html,
        tags={"div", "b", "details", "summary", "table", "thead", "tbody", "tr", "th", "td", "p", "ul", "li"},
        attributes={"div": ["class"]},
        strip=True,
    )
    assert kept == html
    assert "style" not in html and "<script" not in html


def test_a_failed_card_says_how_and_what_is_kept() -> None:
    failed = Outcome(
        run=run(status=RunStatus.FAILED),
        seconds=3.1,
        error="ValueError: no",
        attempt=2,
        attempts=3,
        changes=FULL.changes,
    )
    assert cards_text.line(card_of(failed)) == (
        "✗ train · train@4 failed after 3.1 s (attempt 2 of 3) · ValueError: no · 4 files kept for 7 days"
    )
    assert "old.txt" not in cards_text.text(card_of(failed))


def test_an_unchanged_asset_names_the_version_before() -> None:
    before = replace(run(), number=3)
    assert "(= train@3)" in cards_text.line(card_of(replace(FULL, previous=before)))


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>.txt",
        '"><img src=x onerror=alert(1)>.txt',
        "a\nb\r\t.txt",
        "\x1b]0;title\x07\x1b[31m.txt",
        "a‮txt.exe",
        "&lt;b&gt;.txt",
        b"caf\xe9\xff.txt",
        "javascript:alert(1)",
        "x" * 250,
    ],
)
def test_hostile_names_are_inert(name: str | bytes) -> None:
    outcome = replace(
        FULL,
        changes=Diff(new=(entry(name, 1),)),
        inputs=(Input(InputKind.FILE, InputOrigin.FOUND, name if isinstance(name, str) else "x"),),
        notes=(name if isinstance(name, str) else "x",),
        error=name if isinstance(name, str) else "x",
    )
    bundle = bundle_of(outcome)
    html, text = bundle["text/html"], bundle["text/plain"]
    assert isinstance(html, str) and isinstance(text, str)
    assert set(re.findall(r"</?([a-zA-Z]\w*)", html)) <= {
        "div", "b", "details", "summary", "table", "thead", "tbody", "tr", "th", "td", "p", "ul", "li",
    }  # fmt: skip
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f‪-‮⁦-⁩]", html + text)


def test_hundreds_of_files_are_counted_not_listed() -> None:
    many = replace(FULL, changes=Diff(new=tuple(entry(f"{n:05}.txt", 1) for n in range(5000))))
    card = card_of(many)
    assert "4,995 more" in cards_text.text(card)
    assert len(cards_html.html(card)) < 60_000


def test_a_long_name_is_cut_in_the_line_and_whole_in_the_table() -> None:
    name = f"{'long' * 50}.parquet"
    card = card_of(replace(FULL, changes=Diff(new=(entry(name, 1),))))
    assert "+ longlonglonglonglonglonglonglo…longlonglong.parquet 1 B" in cards_text.text(card)
    assert name in cards_html.html(card)


def test_the_summary_setting_chooses_how_much_is_shown() -> None:
    assert bundle_of(replace(FULL, summary="off")) == {}
    line = bundle_of(replace(FULL, summary="line"))
    assert line["text/plain"] == cards_text.line(card_of(FULL))
    assert "Inputs" not in str(line["text/html"])
    assert ASSET_TYPE in line


@pytest.mark.slow
def test_thumbnails_stay_within_their_budget(tmp_path: Path) -> None:
    paths = {}
    for number in range(12):
        path = tmp_path / f"{number}.png"
        Image.effect_noise((900, 700), 90).convert("RGB").save(path)
        paths[path.name.encode()] = str(path)
    made = thumbnails(paths)
    assert 1 <= len(made) <= MOST
    assert sum(len(one.url) for one in made) <= BUDGET_BYTES
    assert all(one.width <= SIDE and one.height <= SIDE for one in made)
    assert all(one.url.startswith("data:image/png;base64,") for one in made)


def test_damaged_and_disguised_images_have_no_thumbnail(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("<svg onload=alert(1)>")
    (tmp_path / "cut.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    (tmp_path / "empty.gif").touch()
    assert thumbnails({path.name.encode(): str(path) for path in tmp_path.iterdir()}) == []


@pytest.mark.slow
def test_an_image_of_absurd_size_is_not_decoded(tmp_path: Path) -> None:
    Image.new("1", (30_000, 30_000)).save(tmp_path / "bomb.png")
    assert thumbnails({b"bomb.png": str(tmp_path / "bomb.png")}) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nbconvert_shows_the_card_without_a_kernel(theme: str) -> None:
    bundle = bundle_of(FULL)
    shown = {kind: bundle[kind] for kind in ("text/plain", "text/html")}
    cell = new_code_cell("%%task train", outputs=[new_output("display_data", data=shown)])
    page, _ = HTMLExporter(theme=theme).from_notebook_node(new_notebook(cells=[cell]))
    card = bundle["text/html"]
    assert isinstance(card, str) and card in page
    assert not re.search(r"style=|color|class=\"(?!nbcellar-card\")", card)  # it takes the page's own colours
