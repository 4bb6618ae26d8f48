"""The options of a task, however they were given."""

from __future__ import annotations

from dataclasses import dataclass, field

from nbcellar.model import JSON
from nbcellar.tasks.codecs.sizes import MOST_BYTES
from nbcellar.tasks.taskline.retries import Retries


@dataclass(frozen=True, slots=True)
class DeclaredInput:
    """One ``--in``.

    Attributes:
        text: As typed, without its alias.
        value: The object that ``$var`` stood for; the text itself where it was text.
        alias: The name before ``=``.
    """

    text: str
    value: object
    alias: str = ""


@dataclass(frozen=True, slots=True)
class DeclaredParam:
    """One ``--param``: a name alone is read from the namespace, else it has this value."""

    name: str
    value: JSON = None
    from_namespace: bool = True


@dataclass(frozen=True, slots=True)
class CacheOption:
    """``--cache`` and what goes with it.

    Attributes:
        max_age_s: A result older than this is not taken; None for any age.
        variables: The names to keep; None for every name that the body binds.
        force: Run, and replace what is cached.
        most_bytes: More than this is not kept of names.
        goes_on_from: Runs of the notebook that failed: only their tasks are taken. None where a cache was asked for.
    """

    max_age_s: float | None = None
    variables: tuple[str, ...] | None = None
    force: bool = False
    most_bytes: int = MOST_BYTES
    goes_on_from: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class EnvironmentOption:
    """``--env`` and what goes with it."""

    name: str
    new: bool = False
    symlink: bool = True


@dataclass(frozen=True, slots=True)
class TaskOptions:
    """Everything that a task line can say.

    Attributes:
        variable: The name to which the asset is bound; empty for none.
        fresh: Run in a new folder; None for what the settings say.
        at: Look at this folder instead of the current one.
        whole_folder: Keep the folder as it is after the body, not only what the body wrote.
        keep_failed: Keep the files of a failed run.
    """

    name: str
    variable: str = ""
    inputs: tuple[DeclaredInput, ...] = ()
    params: tuple[DeclaredParam, ...] = ()
    match: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fresh: bool | None = None
    whole_folder: bool = False
    at: str = ""
    use: tuple[str, ...] = ()
    environment: EnvironmentOption | None = None
    cache: CacheOption | None = None
    retries: Retries = field(default_factory=lambda: Retries(0, (0.0, 0.0)))
    timeout_s: float | None = None
    aliases: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    note: str = ""
    keep_failed: bool = True
    quiet: bool = False
    dry_run: bool = False
    store_inputs: bool = False
