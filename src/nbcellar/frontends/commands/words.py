"""The words after a verb, sorted to its arguments: places and options in any order, as people mix them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nbcellar.errors import UsageError
from nbcellar.frontends.commands.command import Argument, Command, Count
from nbcellar.lighttypes import NoReturn

Value = str | bool | list[str]

_SEVERAL = (Count.MANY, Count.SOME)
_NEEDED = (Count.ONE, Count.SOME)


class Words:
    """Reads one line for one verb; every option in it must be one of these.

    Args:
        verb: Whose messages name it.
        arguments: Its own, and those that every verb takes.
    """

    def __init__(self, verb: Command, arguments: Sequence[Argument]) -> None:
        self._verb = verb
        self._arguments = arguments
        self._options = {name: one for one in arguments if one.option for name in (one.name, one.short) if name}
        self._places: list[str] = []
        self._given: set[str] = set()
        self._values: dict[str, Value] = {one.key: _nothing(one) for one in arguments}

    def read(self, words: Iterable[str]) -> dict[str, Value]:
        """What each argument was given, by its key.

        Raises:
            UsageError: A word too many or too few, an option without its value, or one that is not among its choices.
        """
        rest = iter(words)
        for word in rest:
            if word == "--":
                self._places.extend(rest)
            elif word.startswith("-") and word != "-":
                self._read_option(word, rest)
            else:
                self._places.append(word)
        self._share_out()
        return self._values

    def _read_option(self, word: str, rest: Iterable[str]) -> None:
        name, equals, value = (
            word.partition("=") if word.startswith("--") else (word[:2], word[2:], word[2:].removeprefix("="))
        )
        option = self._options[name]
        if option.count is Count.FLAG:
            if equals and word.startswith("--"):
                self._refuse(f"takes no value for {name}")
            self._values[option.key] = True
            if equals and f"-{value[:1]}" not in self._options:
                self._refuse(f"has no option {value[:1]!r} in {word!r}")
            if equals:  # -qv
                self._read_option(f"-{value}", rest)
            return
        if not equals:
            value = next(iter(rest), "--")
            if value.startswith("-") and value != "-":
                self._refuse(f"needs a value for {option.name}")
        self._take(option, value)

    def _take(self, option: Argument, value: str) -> None:
        self._check_not_empty(option, value)
        if option.choices and value not in option.choices:
            listed = ", ".join(map(repr, option.choices))
            self._refuse(f"cannot take {option.name} {value}: choose from {listed}")
        self._given.add(option.key)
        several = self._values[option.key]
        if isinstance(several, list):
            several.append(value)
        else:
            self._values[option.key] = value

    def _check_not_empty(self, one: Argument, value: str) -> None:
        if not value:
            hint = "Leave it out, or give it a value. Is a variable of the shell not set?"
            self._refuse(f"was given an empty text for {one.name}", hint)

    def _share_out(self) -> None:
        """Give the places their words: each what it needs, the first that may have more all the rest."""
        places = [one for one in self._arguments if not one.option]
        needed = [one.count in _NEEDED for one in places]
        must = [one for one in self._arguments if one.option and one.count is Count.ONE]
        missing = [one.name for one in must if one.key not in self._given]
        words = self._places
        if len(words) < sum(needed):
            missing = [one.name for one in places if one.count in _NEEDED][len(words) :] + missing
        if missing:
            self._refuse(f"needs {', '.join(missing)}", f"For example `nbcellar {self._verb.examples[0][0]}`.")
        at = 0
        for number, one in enumerate(places):
            free = len(words) - at - sum(needed[number + 1 :])
            count = free if one.count in _SEVERAL else min(free, 1)
            if one.count in _SEVERAL:
                self._values[one.key] = words[at : at + count]
            elif count:
                if one.count is Count.OPTIONAL:  # an empty text is not the same as none
                    self._check_not_empty(one, words[at])
                self._values[one.key] = words[at]
            at += count
        if at < len(words):
            self._refuse(f"does not take {' '.join(words[at:])!r}", self._of_a_word_too_many())

    def _of_a_word_too_many(self) -> str:
        from shlex import quote  # only for people who mistyped

        return self._verb.slips.get("", "").format(*map(quote, self._places))

    def _refuse(self, why: str, hint: str = "") -> NoReturn:
        whose = f"nbcellar {self._verb.name}"
        raise UsageError(f"`{whose}` {why}.", hint=hint or f"See `{whose} --help`.")


def _nothing(one: Argument) -> Value:
    if one.count is Count.FLAG:
        return False
    return [] if one.count in _SEVERAL else ""
