"""What `save` keeps, leaves out and refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbcellar as cellar
from tests.frontends.commands.conftest import Say


def test_save_says_what_it_kept(project: Path, say: Say) -> None:
    (project / "a.txt").write_text("one")
    said = say("save", "a.txt")
    assert said.code == 0
    assert said.out.startswith("a@1 ")
    assert "1 file, 3 B" in said.out
    found = say("save", "a.txt", "--json").json
    assert (found["schema"], found["ref"], found["new_bytes"]) == ("nbcellar/save/1", "a@2", 0)
    assert found["digest"] == cellar.get("a").id


def test_save_takes_folders_patterns_and_another_base(kept: Path, say: Say) -> None:
    assert say("save", "--at", "results", "--match", "**/*.{png,json}", "--name", "some").code == 0
    assert list(cellar.get("some")) == ["m.json", "plots/x.png"]
    assert say("save", "results/a.txt", "results/plots", "--name", "two").code == 0
    assert list(cellar.get("two")) == ["results/a.txt", "results/plots/x.png"]


def test_one_file_named_twice_is_one_file(project: Path, say: Say) -> None:
    (project / "a.txt").write_text("one")
    assert say("save", "a.txt", "./a.txt", "--json").json["ref"] == "a@1"
    (project / "b.txt").write_text("two")
    assert say("save", "a.txt", "b.txt", "--json").json["ref"] == "asset@1"


def test_save_names_what_it_leaves_out(project: Path, say: Say) -> None:
    (project / "a.txt").write_text("one")
    (project / ".env").write_text("TOKEN=1")
    os.mkfifo(project / "pipe")
    said = say("save")
    assert said.code == 0
    (project / "sub").mkdir()
    (project / "sub" / ".env").write_text("TOKEN=1")
    assert "left out: sub/.env" in say("save", "sub", ".env").err
    assert say("save", "sub", "--match", "**/*.txt", "--name", "none").code == 3
    shutil.rmtree(project / "sub")
    assert "left out: .env" in said.err
    assert "left out: pipe" in said.err
    assert say("save", "--include-secrets", "--json").json["entry_count"] == 3  # with nbcellar.toml


def test_save_of_nothing_ends_with_3(project: Path, say: Say) -> None:
    assert say("save", "gone").code == 3
    assert say("save", "--match", "*.none").code == 3


def test_an_unreadable_file_is_refused_by_name_or_left_out_when_asked() -> None:
    with tempfile.TemporaryDirectory(prefix="nbcellar-test-") as text:
        folder = Path(text)
        folder.chmod(0o777)
        (folder / "open.txt").write_text("a")
        (folder / "shut.txt").write_text("b")
        (folder / "shut.txt").chmod(0)
        refused = as_nobody(folder, "save", "--name", "x")
        assert refused.returncode == 1
        assert "shut.txt" in refused.stderr
        assert as_nobody(folder, "ls", "--json").stdout.count('"succeeded"') == 0
        taken = as_nobody(folder, "save", "--name", "x", "--skip-unreadable")
        assert taken.returncode == 0
        assert "left out: shut.txt" in taken.stderr
        assert as_nobody(folder, "cat", "x/open.txt").stdout == "a"


AS_NOBODY = """
import contextlib, io, os, sys, tempfile
from nbcellar.frontends.cli import main
here = os.getcwd()
with tempfile.TemporaryDirectory() as other, contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
    os.chdir(other)  # a first time as root: what is imported late may lie where others cannot read
    open("open.txt", "w").close()
    main(["save", "--name", "x"]), main(sys.argv[1:])
    os.chdir(here)
os.setgroups([]), os.setegid(65534), os.seteuid(65534)
assert os.geteuid() == 65534
sys.exit(main())
"""


def as_nobody(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a line as an ordinary user: to root nothing is unreadable."""
    return subprocess.run([sys.executable, "-c", AS_NOBODY, *words], cwd=folder, capture_output=True, text=True)
