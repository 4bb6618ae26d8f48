"""Resources that live together: made in order, closed in reverse, whatever happens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType

from nbcellar.errors import ResourceError
from nbcellar.tasks.resources.resource import Resource


class Lifetime:
    """One stretch of time: of a runner, of a pass, of a step's call. Use it once, as a context manager or by hand.

    Args:
        resources: In the order in which they are made.
    """

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources: Mapping[str, Resource] = {each.id: each for each in resources}
        self._made: list[Resource] = []

    @property
    def objects(self) -> dict[str, object]:
        """The live objects by the id of their resource."""
        return {each.id: each.obj for each in self._made}

    def take_over(self, made: Iterable[Resource]) -> None:
        """Close these too, though they were made elsewhere; the last of them first."""
        self._made.extend(made)

    def open(self) -> None:
        """Make them all, or none: where one fails, those before it are closed with its error.

        Raises:
            Exception: Whatever making one raises.
        """
        for each in self.resources.values():
            try:
                each.init()
            except BaseException as error:
                self._close_after(error)
                raise
            self._made.append(each)

    def close(self, error: BaseException | None = None) -> None:
        """Close them in reverse; one that fails does not keep the others open.

        Args:
            error: What ended the stretch, handed to each; None where all went well.

        Raises:
            ResourceError: Some could not be closed; the message names each.
            KeyboardInterrupt: It was interrupted; the others were closed all the same.
        """
        failed: list[tuple[Resource, BaseException]] = []
        interrupt: KeyboardInterrupt | None = None
        while self._made:
            each = self._made.pop()
            each.error = error
            try:
                each.deinit()
            except KeyboardInterrupt as problem:
                interrupt = problem
            except BaseException as problem:  # one that exits does not take the others along
                failed.append((each, problem))
            finally:
                each.obj = each.error = None
        if interrupt is not None:
            raise interrupt
        if failed:
            raise _refusal(failed) from failed[0][1]

    def _close_after(self, error: BaseException) -> None:
        """Close after an error that is on its way: it stays the error, and what cannot be closed is a note on it."""
        try:
            self.close(error)
        except ResourceError as problem:
            error.add_note(str(problem))

    def __enter__(self) -> dict[str, object]:
        self.open()
        return self.objects

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self._close_after(error)


def _refusal(failed: list[tuple[Resource, BaseException]]) -> ResourceError:
    words = [f"{each.id!r} ({type(problem).__name__}: {problem})" for each, problem in failed]
    noun = "The resource" if len(words) == 1 else "The resources"
    return ResourceError(f"{noun} {', '.join(words)} could not be closed.", saved="All others are closed.")
