"""The engine without a notebook."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from nbcellar.errors import StorageError, UsageError
from nbcellar.model import RunStatus
from nbcellar.store import RunQuery, current
from nbcellar.tasks.attempts.execution import Task
from nbcellar.tasks.attempts.outcome import Outcome, Rehearsal
from nbcellar.tasks.body.code import Code
from nbcellar.tasks.context.current import running
from nbcellar.tasks.taskline.line import parse


class Heard:
    """Keeps what a listener is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.outcomes: list[Outcome] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    def saving(self, name: str, step: object) -> None:
        self.lines.append(f"saving {name}")

    def finished(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def rehearsed(self, rehearsal: Rehearsal) -> None:
        self.lines.append(rehearsal.name)


def run(line: str, body: object, source: str = "") -> Outcome:
    heard = Heard()
    assert callable(body)
    for attempt in Task(parse(line), Code("", source), listener=heard):
        with attempt:
            body()
    return heard.outcomes[-1]


def saved_names(outcome: Outcome) -> list[str]:
    return sorted(os.fsdecode(name) for name in outcome.paths)


def test_the_running_task_is_known_inside_and_not_outside(project: Path) -> None:
    seen = []
    run("a", lambda: seen.append(running()))
    assert seen[0] is not None and seen[0].name == "a" and seen[0].dir == project
    assert running() is None


def test_a_file_rewritten_at_once_with_the_same_size_is_kept(project: Path) -> None:
    Path("x.txt").write_text("1")
    outcome = run("a", lambda: Path("x.txt").write_text("2"))
    assert saved_names(outcome) == ["x.txt"]


def test_a_file_opened_for_appending_without_a_write_is_not_kept(project: Path) -> None:
    Path("old.txt").write_text("1")
    os.utime("old.txt", (1, 1))
    stamp = os.stat("old.txt").st_ctime_ns
    while os.stat(project).st_ctime_ns <= stamp + 50_000_000:  # beyond what a file system's clock cannot tell
        os.utime(project)
    outcome = run("a", lambda: open("old.txt", "a").close())
    assert saved_names(outcome) == []


def test_a_body_that_fails_keeps_its_own_exception_and_the_files(project: Path) -> None:
    def body() -> None:
        Path("half.txt").write_text("1")
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        run("a", body)
    failed = current().runs(RunQuery(name="a"))[0]
    assert failed.status is RunStatus.FAILED and failed.error == "LookupError: mine"


def break_store(project: Path) -> None:
    """From now on nothing can be stored: a file is where packs belong."""
    packs = current().folder / "packs"
    packs.rename(packs.with_name("packs-away"))
    packs.write_text("in the way")


def test_files_that_cannot_be_saved_are_rescued_with_the_command_that_finishes(project: Path) -> None:
    run("a", lambda: Path("first.txt").write_text("1"))
    break_store(project)
    with pytest.raises(StorageError) as caught:
        run("a", lambda: Path("second.txt").write_text("2"))
    kept = current().folder / "rescue" / "a-2"
    assert (kept / "second.txt").read_text() == "2"
    assert f"nbcellar save --at {kept} --name a" in str(caught.value)
    assert Path("second.txt").read_text() == "2"


def test_a_body_that_fails_while_the_store_does_keeps_its_own_exception(project: Path) -> None:
    run("a", lambda: Path("first.txt").write_text("1"))
    break_store(project)

    def body() -> None:
        Path("second.txt").write_text("2")
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine") as caught:
        run("a", body)
    assert any("nbcellar save" in note for note in caught.value.__notes__)


def test_what_another_process_claims_is_left_out(project: Path) -> None:
    """A second notebook writes into the same folder while the first one's cell runs."""
    code = (
        "import sys\nfrom nbcellar.tasks.attempts.execution import Task\n"
        "from nbcellar.tasks.taskline.line import parse\n"
        "for attempt in Task(parse('other')):\n    with attempt:\n        open('theirs.txt', 'w').write('x')\n"
    )

    def body() -> None:
        Path("mine.txt").write_text("1")
        subprocess.run([sys.executable, "-c", code], check=True)

    outcome = run("a", body)
    assert saved_names(outcome) == ["mine.txt"]
    assert not list((current().folder / "work/claims").iterdir())


def test_what_may_be_another_tasks_is_kept_and_said(project: Path) -> None:
    code = (
        "import os\nfrom nbcellar.tasks.attempts.execution import Task\n"
        "from nbcellar.tasks.taskline.line import parse\n"
        "for attempt in Task(parse('other')):\n    with attempt:\n        os.system('echo x > unclaimed.txt')\n"
    )
    outcome = run("a", lambda: subprocess.run([sys.executable, "-c", code], check=True))
    assert saved_names(outcome) == ["unclaimed.txt"]
    assert any("another task ran meanwhile, and may have written unclaimed.txt" in note for note in outcome.notes)


def test_of_a_huge_folder_what_was_seen_and_named_is_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbcellar.tasks.files.workdir.MOST_FILES", 20)
    monkeypatch.setattr("nbcellar.tasks.files.written.MOST_FILES", 20)
    for number in range(30):
        Path(f"{number}.txt").touch()
    outcome = run(
        "a",
        lambda: (Path("seen.txt").write_text("1"), os.system("echo 1 > named.txt; echo 1 > neither.txt")),
        "open('seen.txt'); 'named.txt'",
    )
    assert saved_names(outcome) == ["named.txt", "seen.txt"]
    assert any("more than 50,000 files" in note for note in outcome.notes)


def test_a_folder_that_the_body_makes_huge_is_said_too(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbcellar.tasks.files.written.MOST_FILES", 20)
    outcome = run("a", lambda: [Path(f"{number}.txt").touch() for number in range(30)])
    assert len(saved_names(outcome)) == 30
    assert any("more than 50,000 files" in note for note in outcome.notes)


@pytest.mark.parametrize("line", ["a --fresh", "a --all"])
def test_where_everything_is_kept_no_number_of_files_is_too_many(
    project: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr("nbcellar.tasks.files.workdir.MOST_FILES", 20)
    monkeypatch.setattr("nbcellar.tasks.files.written.MOST_FILES", 20)
    outcome = run(line, lambda: os.system("for n in $(seq 30); do echo $n > made$n; done"))
    assert [name for name in saved_names(outcome) if name.startswith("made")] == sorted(
        f"made{n}" for n in range(1, 31)
    )
    assert not any("50,000" in note for note in outcome.notes)


def test_fresh_tasks_take_turns_and_say_who_holds_it(project: Path) -> None:
    begun, go = threading.Event(), threading.Event()
    first = Heard()
    second = Heard()

    def hold() -> None:
        for attempt in Task(parse("first --fresh"), listener=first):
            with attempt:
                begun.set()
                go.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    begun.wait()

    class Waiting(Heard):
        def say(self, text: str) -> None:
            super().say(text)
            go.set()

    second = Waiting()
    for attempt in Task(parse("second --fresh"), listener=second, here=project):
        with attempt:
            assert Path.cwd().name == "second-1"
    thread.join()
    assert second.lines == ["second-1 waits: first-1 runs in its fresh folder."]


def test_an_input_larger_than_cheap_has_no_digest_unless_something_needs_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbcellar.tasks.reads.found.CHEAP_BYTES", 10)
    Path("big.bin").write_bytes(b"x" * 100)
    outcome = run("a", lambda: Path("big.bin").read_bytes())
    assert [(one.path, one.digest, one.size_bytes) for one in outcome.inputs] == [("big.bin", None, 100)]
    monkeypatch.setenv("NBCELLAR_RUN", "01")
    outcome = run("a", lambda: Path("big.bin").read_bytes())
    assert outcome.inputs[0].digest is not None


def test_a_folder_that_is_not_there_cannot_be_looked_at(project: Path) -> None:
    with pytest.raises(UsageError, match="there is no such folder"):
        run("a --at nowhere", lambda: None)
    assert not current().exists


def test_an_attempt_that_is_not_entered_is_refused(project: Path) -> None:
    with pytest.raises(UsageError, match="with attempt"):
        for _ in Task(parse("a")):
            pass
    assert current().runs(RunQuery(name="a"))[0].status is RunStatus.FAILED
