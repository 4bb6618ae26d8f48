"""The widgets' Python side: what they hold, what they say to others, and what stands where no kernel lives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import nbcellar as cellar
from nbcellar.assets.asset import Asset
from nbcellar.assets.assetentry import AssetEntry
from nbcellar.assets.creation import asset
from nbcellar.errors import NotFoundError, UsageError
from nbcellar.frontends.browsing.keys import key_of

Keep = Callable[[str, dict[str, str]], Asset]


@pytest.fixture
def keep(project: Path) -> Keep:
    def write(name: str, files: dict[str, str]) -> Asset:
        for path, text in files.items():
            (project / path).write_text(text)
        return asset(list(files), name=name)

    return write


def test_a_picker_begins_with_the_newest_and_follows_what_is_set(keep: Keep) -> None:
    first = keep("train", {"a.txt": "1"})
    keep("train", {"a.txt": "2"})
    picker = cellar.picker("train", description="Model")
    seen: list[object] = []
    picker.observe(lambda change: seen.append(change["new"]), "value")
    assert (picker.selected, picker.task, picker.description) == ("train@2", "train", "Model")
    picker.value = first
    assert picker.selected == "train@1"
    picker.selected = "train@2/a.txt"
    assert isinstance(picker.value, AssetEntry)
    assert picker.value.read() == b"2"
    picker.selected = ""
    assert picker.value is None
    assert len(seen) == 3


def test_a_picker_takes_what_the_page_chose(keep: Keep) -> None:
    made = keep("train", {"a.txt": "1"})
    picker = cellar.picker()
    assert picker.value is None
    picker.set_state({"selected": "train@1/a.txt", "_chosen": {"run": made.run.id, "key": key_of(b"a.txt")}})
    assert (picker.selected, picker.value) == ("train@1/a.txt", made["a.txt"])


def test_a_picker_refuses_what_is_not_there(keep: Keep) -> None:
    keep("train", {"a.txt": "1"})
    picker = cellar.picker("train")
    with pytest.raises(NotFoundError):
        picker.selected = "train@9"
    with pytest.raises(NotFoundError):
        picker.selected = "train/none.txt"
    assert cellar.picker("nothing").value is None


def test_a_picker_is_taken_by_interact(keep: Keep) -> None:
    from ipywidgets import interactive

    first = keep("train", {"a.txt": "1"})
    keep("train", {"a.txt": "2"})
    picker = cellar.picker("train")
    form = interactive(lambda model: model["a.txt"].read(), model=picker)
    form.update()
    assert form.result == b"2"
    picker.value = first
    assert form.result == b"1"
    assert picker.description == "model"


def test_a_restore_panel_plans_and_tells_what_it_restored(keep: Keep, project: Path) -> None:
    made = keep("train", {"a.txt": "1"})
    (project / "a.txt").unlink()
    panel = cellar.RestorePanel("train@1", to="out")
    assert "Restore train@1 into ./out: 1 create" in panel._repr_mimebundle_()[0]["text/plain"]
    request = {"run": made.run.id, "key": "", "to": "out", "policy": "safe"}
    panel._hear(panel, {"id": "1", "verb": "restore", "request": request}, [])
    assert (panel.restored, (project / "out" / "a.txt").read_text()) == (1, "1")


@pytest.mark.parametrize(
    ("what", "policy"), [("train@9", "safe"), ("train/none", "safe"), ("??", "safe"), ("train", "x")]
)
def test_a_restore_panel_refuses_what_cannot_be_restored(keep: Keep, what: str, policy: str) -> None:
    keep("train", {"a.txt": "1"})
    with pytest.raises((NotFoundError, UsageError)):
        cellar.RestorePanel(what, policy=policy)


def test_a_diff_view_compares_with_the_success_before_or_with_another(keep: Keep) -> None:
    keep("train", {"a.txt": "1"})
    keep("clean", {"b.txt": "1"})
    keep("train", {"a.txt": "2", "b.txt": "1"})
    text = cellar.DiffView("train")._repr_mimebundle_()[0]["text/plain"]
    assert text.splitlines() == ["train@1 → train@2: 0 files the same", "  ~ a.txt", "  + b.txt"]
    other = cellar.DiffView("train/a.txt", "clean")
    assert (other.after, other.before) == ("train@2/a.txt", "clean@1")
    with pytest.raises(NotFoundError):
        cellar.DiffView("clean")
    with pytest.raises(UsageError):
        cellar.DiffView("train", "clean/b.txt")


def test_every_widget_has_a_form_without_a_kernel_that_is_no_markup(keep: Keep) -> None:
    name = "<img src=x onerror=alert(1)>.txt"
    keep("train", {name: "1"})
    keep("train", {name: "2"})
    for widget in (
        cellar.browse(),
        cellar.picker("train", description="<script>"),
        cellar.RestorePanel("train"),
        cellar.DiffView("train"),
    ):
        bundle, _ = widget._repr_mimebundle_()
        html = bundle["text/html"]
        assert isinstance(html, str)
        assert "<img" not in html
        assert "<script" not in html
        assert bundle["text/plain"]
        assert bundle["application/vnd.jupyter.widget-view+json"]


def test_an_unknown_question_is_answered_with_an_error(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    keep("train", {"a.txt": "1"})
    widget = cellar.browse()
    said: list[object] = []
    monkeypatch.setattr(type(widget), "send", lambda self, content, buffers=None: said.append(content))
    widget._hear(widget, {"event": "heard"}, [])  # asks nothing, and so is answered by nothing
    widget._hear(widget, {"id": "7", "verb": "nothing", "request": {}}, [])
    widget._hear(widget, {"id": "8", "verb": "about", "request": {"run": "none"}}, [])
    assert [set(one) for one in said if isinstance(one, dict)] == [{"id", "error"}, {"id", "error"}]
