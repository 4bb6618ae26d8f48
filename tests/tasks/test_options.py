from __future__ import annotations

from pathlib import Path

import pytest

from nbcellar.errors import UsageError
from nbcellar.model import JSON
from nbcellar.tasks.taskline.line import parse
from nbcellar.tasks.taskline.options import CacheOption, DeclaredInput, DeclaredParam, EnvironmentOption, TaskOptions
from nbcellar.tasks.taskline.retries import Retries


def test_a_name_alone_is_enough() -> None:
    assert parse("clean") == TaskOptions("clean")


def test_every_option_is_read() -> None:
    options = parse(
        'train -> model --in data/*.csv --in table=clean@prod/t.csv -p alpha --param n=3 --match "*.{jpg,png}" '
        "--exclude tmp/ --fresh --all --use db --env xp --new --no-symlink --cache 7d --vars a,b --force "
        "--retries 3:10s..2m --timeout 10m --alias prod --tag stage=final --tag checked --note 'two words' "
        "--on-error drop -q --dry-run --store-in"
    )
    assert options == TaskOptions(
        name="train",
        variable="model",
        inputs=(
            DeclaredInput("data/*.csv", "data/*.csv"),
            DeclaredInput("clean@prod/t.csv", "clean@prod/t.csv", "table"),
        ),
        params=(DeclaredParam("alpha"), DeclaredParam("n", 3, from_namespace=False)),
        match=("*.{jpg,png}",),
        exclude=("tmp/",),
        fresh=True,
        whole_folder=True,
        use=("db",),
        environment=EnvironmentOption("xp", new=True, symlink=False),
        cache=CacheOption(7 * 86400.0, ("a", "b"), force=True),
        retries=Retries(3, (10.0, 120.0)),
        timeout_s=600.0,
        aliases=("prod",),
        tags=(("stage", "final"), ("checked", "")),
        note="two words",
        keep_failed=False,
        quiet=True,
        dry_run=True,
        store_inputs=True,
    )
    assert parse("train --at out").at == "out"


def test_an_equal_sign_joins_an_option_and_its_value() -> None:
    assert parse("a --cache=2h --match=*.csv --in=x=y.csv") == TaskOptions(
        "a", cache=CacheOption(7200.0), match=("*.csv",), inputs=(DeclaredInput("y.csv", "y.csv", "x"),)
    )


def test_the_age_of_a_cache_may_be_left_out() -> None:
    assert parse("a --cache").cache == CacheOption()
    assert parse("--cache a").cache == CacheOption()
    assert parse("--cache 3h a").cache == CacheOption(10800.0)


def test_files_only_keeps_no_names() -> None:
    assert parse("a --cache --files-only").cache == CacheOption(None, ())


def test_force_alone_runs_a_cached_task() -> None:
    assert parse("a --force").cache == CacheOption(force=True)


def test_params_are_typed_as_json_and_else_text() -> None:
    params = parse("a -p i=3 -p f=0.1 -p b=true -p n=null -p l=[1,2] -p s=abc -p q='\"3\"' -p nan=NaN").params
    assert [one.value for one in params] == [3, 0.1, True, None, [1, 2], "abc", "3", "NaN"]


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ('x={"a":1}', {"a": 1}),
        ("""x='{"a": 1}'""", {"a": 1}),
        ('x=["a","b"]', ["a", "b"]),
        ("x=[a-z]*", "[a-z]*"),
        ('x="3"', 3),
    ],
)
def test_json_in_a_line_keeps_quotes_of_its_own(typed: str, value: JSON) -> None:
    assert parse(f"clean -p {typed}").params == (DeclaredParam("x", value, from_namespace=False),)


def test_dollars_stand_for_values_and_braces_for_themselves() -> None:
    namespace: dict[str, object] = {"jpg": 1, "png": 2, "x": Path("a.csv"), "n": 4}
    lookup = lambda text: eval(text, {}, dict(namespace))  # noqa: E731
    options = parse("a --match *.{jpg,png} --in t=$x --in $x -p k=${n + 1} --note 'costs $5' --tag t=v${n}", lookup)
    assert options.match == ("*.{jpg,png}",)
    assert options.inputs == (DeclaredInput("a.csv", Path("a.csv"), "t"), DeclaredInput("a.csv", Path("a.csv")))
    assert options.params[0].value == 5
    assert options.note == "costs $5"
    assert options.tags == (("t", "v4"),)


def test_a_comment_ends_the_line() -> None:
    assert parse("clean --fresh # as it was") == TaskOptions("clean", fresh=True)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "needs a name"),
        ("--fresh", "needs a name"),
        ("clean --frsh", "Did you mean '--fresh'?"),
        ("clean --inptu x", "Unknown option '--inptu'"),
        ("clean up", "one name, but here are 2"),
        ("clean ../x", "one name"),
        ("../x", "not a usable task name"),
        ("a/b", "not a usable task name"),
        ("é", "not a usable task name"),
        ("x" * 129, "not a usable task name"),
        ("3d", "not a usable task name"),
        ("clean ->", "needs the name of a variable"),
        ("clean -> 3", "needs the name of a variable"),
        ("clean --in", "--in needs a value"),
        ("clean --in --fresh", "--in needs a value"),
        ("clean --at a --at b", "--at is given twice"),
        ("clean --fresh=yes", "takes no value"),
        ("clean --retries many", "not a number of retries"),
        ("clean --timeout soon", "not a duration"),
        ("clean --timeout 0s", "leaves no time"),
        ('clean -p x={"a": 1}', "Quote a value that holds blanks"),
        ("clean --on-error explode", "Write --on-error keep"),
        ("clean --note 'open", "not closed"),
        ("clean --note ${1", "not closed"),
        ("clean --in $nothing", "$nothing in the task line could not be read"),
        ("clean --param a-b", "not the name of a parameter"),
        ("clean --alias 3", "not a usable alias"),
        ("clean --alias latest", "the newest version is marked so"),
        ("clean --tag =x", "not a usable tag"),
        ("clean --vars a", "means nothing without --cache"),
        ("clean --new", "means nothing without --env"),
        ("clean --cache --vars a --files-only", "Drop one of them"),
        ("clean --in x=", "names nothing"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_says_that_nothing_ran(line: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(line)
    assert words in str(caught.value)
    assert "The cell was not run." in str(caught.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a --cache 7dd", "'7dd' is not a duration. The cell was not run. Write 30s, 10m, 2h or 7d."),
        ("--cache 1x a", "'1x' is not a duration"),
        ("a --cache --vars x,1y", "--vars: '1y' is not the name of a variable. The cell was not run."),
    ],
)
def test_what_goes_with_a_cache_is_checked(line: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(line)
    assert words in str(caught.value)
