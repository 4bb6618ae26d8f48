"""What a notebook reads and writes outside of its tasks, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from blake3 import blake3

from nbcellar.model import Input, InputKind, InputOrigin
from nbcellar.store import Cellar
from nbcellar.tasks.reads.inputs import digest_now, inputs_from_json, inputs_to_json

CODE = """
import json, os, pathlib, sys
sys.path.insert(0, "")
from nbcellar.tasks.reads.notebook import notebook_reads, notebook_report, start_notebook_trace
from nbcellar.tasks.reads.inputs import inputs_to_json
from nbcellar.tasks.taskline.line import parse
from nbcellar.tasks.attempts.execution import Task
open("before.txt").read()
start_notebook_trace(pathlib.Path.cwd())
open("read.txt").read()
open("changed.txt").read()
open("changed.txt", "w").write("after")
import helper
os.listdir("data")
for attempt in Task(parse("inside")):
    with attempt:
        open("by_task.txt").read()
        open("made.txt", "w").write("x")
open("made.txt").read()
open("own.txt", "w").write("x")
open("own.txt").read()
for path in ("gone.txt", "cache.tmp", ".cellar/mine.txt", "../outside.txt"):
    open(path, "w").close()
os.remove("gone.txt")
json.loads(json.dumps(inputs_to_json(notebook_reads())))
print(json.dumps(notebook_report()))
"""


def test_everything_that_is_read_or_written_outside_of_tasks_is_known(project: Path) -> None:
    for name in ("before.txt", "read.txt", "changed.txt", "by_task.txt"):
        (project / name).write_text(name)
    (project / "helper.py").write_text("x = 1")
    (project / ".cellarignore").write_text("*.tmp\n")
    (project / "data").mkdir()
    (project / "data/a.csv").touch()
    printed = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stdout
    import json

    report = json.loads(printed.splitlines()[-1])
    assert report["writes"] == ["changed.txt", "own.txt"]
    found = inputs_from_json(report["reads"])
    assert {(one.kind, one.path, one.digest) for one in found} == {
        (InputKind.FILE, "read.txt", blake3(b"read.txt").digest()),
        (InputKind.FILE, "changed.txt", blake3(b"changed.txt").digest()),
        (InputKind.MODULE, "helper.py", blake3(b"x = 1").digest()),
        (InputKind.LISTING, "data", blake3(b"a.csv").digest()),
    }
    cellar = Cellar.open(project)
    same = {one.path: digest_now(cellar, one) == one.digest for one in found}
    assert same == {"read.txt": True, "changed.txt": False, "helper.py": True, "data": True}


def test_inputs_survive_a_round_trip_through_json() -> None:
    inputs = [
        Input(InputKind.ASSET, InputOrigin.DECLARED, "clean@7/x", "table", digest=blake3(b"x").digest(), run="01"),  # type: ignore[arg-type]
        Input(InputKind.URL, InputOrigin.FOUND, "tcp://host:80"),
    ]
    assert inputs_from_json(inputs_to_json(inputs)) == inputs


def test_a_changed_input_has_another_digest(project: Path) -> None:
    cellar = Cellar.open(project)
    (project / "data").mkdir()
    (project / "data/a.csv").write_text("a")
    for path in ("data/a.csv", "data/", "data/*.csv"):
        what = Input(InputKind.FILE, InputOrigin.DECLARED, path)
        (project / "data/a.csv").write_text("a")
        before = digest_now(cellar, what)
        (project / "data/a.csv").write_text("changed")
        assert before is not None and digest_now(cellar, what) != before
    listing = Input(InputKind.LISTING, InputOrigin.FOUND, "data")
    before = digest_now(cellar, listing)
    (project / "data/b.csv").touch()
    assert digest_now(cellar, listing) != before
    assert digest_now(cellar, listing, without=["b.csv"]) == before
    assert digest_now(cellar, Input(InputKind.FILE, InputOrigin.FOUND, "gone.csv")) is None
