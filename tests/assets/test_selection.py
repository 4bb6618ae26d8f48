"""The glob language, by its documented examples and against a plain reference."""

from __future__ import annotations

import fnmatch
import os
import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nbcellar.assets.selection import Glob
from nbcellar.errors import UsageError


def reference(pattern: str, name: str) -> bool:
    """The documented rules, word by word, as slowly as they come."""
    return any(not way.startswith("/") and fits(parts(way), name.split("/")) for way in expanded(pattern) if parts(way))


def parts(way: str) -> list[str]:
    return [segment for segment in way.split("/") if segment not in ("", ".")]


def expanded(pattern: str) -> list[str]:
    for start, sign in enumerate(pattern):
        if sign != "{":
            continue
        depth, cuts = 0, [start]
        for at in range(start, len(pattern)):
            depth += (pattern[at] == "{") - (pattern[at] == "}")
            if depth == 1 and pattern[at] == ",":
                cuts.append(at)
            if depth == 0:
                cuts.append(at)
                inner = [pattern[a + 1 : b] for a, b in pairwise(cuts)]
                return [way for one in inner for way in expanded(pattern[:start] + one + pattern[at + 1 :])]
    return [pattern]


def fits(pattern: list[str], name: list[str]) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "**":
        return any(fits(pattern[1:], name[at:]) for at in range(len(name) + 1))
    return bool(name) and fnmatch.fnmatchcase(name[0], pattern[0]) and fits(pattern[1:], name[1:])


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("**/*.{jpg,png}", ["x.jpg", "a/b/x.png", "a/.x.png"], ["x.gif", "x.jpg/y", "x.JPG"]),
        ("*.md", ["a.md", ".md"], ["a/x.md"]),
        ("images/*.{jpg,png}", ["images/1.jpg"], ["images/s/1.jpg", "1.jpg"]),
        ("a/**", ["a", "a/b", "a/b/c"], ["ab", "b/a"]),
        ("**", ["a", "a/b", ".x"], []),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["ab", "a/xb", "a/b/c"]),
        ("{a,{b,c}}/x", ["a/x", "b/x", "c/x"], ["d/x"]),
        ("{a/b,c}.t", ["a/b.t", "c.t"], ["a.t"]),
        ("a{b", ["a{b"], ["ab", "a"]),
        ("a}b", ["a}b"], ["ab"]),
        ("./a//b/", ["a/b"], ["a", "a/b/c"]),
        ("[!a]x", ["bx"], ["ax", "/x"]),
        ("a[b/c]d", ["a[b/c]d"], ["abd"]),
        ("?", ["a", "é"], ["", "ab", "/"]),
        ("??", ["ab", "éa"], ["é", "a", "a/b"]),
        ("caf?.txt", ["café.txt"], ["cafés.txt"]),
        ("caf[é].txt", ["café.txt"], ["cafe.txt"]),
        ("", [], ["", "a"]),
        ("/a", [], ["a", "/a"]),
        ("**/a/**", ["a", "x/a", "x/a/y", "a/y"], ["xa/y", "b"]),
        ("**/a/**/**", ["a", "x/a/b/c"], ["b"]),
        ("line\nbreak*", ["line\nbreak", "line\nbreak\n"], ["line"]),
    ],
)
def test_the_documented_language(pattern: str, yes: list[str], no: list[str]) -> None:
    glob = Glob.of(pattern)
    assert [name for name in yes if not glob.matches(name.encode())] == []
    assert [name for name in no if glob.matches(name.encode())] == []


