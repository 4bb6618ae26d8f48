"""What holds for every line: options anywhere, streams, exit codes, messages, help."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from nbcellar.frontends.commands.manual import overview, page, usage
from nbcellar.frontends.commands.registry import VERBS, command
from tests.frontends.commands.conftest import Say

NBCELLAR = [sys.executable, "-m", "nbcellar"]


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_help_with_examples_first(verb: str, say: Say) -> None:
    said = say(verb, "--help")
    assert said.code == 0
    text = said.lines
    assert text[0].startswith(f"nbcellar {verb}: ")
    assert text[2] == "Examples"
    assert text[3].startswith(f"  nbcellar {verb}")
    assert say("help", verb).out == said.out == say("-h", verb).out


@pytest.mark.parametrize("verb", VERBS)
def test_each_example_of_the_help_is_a_line_that_is_understood(verb: str) -> None:
    import shlex

    from nbcellar.frontends.commands.parser import parse

    for line, purpose in command(verb).examples:
        words = shlex.split(line.split(" > ")[0])
        assert words[0] == verb
        assert purpose
        assert parse(words).command == command(verb)


def test_help_lists_every_verb_and_exit_code(say: Say) -> None:
    said = say()
    assert said.code == 0
    assert said.out == overview() + "\n" == say("--help").out == say("help").out
    for verb in VERBS:
        assert f"\n  {verb} " in said.out
    assert "\n  130  interrupted" in said.out


def test_usage_shows_what_is_needed_and_what_is_not() -> None:
    assert usage(command("cat")) == "nbcellar cat REF/PATH"
    assert usage(command("log")) == "nbcellar log [NAME] [--since AGE|DATE] [--limit N]"
    assert "-p, --param K=V" in page(command("ls"))


def test_the_version_is_that_of_the_package(say: Say) -> None:
    from importlib.metadata import version

    assert say("--version").out == f"nbcellar {version('nbcellar')}\n"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["lss"], "Did you mean 'ls'"),
        (["frobnicate"], "`nbcellar --help` lists them"),
        (["ls", "--jsn"], "Did you mean '--json'"),
        (["ls", "--sort", "weight"], "cannot take --sort weight: choose from 'date', 'size', 'name'"),
        (["ls", "a", "b"], "`nbcellar ls` does not take 'b'"),
        (["show"], "`nbcellar show` needs REF"),
        (["--jsn", "ls"], "Did you mean '--json'"),
        (["--jsn"], "Did you mean '--json'"),
        (["ls", "--match"], "needs a value for --match"),
        (["ls", "--match", "--json"], "needs a value for --match"),
        (["ls", "--json=yes"], "takes no value for --json"),
        (["ls", "-qx"], "has no option 'x' in '-qx'"),
        (["ls", "--nope"], "See `nbcellar ls --help`"),
        (["ls", "--jsn"], "Did you mean '--json'?"),
        (["cat"], "`nbcellar cat` needs REF/PATH"),
        (["ls", "--", "-a", "--b"], "`nbcellar ls` does not take '--b'"),
        (["ls", "-x"], "See `nbcellar ls --help`"),
        (["ls", "not a ref!"], "is not an asset reference"),
        (["ls", "--since", "yesterday"], "is neither an age nor a date"),
        (["ls", "--since", "2026-99-01"], "is no date"),
        (["log", "--limit", "many"], "takes a number"),
        (["ls", "-p", "=3"], "has no name"),
        (["--store", "https://x.org/s", "ls"], "cannot lie at https"),
        (["restore", "train", "a b/c"], "stands behind it: `nbcellar restore train/'a b/c'`."),
        (["restore", "train", "--force"], "`--overwrite replace` replaces what is in the way"),
        (["note", "train", "two", "words"], 'into quotes: `nbcellar note train "…"`'),
        (["free", "10", "GB"], "as one word: `nbcellar free 10GB`"),
        (["trash", "train"], "`nbcellar trash --put-back train`"),
        (["cat"], "For example `nbcellar cat train/metrics.json`"),
        (["tag", "train"], "For example `nbcellar tag train stage=final checked`"),
        (["checkout", "train"], "Here it is `nbcellar restore`"),
        (["fsck"], "Here it is `nbcellar check`"),
    ],
)
def test_a_line_that_cannot_be_meant_ends_with_2(say: Say, words: list[str], hint: str) -> None:
    said = say(*words)
    assert (said.code, said.out) == (2, "")
    assert hint in said.err


def test_what_is_said_of_a_slip_is_a_line_that_is_understood() -> None:
    from nbcellar.frontends.commands.parser import parse
    from nbcellar.frontends.commands.registry import OF_OTHERS, VERBS, command

    assert set(OF_OTHERS.values()) <= set(VERBS) and not set(OF_OTHERS) & set(VERBS)
    said = [text.format("one", "two") for verb in VERBS for text in command(verb).slips.values()]
    lines = [line for text in said for line in re.findall("`nbcellar ([^`]+)`", text)]
    assert len(lines) > 12
    for line in lines:
        parse(shlex.split(line))


def test_global_options_stand_anywhere(kept: Path, say: Say) -> None:
    expected = say("ls", "results", "--json").out
    assert json.loads(expected)["schema"] == "nbcellar/ls/1"
    assert say("--json", "ls", "results").out == expected
    assert say("ls", "--json", "results").out == expected


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("diff a b c", {"a": "a", "b": "b", "path": "c"}),
        ("diff a", {"a": "a", "b": "", "path": ""}),
        ("diff --match x a --match=y b", {"a": "a", "b": "b", "match": ["x", "y"]}),
        ("save a b --name n c", {"path": ["a", "b", "c"], "name": "n"}),
        ("save --name one --name=two", {"path": [], "name": "two"}),
        ("save --name=a=", {"name": "a="}),
        ("save -- -a --name", {"path": ["-a", "--name"], "name": ""}),
        ("save - a", {"path": ["-", "a"]}),
        ("ls -p k=v -pa=b -p=c=d", {"param": ["k=v", "a=b", "c=d"]}),
        ("ls -qv x", {"what": "x", "quiet": True, "verbose": True, "json": False}),
        ("ls -qpk=v", {"quiet": True, "param": ["k=v"]}),
    ],
)
def test_places_and_options_are_read_in_any_order(line: str, values: dict[str, object]) -> None:
    from nbcellar.frontends.commands.parser import parse

    given = parse(line.split()).given.values
    assert {key: given[key] for key in values} == values


def test_another_store_is_meant_by_its_folder_or_url(kept: Path, say: Say, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    assert say("--store", str(elsewhere), "save", "results").code == 0
    assert [one["run_count"] for one in _names(say("ls", "--json", "--store", elsewhere.as_uri()).out)] == [1]
    assert [one["run_count"] for one in _names(say("ls", "--json").out)] == [2]


def _names(text: str) -> list[dict[str, int]]:
    found: list[dict[str, int]] = json.loads(text)["names"]
    return found


def test_data_goes_to_stdout_and_messages_to_stderr_unless_quiet(kept: Path, say: Say) -> None:
    said = say("rm", "results@1")
    assert said.out == "removed results@1\n"
    assert "trash --put-back results@1" in said.err
    assert say("rm", "results@2", "--quiet").err == ""


def test_an_error_is_json_where_json_was_asked_for(say: Say) -> None:
    said = say("show", "nothing", "--json")
    assert (said.code, said.out) == (3, "")
    error = json.loads(said.err)
    assert error["schema"] == "nbcellar/error/1"
    assert error["error"] == "NotFoundError"
    assert error["exit_code"] == 3


def test_verbose_says_where_an_error_came_from(say: Say) -> None:
    assert "Traceback" not in say("show", "nothing").err
    assert "Traceback" in say("show", "nothing", "-v").err


def test_reading_makes_no_store(say: Say, project: Path) -> None:
    for line in ("ls", "log", "trash", "du", "config"):
        assert say(line).code == 0, line
    assert say("check").code == 3
    assert not (project / ".cellar").exists()


def test_names_cannot_steer_the_terminal(project: Path, say: Say) -> None:
    for name in (b"a\x1b[31mred", b"caf\xe9", b"new\nline", "‮x".encode()):
        (project / os.fsdecode(name)).write_text("x")
    said = say("save", "--name", "odd")
    assert say("ls", "odd@1").code == 0
    text = said.out + said.err + say("ls", "odd@1").out + say("show", "odd").out + say("cat", "odd/none").err
    assert not set(text) & {"\x1b", "‮", "\r", "\x07"}
    assert "a\\x1b[31mred" in text
    files = say("ls", "odd@1", "--json").json["files"]
    assert isinstance(files, list)
    assert {"path_b64"} <= {key for one in files if isinstance(one, dict) for key in one}
