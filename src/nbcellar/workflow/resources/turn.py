"""One pass as the resources see it: which pass it is, and whether the runner's own live longer than it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from nbcellar.errors import NbcellarError, ResourceError, with_notes
from nbcellar.lightclasses import dataclass
from nbcellar.model import JSON
from nbcellar.workflow.documents.document import NotebookBody, Step
from nbcellar.workflow.resources.inventory import Inventory


@dataclass(frozen=True, slots=True)
class Turn:
    """One pass over a document.

    Attributes:
        epoch: Its number, from 0.
    """

    inventory: Inventory
    epoch: int = 0

    @contextmanager
    def resources(self, values: Mapping[str, JSON], failure: Callable[[], BaseException | None]) -> Iterator[None]:
        """Make what lives for this pass, and the runner's too where nobody has; close it in reverse.

        Args:
            values: Of the workflow's parameters.
            failure: What a step raised; asked at the end.

        Raises:
            ResourceError: One could not be made or closed; its cause is what was raised.
        """
        if self.inventory.opened:
            with self._pass(values, failure):
                yield
            return
        with _told():
            self.inventory.open(values)
        with _closed(self.inventory.close, failure), self._pass(values, failure):
            yield

    @contextmanager
    def _pass(self, values: Mapping[str, JSON], failure: Callable[[], BaseException | None]) -> Iterator[None]:
        with _told():
            self.inventory.begin_pass(values)
        with _closed(self.inventory.end_pass, failure):
            yield

    @property
    def stores(self) -> bool:
        """Whether any resource may hold what a step emits."""
        return bool(self.inventory.document.resources)

    def store(self, step: Step, values: Mapping[str, object]) -> None:
        """A step emitted values.

        Raises:
            ResourceError: A resource cannot hold one.
        """
        self.inventory.store(step.id, values, self.epoch)
        if isinstance(step.body, NotebookBody):
            for name, value in values.items():
                self.inventory.give(step.use[name], value)


@contextmanager
def _closed(
    close: Callable[[BaseException | None], None], failure: Callable[[], BaseException | None]
) -> Iterator[None]:
    """Close at the end, with what ended it: that stays what is raised, and what cannot be closed is a note on it."""
    try:
        yield
    except BaseException as error:
        try:
            close(error)
        except ResourceError as problem:
            error.add_note(str(problem))
        raise
    close(failure())


@contextmanager
def _told() -> Iterator[None]:
    """What making a resource raises, as an error of ours: no step has run that it could be the error of."""
    try:
        yield
    except (NbcellarError, KeyboardInterrupt):
        raise
    except BaseException as error:  # a type that exits must not leave its run open
        raise ResourceError(f"A resource could not be made: {with_notes(error)}", saved="No step was run.") from error
