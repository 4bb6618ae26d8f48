"""Which names of an asset are meant: globs as people write them, compiled once.

The language: ``{a,b}`` alternatives, also nested, are expanded first; ``**`` as a whole segment stands for zero or more
segments; ``*``, ``?`` and ``[a-z]`` never cross a ``/``; case counts; a leading dot is nothing special; an unbalanced
brace stands for itself; an empty pattern matches nothing. ``a/**`` also matches ``a`` itself.
"""

from __future__ import annotations

import fnmatch
import os
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import pairwise

from nbcellar.errors import UsageError
from nbcellar.lightclasses import dataclass, field
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.model import Entry

if TYPE_CHECKING:
    from nbcellar.store.packs.manifests import Manifest

MOST_ALTERNATIVES = 1000


@dataclass(frozen=True, slots=True)
class Glob:
    """One or more patterns; a name that any of them matches is meant.

    Attributes:
        patterns: As they were written. None at all mean every name.
        prefix: What every matching name begins with.
        needles: Every matching name holds one of these; none where nothing can be said.
    """

    patterns: tuple[str, ...] = ()
    prefix: bytes = field(init=False)
    needles: tuple[bytes, ...] = field(init=False, compare=False)
    _bytes: re.Pattern[bytes] | None = field(init=False, repr=False, compare=False)
    _text: re.Pattern[str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        alternatives = [way for pattern in self.patterns for way in _normal(_expand(_as_names(pattern)))]
        joined = "|".join(_regex(way) for way in alternatives) if alternatives else "(?!)" if self.patterns else ".*"
        # One byte is not one character: only patterns that count characters need names decoded.
        counts = any(sign in segment for way in alternatives for segment in way for sign in "?[")
        source = rf"(?s:{joined})"
        object.__setattr__(self, "_text", re.compile(source) if counts else None)
        object.__setattr__(self, "_bytes", None if counts else re.compile(_raw(source)))
        begins = os.path.commonprefix([_literal(way) for way in alternatives])  # noqa: RUF071  by characters
        object.__setattr__(self, "prefix", _raw(begins))
        needles = {_raw(_longest_literal(way)) for way in alternatives}
        object.__setattr__(self, "needles", () if b"" in needles else tuple(sorted(needles)))

    @classmethod
    def of(cls, match: Glob | str | Iterable[str] | None) -> Glob:
        """A glob from what a ``match=`` argument takes; None means every name.

        Raises:
            UsageError: It is no pattern, or stands for more than a thousand.
        """
        if isinstance(match, Glob):
            return match
        patterns = (match,) if isinstance(match, str) else () if match is None else tuple(match)
        for pattern in patterns:
            if not isinstance(pattern, str):
                raise UsageError(f"match={pattern!r} is no pattern.", hint="Give a text such as '**/*.{jpg,png}'.")
        return cls(patterns)

    @classmethod
    def at(cls, path: str) -> Glob:
        """What the path of a reference means: a pattern, or a file or folder with all that is in it."""
        return cls((path,) if any(sign in path for sign in "*?[{") else (path, f"{path.rstrip('/')}/**"))

    @property
    def everything(self) -> bool:
        """Whether it leaves nothing out."""
        return not self.patterns

    def matches(self, name: bytes) -> bool:
        """Whether this name is meant."""
        if self._bytes is not None:
            return self._bytes.fullmatch(name) is not None
        assert self._text is not None
        return self._text.fullmatch(_spelled(name)) is not None

    def among(self, names: Iterable[bytes]) -> list[bytes]:
        """Those of the names that are meant, in their order."""
        if self._bytes is not None:
            matched = self._bytes.fullmatch
            return [name for name in names if matched(name)]
        assert self._text is not None
        matched_text = self._text.fullmatch
        return [name for name in names if matched_text(_spelled(name))]

    def select(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Those of the entries that are meant, in their order."""
        return iter(entries) if self.everything else (entry for entry in entries if self.matches(entry.name))

    def __str__(self) -> str:
        return " ".join(self.patterns) or "**"


def _spelled(name: bytes) -> str:
    """A name in characters, the same under every locale: of UTF-8, and single bytes where it is none."""
    return name.decode("utf-8", "surrogateescape")


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _as_names(pattern: str) -> str:
    """A pattern spelled as names are, whatever the locale made of the bytes that somebody typed."""
    try:
        return _spelled(os.fsencode(pattern))
    except UnicodeEncodeError:  # a locale that cannot spell it did not make it
        pass
    try:
        return _spelled(_raw(pattern))
    except UnicodeEncodeError as error:
        raise UsageError(f"{pattern!r} is no pattern: no name holds such a character.") from error


def _expand(pattern: str) -> list[str]:
    """Every pattern without braces that this one stands for."""
    span = _outer_braces(pattern)
    if span is None:
        return [pattern]
    start, commas, end = span
    cuts = [start, *commas, end]
    middles = [way for a, b in pairwise(cuts) for way in _expand(pattern[a + 1 : b])]
    tails = _expand(pattern[end + 1 :])
    if len(middles) * len(tails) > MOST_ALTERNATIVES:
        raise UsageError(
            f"{pattern!r} stands for more than {MOST_ALTERNATIVES} patterns.",
            hint="Use fewer braces, or several --match.",
        )
    return [pattern[:start] + middle + tail for middle in middles for tail in tails]


def _outer_braces(pattern: str) -> tuple[int, list[int], int] | None:
    """Places of the first balanced brace, its own commas and its end."""
    for start in (at for at, sign in enumerate(pattern) if sign == "{"):
        depth = 0
        commas: list[int] = []
        for at in range(start, len(pattern)):
            if pattern[at] == "{":
                depth += 1
            elif pattern[at] == "}":
                depth -= 1
                if not depth:
                    return start, commas, at
            elif pattern[at] == "," and depth == 1:
                commas.append(at)
    return None


def _normal(ways: list[str]) -> list[list[str]]:
    """Each pattern as segments, without ``.`` and ``//``; empty and absolute ones match nothing."""
    found = []
    for way in ways:
        segments: list[str] = []
        for segment in way.split("/"):
            if segment not in ("", ".") and not (segment == "**" and segments[-1:] == ["**"]):
                segments.append(segment)
        if segments and not way.startswith("/"):
            found.append(segments)
    return found


def _literal(segments: list[str]) -> str:
    text = ""
    for at, segment in enumerate(segments):
        if any(sign in segment for sign in "*?["):
            # Before a ``**`` the slash goes too: ``a/**`` matches ``a``.
            return text.rstrip("/") if segment == "**" else text + re.split(r"[*?\[]", segment, maxsplit=1)[0]
        text += segment + ("/" if at < len(segments) - 1 else "")
    return text


def _longest_literal(segments: list[str]) -> str:
    """The longest text that every matching name holds; what stands behind a bracket may be a class, and is not it."""
    parts = [part for segment in segments for part in re.split(r"[*?]", segment.partition("[")[0])]
    return max(parts, key=len, default="")


def _regex(segments: list[str]) -> str:
    """A pattern whose every ``**`` but the last takes the first place that fits: the next covers what follows."""
    runs = _runs(segments)
    rest = ""
    if len(runs) > 1 and not runs[-1]:  # it ends with ``**``
        rest = "(?:/.*)?"
        runs.pop()
    bodies = ["/".join(_segment(segment) for segment in run) for run in runs]
    if len(bodies) == 1:
        return bodies[0] + rest if bodies[0] else ".*"
    middle = "".join(f"(?>(?:[^/]+/)*?{body}/)" for body in bodies[1:-1])
    return f"{bodies[0]}{'/' if bodies[0] else ''}{middle}(?:.*/)?{bodies[-1]}{rest}"


def _runs(segments: list[str]) -> list[list[str]]:
    runs: list[list[str]] = [[]]
    for segment in segments:
        if segment == "**":
            runs.append([])
        else:
            runs[-1].append(segment)
    return runs


def _segment(text: str) -> str:
    chunks = [_characters(chunk) for chunk in _split_stars(text)]
    if len(chunks) == 1:
        return chunks[0]
    middle = "".join(f"(?>[^/]*?{chunk})" for chunk in chunks[1:-1] if chunk)
    return f"{chunks[0]}{middle}[^/]*{chunks[-1]}"


def _split_stars(text: str) -> list[str]:
    chunks, at = [""], 0
    while at < len(text):
        end = _class_end(text, at) if text[at] == "[" else at + 1
        if text[at] == "*":
            chunks.append("")
        else:
            chunks[-1] += text[at:end]
        at = end
    return chunks


def _class_end(text: str, start: int) -> int:
    """Behind the ``]`` that closes the ``[`` at ``start``; just behind the ``[`` where nothing closes it."""
    at = start + 1 + (text[start + 1 : start + 2] == "!")
    at += text[at : at + 1] == "]"
    end = text.find("]", at)
    return end + 1 if end >= 0 else start + 1


def _characters(chunk: str) -> str:
    source, at = "", 0
    while at < len(chunk):
        end = _class_end(chunk, at) if chunk[at] == "[" else at + 1
        if end > at + 1:
            whole = fnmatch.translate(chunk[at:end])  # (?s:[a-z])\Z
            source += f"(?!/){whole[4:-3]}"
        else:
            source += "[^/]" if chunk[at] == "?" else re.escape(chunk[at])
        at = end
    return source


def selected(manifest: Manifest, glob: Glob) -> Iterator[Entry]:
    """The entries of a manifest that a glob means; only the part that can match is read."""
    if glob.prefix or glob.everything:
        yield from glob.select(manifest.starting(glob.prefix) if glob.prefix else manifest)
        return
    for block in manifest.blocks_naming(glob.needles):  # names alone first: of a million entries few are meant
        for name in glob.among(block.names):
            yield block.entry(bisect_left(block.names, name))
