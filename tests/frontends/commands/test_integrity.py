"""What `check` finds and `repair` mends."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcellar.model import RunStatus
from nbcellar.store import current
from tests.frontends.commands.conftest import Say
from tests.frontends.commands.told import make_run


def test_check_finds_a_flipped_byte_and_names_the_file(kept: Path, say: Say) -> None:
    assert "everything is in order" in say("check", "--read-data").out
    (pack, *_) = sorted(path for path in (kept / ".cellar" / "packs").iterdir() if path.suffix != ".idx")
    content = bytearray(pack.read_bytes())
    content[0] ^= 1
    pack.chmod(0o644)
    pack.write_bytes(content)
    said = say("check", "--read-data")
    assert said.code == 6
    assert pack.name in said.out
    assert "results@1" in said.out
    found = say("check", "--read-data", "--json")
    assert (found.code, found.json["sound"]) == (6, False)


@pytest.mark.parametrize("words", [("--quick", "--read-data"), ("--part", "3"), ("--part", "4/3")])
def test_checks_that_cannot_be_are_refused(kept: Path, say: Say, words: tuple[str, ...]) -> None:
    assert say("check", *words).code == 2


def test_after_the_catalogue_is_lost_every_listing_is_as_it_was(kept: Path, say: Say) -> None:
    say("alias", "results@1", "prod")
    say("tag", "results@2", "stage=final")
    say("note", "results@2", "text")
    make_run("train", {"alpha": 1}, RunStatus.FAILED)
    say("rm", "results@1")
    listings = (("ls",), ("ls", "results"), ("log",), ("trash",), ("show", "results@2"), ("du",), ("ls", "results@2"))
    before = [say(*line, "--json").out for line in listings]
    current().close()
    for path in (kept / ".cellar").glob("catalogue.db*"):
        path.unlink()
    said = say("repair", "catalogue")
    assert said.code == 0, said
    assert [say(*line, "--json").out for line in listings] == before
    assert say("repair", "nothing").code == 2
