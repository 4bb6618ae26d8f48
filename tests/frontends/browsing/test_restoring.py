from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nbcellar.assets.asset import Asset
from nbcellar.errors import ConflictError, NotFoundError, UsageError
from nbcellar.frontends.browsing.answers import Answer
from nbcellar.frontends.browsing.keys import key_of
from nbcellar.frontends.browsing.outcomes import Restored, RestorePlan, Undone

Keep = Callable[[str, dict[str, bytes]], Asset]
Ask = Callable[..., Answer]
FILES = {"a.txt": b"1", "plots/loss.png": b"22", "plots/deep/x.bin": b"333"}


def planned(answer: Answer) -> dict[str, str]:
    assert isinstance(answer, RestorePlan)
    return {row.path: row.action for row in answer.rows}


def test_a_plan_into_an_empty_folder_makes_every_file_and_writes_none(ask: Ask, keep: Keep, project: Path) -> None:
    made = keep("train", FILES)
    plan = ask("plan", run=made.run.id, key="", to="out")
    assert isinstance(plan, RestorePlan)
    assert planned(plan) == dict.fromkeys(FILES, "create")
    assert (plan.target, plan.counts["create"], plan.size_bytes, plan.possible) == ("./out", 3, 6, True)
    assert not (project / "out").exists()


def test_a_folder_and_a_file_are_restored_alone(ask: Ask, keep: Keep, project: Path) -> None:
    made = keep("train", FILES)
    assert set(planned(ask("plan", run=made.run.id, key=key_of(b"plots"), to="out"))) == set(FILES) - {"a.txt"}
    done = ask("restore", run=made.run.id, key=key_of(b"a.txt"), to="out")
    assert done == Restored(1, "./out", can_undo=True)
    assert [path.name for path in (project / "out").iterdir()] == ["a.txt"]


def test_files_that_are_there_already_are_named_and_left_alone(ask: Ask, keep: Keep) -> None:
    made = keep("train", FILES)
    assert planned(ask("plan", run=made.run.id, key="")) == dict.fromkeys(FILES, "same")
    assert ask("restore", run=made.run.id, key="") == Restored(0, ".", can_undo=False)


def test_unsaved_work_stands_in_the_way_and_comes_first_in_the_list(ask: Ask, keep: Keep, project: Path) -> None:
    made = keep("train", FILES)
    (project / "plots" / "loss.png").write_bytes(b"my own")
    plan = ask("plan", run=made.run.id, key="")
    assert isinstance(plan, RestorePlan)
    assert (plan.rows[0].path, plan.rows[0].action, plan.possible) == ("plots/loss.png", "conflict", False)
    assert plan.rows[0].why
    with pytest.raises(ConflictError):
        ask("restore", run=made.run.id, key="")
    assert (project / "plots" / "loss.png").read_bytes() == b"my own"


def test_a_restore_is_undone(ask: Ask, keep: Keep, project: Path) -> None:
    first = keep("train", {"a.txt": b"old"})
    keep("train", {"a.txt": b"new"})
    assert ask("restore", run=first.run.id, key="") == Restored(1, ".", can_undo=True)
    assert (project / "a.txt").read_bytes() == b"old"
    undone = ask("undo")
    assert isinstance(undone, Undone)
    assert "1 file put back" in undone.text
    assert (project / "a.txt").read_bytes() == b"new"


def test_nothing_to_undo_is_said(ask: Ask, keep: Keep) -> None:
    keep("train", FILES)
    with pytest.raises(NotFoundError):
        ask("undo")


def test_an_unknown_policy_or_file_is_refused(ask: Ask, keep: Keep) -> None:
    made = keep("train", FILES)
    with pytest.raises(UsageError, match="no policy"):
        ask("plan", run=made.run.id, key="", policy="force")
    with pytest.raises(NotFoundError, match=r"b\.txt"):
        ask("plan", run=made.run.id, key=key_of(b"b.txt"))


@pytest.mark.parametrize("to", ["a\0b", "\ud800", "~no-such-user/x"])
def test_what_no_folder_can_be_called_is_refused(ask: Ask, keep: Keep, to: str) -> None:
    made = keep("train", FILES)
    for verb in ("plan", "restore"):
        with pytest.raises(UsageError, match="cannot be a folder"):
            ask(verb, run=made.run.id, key="", to=to)
