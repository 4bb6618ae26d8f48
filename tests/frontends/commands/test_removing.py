"""What `rm` takes away and `trash` puts back."""

from __future__ import annotations

from pathlib import Path

import nbcellar as cellar
from tests.frontends.commands.conftest import Say


def test_what_is_removed_can_be_put_back(kept: Path, say: Say) -> None:
    assert say("rm", "results@2").out == "removed results@2\n"
    assert say("show", "results", "--json").json["ref"] == "results@1"
    said = say("show", "results@2")
    assert said.code == 3
    assert "trash" in said.err
    assert "results@2" in say("trash").out
    assert say("trash", "--put-back", "results@2").out == "put back results@2\n"
    assert say("show", "results", "--json").json["ref"] == "results@2"
    assert say("trash").out == "The trash is empty.\n"


def test_rm_removes_all_or_nothing_and_says_who_reads_it(kept: Path, say: Say) -> None:
    assert say("rm", "results@1", "none").code == 3
    assert say("trash", "--json").json["trash"] == []
    user = cellar.asset({"x": cellar.get("results@1")}, name="user")
    assert f"results@1 was read by {user.ref}" in say("rm", "results@1").err
    assert say("trash", "--put-back", "reslts@1").code == 3
