from __future__ import annotations

import glob
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nbcellar.tasks.files.trace import Trace
from nbcellar.tasks.files.tracer import active_traces, tracing, untraced


@contextmanager
def traced() -> Iterator[Trace]:
    trace = Trace(before_overwrite=lambda path: None)
    with tracing(trace):
        yield trace


def test_what_is_opened_for_reading_is_a_read(project: Path) -> None:
    (project / "in.csv").write_text("a")
    with traced() as trace:
        open("in.csv").close()
        Path("in.csv").read_bytes()
        os.close(os.open(b"in.csv", os.O_RDONLY))
    assert list(trace.reads) == [str(project / "in.csv")]
    assert not trace.writes


def test_what_is_opened_for_writing_is_a_write_and_says_whether_it_was_there(project: Path) -> None:
    (project / "old.csv").write_text("a")
    with traced() as trace:
        open("old.csv", "w").close()
        open("new.csv", "x").close()
        os.close(os.open("raw.bin", os.O_WRONLY | os.O_CREAT))
    assert trace.writes == {
        str(project / "old.csv"): True,
        str(project / "new.csv"): False,
        str(project / "raw.bin"): False,
    }
    assert not trace.reads


def test_reading_what_was_written_before_is_no_read(project: Path) -> None:
    with traced() as trace:
        Path("own.txt").write_text("x")
        Path("own.txt").read_text()
    assert not trace.reads


@pytest.mark.parametrize(
    "change",
    [
        lambda: Path("in.csv").write_text("other"),
        lambda: open("in.csv", "a").close(),
        lambda: os.replace("new.csv", "in.csv"),
        lambda: os.remove("in.csv"),
        lambda: Path("in.csv").unlink(),
    ],
)
def test_a_read_file_is_announced_while_its_content_still_stands(project: Path, change: object) -> None:
    assert callable(change)
    Path("in.csv").write_text("before")
    Path("new.csv").write_text("after")
    seen: list[str] = []
    trace = Trace(before_overwrite=lambda path: seen.append(Path(path).read_text()))
    with tracing(trace):
        Path("in.csv").read_text()
        change()
    assert seen == ["before"]


def test_appending_reads_and_writes(project: Path) -> None:
    Path("log.txt").write_text("one\n")
    with traced() as trace, open("log.txt", "a") as file:
        file.write("two\n")
    path = str(project / "log.txt")
    assert path in trace.reads
    assert trace.writes == {path: True}


def test_listings_are_seen(project: Path) -> None:
    (project / "data").mkdir()
    with traced() as trace:
        os.listdir("data")
        list(Path().iterdir())
        glob.glob("data/*.csv")
    assert trace.listings == {str(project / "data"), str(project)}


def test_imports_are_no_reads_and_no_listings(project: Path) -> None:
    (project / "helper.py").write_text("x = 1")
    code = (  # in a process of its own: pytest reads sources by a way of its own
        "import sys; sys.path.insert(0, '')\n"
        "from nbcellar.tasks.files.trace import Trace\n"
        "from nbcellar.tasks.files.tracer import tracing\n"
        "trace = Trace(before_overwrite=lambda path: None)\n"
        "with tracing(trace):\n    import helper\n"
        "print(trace.reads, trace.listings)"
    )
    for _ in range(2):  # without compiled bytes, and with them
        printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
        assert printed == "{} set()\n"


def test_databases_are_seen(project: Path) -> None:
    with traced() as trace:
        sqlite3.connect("a.db").close()
        sqlite3.connect(":memory:").close()
        sqlite3.connect("file:b.db?mode=rwc", uri=True).close()
    assert trace.databases == {str(project / "a.db"): None, str(project / "b.db"): None}


def test_a_database_that_was_written_by_hand_before_is_none_that_was_there(project: Path) -> None:
    (project / "old.db").touch()
    seen: list[str] = []
    trace = Trace(before_overwrite=lambda path: None, on_database=seen.append)
    with tracing(trace):
        for name in ("old.db", "new.db"):
            open(name, "wb").close()
            sqlite3.connect(name).close()
    assert trace.databases == {str(project / "old.db"): None, str(project / "new.db"): None}
    assert not seen


def test_child_processes_are_noticed(project: Path) -> None:
    with traced() as trace:
        subprocess.run([sys.executable, "-c", "pass"], check=True)
    assert trace.children


def test_threads_that_the_body_starts_belong_to_it(project: Path) -> None:
    with traced() as trace:
        thread = threading.Thread(target=lambda: Path("by_thread.txt").write_text("x"))
        thread.start()
        thread.join()
    assert trace.writes == {str(project / "by_thread.txt"): False}


def test_a_nested_trace_has_its_own_events(project: Path) -> None:
    with traced() as outer:
        with traced() as inner:
            Path("inner.txt").write_text("x")
        Path("outer.txt").write_text("x")
    assert list(inner.writes) == [str(project / "inner.txt")]
    assert list(outer.writes) == [str(project / "outer.txt")]


def test_our_own_work_is_not_written_down(project: Path) -> None:
    with traced() as trace:
        with untraced():
            Path("own.txt").write_text("x")
        Path("body.txt").write_text("x")
    assert list(trace.writes) == [str(project / "body.txt")]


def test_linked_inputs_refuse_to_be_written(project: Path) -> None:
    (project / "in.csv").write_text("x")
    trace = Trace(before_overwrite=lambda path: None, readonly=frozenset({str(project / "in.csv")}))
    with tracing(trace):
        assert Path("in.csv").read_text() == "x"
        with pytest.raises(PermissionError):
            Path("in.csv").write_text("y")
        with pytest.raises(PermissionError):
            os.remove("in.csv")
    assert Path("in.csv").read_text() == "x"


@pytest.mark.parametrize("argument", [0, -1, None, "a\0b", "", 1.5, b"\xff\xfe"])
def test_strange_arguments_raise_what_they_raise_without_us(project: Path, argument: object) -> None:
    def outcome() -> str:
        try:
            open(argument, "q")  # type: ignore[call-overload]  # noqa: SIM115
        except Exception as error:
            return repr(error)
        return "opened"

    alone = outcome()
    with traced():
        assert outcome() == alone


def test_after_the_body_the_switch_is_off(project: Path) -> None:
    with traced() as trace:
        pass
    assert not active_traces()
    Path("later.txt").write_text("x")
    assert not trace.writes