PIECES = st.sampled_from(
    ["a", "b", "é", ".", "*", "**", "?", "/", "/", "{", "}", ",", "[", "]", "!", "-", "[ab]", "{a,b}", "**/"]
)
NAMES = st.lists(st.text("ab.é{[]-\n", min_size=1, max_size=4), min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize("count", [500, pytest.param(20_000, marks=pytest.mark.long)])
def test_it_agrees_with_the_plain_reference(count: int) -> None:
    @settings(max_examples=count, deadline=None)
    @given(st.lists(PIECES, max_size=8).map("".join), st.lists(NAMES, min_size=1, max_size=8))
    @example("??", ["é"])
    @example("**/**/a*b*a", ["a/ab/abba"])
    @example("{a,b}{a,b}/[!]]", ["ab/a"])
    def agrees(pattern: str, names: list[str]) -> None:
        glob = Glob.of(pattern)
        expected = [name.encode() for name in names if reference(pattern, name)]
        assert glob.among([name.encode() for name in names]) == expected
        assert all(name.startswith(glob.prefix) for name in expected)

    agrees()


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "ascii"])
def test_the_locale_does_not_change_what_is_meant(locale: str) -> None:
    """Under ``ascii`` the command line gives bytes for what it cannot spell, and files are named by them."""
    plain = {"PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"} if locale == "ascii" else {}
    environment = {**os.environ, "LC_ALL": "C" if locale == "ascii" else locale, **plain}
    program = (
        "import sys; from nbcellar.assets.selection import Glob; names = [b'caf\\xc3\\xa9', b'caf\\xe9', b'cafes']; "
        "print([Glob.of(pattern).among(names) for pattern in (*sys.argv[1:], 'caf\\xe9', '\\xe9', '*\\xe9')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *(pattern.encode() for pattern in ("caf?", "café", "caf[é]", "*é"))],
        env=environment,
        capture_output=True,
        text=True,
    )
    both, one = [b"caf\xc3\xa9", b"caf\xe9"], [b"caf\xc3\xa9"]
    assert (done.stdout, done.stderr) == (f"{[both, one, one, one, one, [], one]}\n", "")


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=8).map("".join), st.lists(NAMES, min_size=1, max_size=8))
@example("{a,b}c*", ["ac"])
@example("a[b]c", ["abc"])
@example("{", ["{"])
def test_every_name_that_is_meant_holds_one_of_the_needles(pattern: str, names: list[str]) -> None:
    glob = Glob.of(pattern)
    for name in glob.among([name.encode() for name in names]):
        assert not glob.needles or any(needle in name for needle in glob.needles)


def test_needles_are_the_longest_texts() -> None:
    assert Glob.of("**/*.{jpg,png}").needles == (b".jpg", b".png")
    assert Glob.of("plots/*/é?.npz").needles == (b"plots",)
    assert Glob.of(["*.txt", "*"]).needles == Glob.of("[ab]*").needles == Glob.of(None).needles == ()


def test_several_patterns_are_joined_and_none_means_everything() -> None:
    names = [b"a.md", b"b.txt", b"c/d.md", b"\xff"]
    assert Glob.of(["*.md", "c/*"]).among(names) == [b"a.md", b"c/d.md"]
    assert Glob.of(None).among(names) == names
    assert Glob.of([]).everything


def test_names_that_are_not_utf8_are_matched_by_their_bytes() -> None:
    name = b"caf\xe9.txt"
    assert Glob.of("*.txt").matches(name)
    assert Glob.of("caf?.txt").matches(name)
    assert Glob.of(os.fsdecode(name)).matches(name)


@pytest.mark.parametrize("pattern", ["{a,b}" * 11, "{" * 3 + "a," * 1001 + "}" * 3])
def test_a_pattern_that_stands_for_too_many_is_refused(pattern: str) -> None:
    with pytest.raises(UsageError, match="more than 1000"):
        Glob.of(pattern)


def test_a_character_that_no_name_holds_is_refused() -> None:
    with pytest.raises(UsageError, match="no name holds"):
        Glob.of("\ud800")


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(UsageError, match="match=3 is no pattern"):
        Glob.of([3])  # type: ignore[list-item]


def test_a_hundred_thousand_names_are_matched() -> None:
    names = [f"run-{n % 100}/plots/{n}.{'png' if n % 3 else 'npz'}".encode() for n in range(100_000)]
    for pattern, count in [("**/*.{jpg,png}", 66_666), ("run-7/**", 1000), ("**/plots/**/?.npz", 4)]:
        assert len(Glob.of(pattern).among(names)) == count


@pytest.mark.timeout(120)  # a backtracking matcher would need longer than the universe
def test_a_hostile_pattern_ends() -> None:
    assert not Glob.of("**/" + "*a" * 30 + "b").matches(("a" * 200 + "/").encode() * 3 + b"a")
    assert not Glob.of("**/a/" * 15 + "b").matches(b"a/" * 60 + b"c")
