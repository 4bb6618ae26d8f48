"""A task line, read: its words become the options of a task."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NoReturn, TypeAlias, TypeVar

from nbcellar.errors import UsageError, did_you_mean
from nbcellar.model import JSON, NAME, LabelKind, check_alias, check_label, check_name
from nbcellar.tasks.context.results import as_json
from nbcellar.tasks.taskline.durations import is_duration, parse_duration, parse_limit
from nbcellar.tasks.taskline.options import CacheOption, DeclaredInput, DeclaredParam, EnvironmentOption, TaskOptions
from nbcellar.tasks.taskline.retries import Retries, parse_retries
from nbcellar.tasks.taskline.words import NOT_RUN, Lookup, Word, split_words

FLAGS = (
    "--fresh", "--all", "--new", "--no-symlink", "--files-only", "--force", "--quiet", "--dry-run", "--store-in",
)  # fmt: skip
ONCE = ("--at", "--env", "--vars", "--retries", "--timeout", "--note", "--on-error", "--cache")
MANY = ("--in", "--param", "--match", "--exclude", "--use", "--alias", "--tag")
SHORT = {"-p": "--param", "-q": "--quiet"}
OPTIONS = (*MANY, *ONCE, *FLAGS)
Given: TypeAlias = dict[str, list[Word]]


def no_names(expression: str) -> object:
    """The lookup of a line that stands in no namespace."""
    raise NameError(f"name {expression!r} is not defined")


def parse(line: str, lookup: Lookup = no_names) -> TaskOptions:
    """Read a task line, without its ``%%task``.

    Args:
        line: As typed.
        lookup: Evaluates what stands behind ``$``.

    Raises:
        UsageError: A name is missing or unusable, an option unknown or incomplete; the message says so and that the
            cell was not run.
    """
    try:
        given, names = _sort_words(split_words(line, lookup))
        return _options(given, names)
    except UsageError as error:
        raise UsageError(error.message, saved=NOT_RUN, hint=error.hint) from error.__cause__


def _sort_words(words: list[Word]) -> tuple[Given, list[str]]:
    """The values of each option, and the words that belong to none (``->`` with the word behind it)."""
    given: Given = {}
    names: list[str] = []
    rest = list(reversed(words))
    while rest:
        word = rest.pop()
        if word.quoted or not word.text.startswith("-") or word.text == "->":
            names.append(word.text)
            continue
        option, attached = _option(word)
        if option in FLAGS:
            if attached is not None:
                raise UsageError(f"{option} takes no value.")
            given[option] = []
            continue
        if option in ONCE and option in given:
            raise UsageError(f"{option} is given twice.")
        value = attached if attached is not None else _next_value(option, rest)
        given.setdefault(option, []).extend([value] if value is not None else [])
    return given, names


def _option(word: Word) -> tuple[str, Word | None]:
    split = word.split_at("=")
    typed, attached = (word.text, None) if split is None else split
    option = SHORT.get(typed, typed)
    if option not in OPTIONS:
        raise UsageError(
            f"Unknown option {typed!r}.",
            hint=did_you_mean(typed, (*OPTIONS, *SHORT)) or "`%%task?` lists the options.",
        )
    return option, attached


def _next_value(option: str, rest: list[Word]) -> Word | None:
    if option == "--cache":  # its age may be left out, and the task's name may follow
        return rest.pop() if rest and _begins_with_number(rest[-1].text) else None
    if not rest or (not rest[-1].quoted and re.match(r"--?[A-Za-z]|->", rest[-1].text)):
        raise UsageError(f"{option} needs a value.", hint="`%%task?` shows examples.")
    return rest.pop()


def _begins_with_number(text: str) -> bool:
    """Whether a word is meant as an age: no name begins so."""
    return is_duration(text) or text[:1].isdigit()


def _options(given: Given, names: list[str]) -> TaskOptions:
    name, variable = _names(names)
    if "--fresh" in given and "--at" in given:
        raise UsageError("--fresh runs in a new folder, and --at looks at another one.", hint="Drop one of them.")
    return TaskOptions(
        name=name,
        variable=variable,
        inputs=tuple(map(declared_input, given.get("--in", ()))),
        params=tuple(map(_param, given.get("--param", ()))),
        match=_texts(given, "--match"),
        exclude=_texts(given, "--exclude"),
        fresh=True if "--fresh" in given else None,
        whole_folder="--all" in given,
        at=_text(given, "--at"),
        use=tuple(check_name(word, "resource") for word in _texts(given, "--use")),
        environment=_environment(given),
        cache=_cache(given),
        retries=_read(given, "--retries", parse_retries, Retries(0, (0.0, 0.0))),
        timeout_s=_read(given, "--timeout", parse_limit, None),
        aliases=tuple(check_alias(word) for word in _texts(given, "--alias")),
        tags=tuple(map(_tag, _texts(given, "--tag"))),
        note=checked_note(_text(given, "--note")),
        keep_failed=_read(given, "--on-error", _on_error, True),
        quiet="--quiet" in given,
        dry_run="--dry-run" in given,
        store_inputs="--store-in" in given,
    )


def _names(names: list[str]) -> tuple[str, str]:
    variable = ""
    if "->" in names:
        at = names.index("->")
        if at + 1 == len(names) or not names[at + 1].isidentifier() or keyword.iskeyword(names[at + 1]):
            raise UsageError("`->` needs the name of a variable behind it.", hint="Write `%%task clean -> cleaned`.")
        variable = names[at + 1]
        names = names[:at] + names[at + 2 :]
    if not names:
        raise UsageError("A task needs a name.", hint="Write `%%task NAME`; the name finds its files again.")
    if len(names) > 1:
        _refuse_words(names)
    return check_name(names[0], "task name"), variable


def _refuse_words(names: list[str]) -> NoReturn:
    joined = "_".join(names)
    raise UsageError(
        f"A task has one name, but here are {len(names)}: {' '.join(names)}.",
        hint=f"{f'Write {joined}, or quote' if NAME.fullmatch(joined) else 'Quote'} a value that holds blanks.",
    )


def declared_input(word: Word) -> DeclaredInput:
    """Read ``[ALIAS=]REF``."""
    split = word.split_at("=")
    if split is not None and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", split[0]):
        alias, rest = split
        if not rest.text:
            raise UsageError(f"--in {alias}= names nothing.")
        return DeclaredInput(rest.text, rest.value, alias)
    if not word.text:
        raise UsageError("--in names nothing.")
    return DeclaredInput(word.text, word.value)


def _param(word: Word) -> DeclaredParam:
    split = word.split_at("=")
    name, rest = (word.text, None) if split is None else split
    if not name.isidentifier():
        raise UsageError(f"{name!r} is not the name of a parameter.", hint="Write --param alpha or --param alpha=0.1.")
    if rest is None:
        return DeclaredParam(name)
    return DeclaredParam(name, literal(rest), from_namespace=False)


def literal(word: Word) -> JSON:
    """The JSON that a word reads as, also with quotes of its own as in ``{"a":1}``; its text where it is none."""
    value = word.value
    if not isinstance(value, str):
        return as_json(value)
    for text in (word.typed, value) if word.typed.startswith(("{", "[")) else (value,):
        with suppress(ValueError):
            read: JSON = json.loads(text, parse_constant=_refuse_constant)
            return read
    return value


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(text)


def _tag(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    check_label(LabelKind.TAG, key, value)
    return key, value


def checked_note(text: str) -> str:
    """The text of a note; empty where there is to be none.

    Raises:
        UsageError: It cannot be one.
    """
    if text:
        check_label(LabelKind.NOTE, "", text)
    return text


def _on_error(text: str) -> bool:
    if text not in ("keep", "drop"):
        raise UsageError(f"--on-error {text!r} cannot be meant.", hint="Write --on-error keep or --on-error drop.")
    return text == "keep"


def _environment(given: Given) -> EnvironmentOption | None:
    if "--env" not in given:
        _needs(given, "--env", ("--new", "--no-symlink"))
        return None
    return EnvironmentOption(_text(given, "--env"), "--new" in given, "--no-symlink" not in given)


def _cache(given: Given) -> CacheOption | None:
    if "--cache" not in given:
        _needs(given, "--cache", ("--files-only", "--vars"))
        return CacheOption(force=True) if "--force" in given else None
    if "--files-only" in given and "--vars" in given:
        raise UsageError("--files-only keeps no names and --vars keeps some.", hint="Drop one of them.")
    variables: tuple[str, ...] | None = () if "--files-only" in given else None
    if "--vars" in given:
        variables = tuple(name for name in re.split(r"[,\s]+", _text(given, "--vars")) if name)
        for name in variables:
            if not name.isidentifier():
                raise UsageError(f"--vars: {name!r} is not the name of a variable.", hint="Write --vars a,b.")
    return CacheOption(_read(given, "--cache", parse_duration, None), variables, "--force" in given)


def _needs(given: Given, option: str, others: Iterable[str]) -> None:
    for other in others:
        if other in given:
            raise UsageError(f"{other} means nothing without {option}.", hint=f"Add {option}, or drop {other}.")


def _texts(given: Given, option: str) -> tuple[str, ...]:
    return tuple(word.text for word in given.get(option, ()))


def _text(given: Given, option: str) -> str:
    words = given.get(option, ())
    return words[0].text if words else ""


T = TypeVar("T")


def _read(given: Given, option: str, reader: Callable[[str], T], default: T) -> T:
    text = _text(given, option)
    return reader(text) if text else default
