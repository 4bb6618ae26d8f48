"""What a verb is: its arguments, its examples, and the function that answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import cached_property
from pathlib import Path

from nbcellar.errors import UsageError
from nbcellar.frontends.commands.answer import Answer
from nbcellar.lightclasses import dataclass, field
from nbcellar.lighttypes import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from nbcellar.store import Cellar


class Count(Enum):
    """How often an argument comes."""

    ONE = "one"
    OPTIONAL = "optional"
    MANY = "many"
    SOME = "some"  # one at least
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Argument:
    """A place or an option of a verb.

    Attributes:
        name: ``REF`` for a place, ``--match`` for an option.
        help: One clause, no full stop.
        metavar: What stands for an option's value.
        short: The option's one-letter form, such as ``-p``.
        choices: The only values, where they are closed.
        kind: What completes it: ``ref``, ``name``, ``file``, ``workflow`` or nothing.
    """

    name: str
    help: str
    count: Count = Count.OPTIONAL
    metavar: str = ""
    short: str = ""
    choices: tuple[str, ...] = ()
    kind: str = ""

    @property
    def option(self) -> bool:
        """Whether it is an option, not a place."""
        return self.name.startswith("-")

    @property
    def key(self) -> str:
        """The name under which `Given` has it."""
        return self.name.lstrip("-").replace("-", "_").lower()


Values: TypeAlias = Mapping[str, "str | bool | list[str]"]


@dataclass
class Given:
    """What somebody gave a verb on a line, and where it is to work."""

    values: Values
    store_url: str = ""
    yes: bool = False
    quiet: bool = False
    verbose: bool = False
    folder: Path = field(default_factory=Path.cwd)

    def text(self, key: str) -> str:
        """One value; empty where it was not given."""
        value = self.values.get(key, "")
        assert isinstance(value, str), key
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Every value."""
        value = self.values.get(key, [])
        assert isinstance(value, list), key
        return tuple(value)

    def flag(self, key: str) -> bool:
        """Whether it was said."""
        return self.values.get(key, False) is True

    def number(self, key: str) -> int | None:
        """A whole number, 0 or more; None where it was not given.

        Raises:
            UsageError: It is none.
        """
        text = self.text(key)
        if text and not (text.isascii() and text.isdigit()):
            raise UsageError(f"--{key.replace('_', '-')} takes a number, not {text!r}.")
        return int(text) if text else None

    def pairs(self, key: str) -> dict[str, str]:
        """``k=v`` arguments; a bare ``k`` has an empty value.

        Raises:
            UsageError: A name is empty.
        """
        found = {}
        for text in self.texts(key):
            name, _, value = text.partition("=")
            if not name:
                raise UsageError(f"{text!r} has no name before the '='.", hint="Write NAME=VALUE.")
            found[name] = value
        return found

    @cached_property
    def cellar(self) -> Cellar:
        """The cellar that is meant: ``--store``, else the one that belongs to the folder."""
        from nbcellar.frontends.commands.place import cellar_at

        return cellar_at(self.store_url, self.folder)


@dataclass(frozen=True, slots=True)
class Command:
    """A verb.

    Attributes:
        name: As it is typed.
        summary: What it does, one sentence.
        examples: Lines after ``nbcellar``, each with what it is for.
        call: Answers.
        python: The spelling in Python; empty where there is none.
        slips: What to say of an option that other tools have, by its name; and, under an empty name, of a word too
            many, with ``{0}`` and ``{1}`` for the first words.
    """

    name: str
    summary: str
    examples: tuple[tuple[str, str], ...]
    arguments: tuple[Argument, ...]
    call: Callable[[Given], Answer]
    python: str = ""
    slips: Mapping[str, str] = field(default_factory=dict)
