"""Every error that nbcellar raises.

::

    NbcellarError(message, *, saved, hint)
    ├── NotFoundError      (also KeyError)      exit 3
    ├── UsageError         (also ValueError)    exit 2
    │   └── InvalidWorkflow                     exit 2
    │       ├── ParameterNotInFlow              exit 2
    │       ├── ParentFlowNotInFlows            exit 2
    │       └── TaskNotInFlow                   exit 2
    ├── ConflictError                           exit 4
    ├── SourceError        (also OSError)       exit 1
    ├── EncodingError      (also TypeError)     exit 1
    ├── TaskError                               exit 1
    │   ├── TaskTimeout    (also TimeoutError)  exit 1
    │   ├── ExecutionError (also the original)  exit 1
    │   └── ExecutionTerminated                 exit 1
    ├── RunError                                exit 1
    │   ├── FlowFailed                          exit 1
    │   ├── TaskNotCompleted                    exit 1
    │   └── EmptyResult                         exit 1
    ├── ResourceError                           exit 1
    ├── StorageError       (also OSError)       exit 5
    │   ├── StoreFull                           exit 5
    │   ├── Unreachable                         exit 5
    │   └── CredentialsRefused                  exit 5
    ├── CorruptDataError                        exit 6
    ├── UnsafeError                             exit 7
    └── FormatTooNewError                       exit 8

A message says what happened and to which thing; ``saved`` says what is and is not saved;
``hint`` says what to do next. The user's own exception is never replaced by one of these.
"""

from __future__ import annotations

from collections.abc import Iterable

from nbcellar.lighttypes import ClassVar

NOTHING_SAVED = "Nothing was saved; your files are untouched."


class NbcellarError(Exception):
    """The base of all errors here.

    Args:
        message: What happened, to which thing.
        saved: What is and is not saved, one sentence; empty where nothing could have been.
        hint: What to do next, one sentence; empty where there is nothing to do.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, saved: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.saved = saved
        self.hint = hint

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.saved, self.hint) if part)


class NotFoundError(NbcellarError, KeyError):
    """A name, number, alias, digest, path or file that is not there."""

    exit_code = 3

    __str__ = NbcellarError.__str__  # KeyError would show the repr of the message


class UsageError(NbcellarError, ValueError):
    """An option, name, value or document that cannot be meant."""

    exit_code = 2


class InvalidWorkflow(UsageError):
    """A workflow that cannot run as it is written; its message lists every problem.

    Args:
        problems: Each problem as one line, with file, line and key.
    """

    def __init__(self, message: str, *, problems: tuple[str, ...] = (), saved: str = "", hint: str = "") -> None:
        super().__init__(message, saved=saved, hint=hint)
        self.problems = problems


class ParameterNotInFlow(InvalidWorkflow):
    """A parameter is given to a workflow or notebook that has none of that name."""


class ParentFlowNotInFlows(InvalidWorkflow):
    """A value is mapped from a step that the workflow does not have."""


class TaskNotInFlow(InvalidWorkflow):
    """A value is mapped from, or asked of, a task that the step does not have."""


class ConflictError(NbcellarError):
    """It would overwrite what is not saved, or somebody else holds it now."""

    exit_code = 4


class SourceError(NbcellarError, OSError):
    """A file that was to be saved is unreadable, or kept changing."""

    exit_code = 1

    __str__ = NbcellarError.__str__


class EncodingError(NbcellarError, TypeError):
    """A value that no codec can hold."""

    exit_code = 1


class TaskError(NbcellarError):
    """A task could not be run or finished, for a reason that is not the body's own exception."""


class TaskTimeout(TaskError, TimeoutError):
    """A task took longer than its ``--timeout``."""

    __str__ = NbcellarError.__str__


class ExecutionError(TaskError):
    """A submitted task raised; what is raised is also of the original exception's type."""


class ExecutionTerminated(TaskError):
    """A submitted task ended without a value: it was cancelled, or its process died."""


class RunError(NbcellarError):
    """A workflow or one of its steps failed."""


class FlowFailed(RunError):
    """A run whose results were asked for did not succeed."""


class TaskNotCompleted(RunError):
    """A task whose result was asked for did not run to its end."""


class EmptyResult(RunError):
    """A task whose result was asked for gave none."""


class ResourceError(NbcellarError):
    """A live resource could not be made, passed on or closed."""


class StorageError(NbcellarError, OSError):
    """The store could not be read or written."""

    exit_code = 5

    __str__ = NbcellarError.__str__


class StoreFull(StorageError):
    """No space is left where the store is."""


class Unreachable(StorageError):
    """The store does not answer."""


class CredentialsRefused(StorageError):
    """The store answers, and refuses who we are."""


class CorruptDataError(NbcellarError):
    """Stored bytes are not what their digest says."""

    exit_code = 6


class UnsafeError(NbcellarError):
    """Refused: a path, link, type, pickle or collection that could do harm."""

    exit_code = 7


class FormatTooNewError(NbcellarError):
    """The store was written by a newer version."""

    exit_code = 8


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint such as ``Did you mean 'train'?``, or an empty string where nothing is near."""
    import difflib  # only for people who mistyped

    by_letters = {one.lstrip("-"): one for one in known}  # two options are not alike for their hyphens
    near = difflib.get_close_matches(word.lstrip("-"), list(by_letters), n=1, cutoff=0.6)
    return f"Did you mean {by_letters[near[0]]!r}?{_unlike_letters(word, near[0])}" if near else ""


def _unlike_letters(word: str, near: str) -> str:
    """What the eye does not see: ``е`` and ``e`` look alike, and so do an accent of its own and one on its letter."""
    foreign = sorted({letter for letter in word if not letter.isascii()} - {*near})
    return f" What is written holds {', '.join(f'U+{ord(letter):04X}' for letter in foreign[:3])}." if foreign else ""


def with_notes(error: BaseException) -> str:
    """An exception in one line, with what was noted of it on its way: which resource was being made."""
    line = f"{type(error).__name__}: {error}".rstrip(": ")
    notes = " ".join(str(note).partition("\n")[0] for note in getattr(error, "__notes__", ()))
    return f"{line}. {notes}" if notes else line
