"""The client that runs a notebook's cells in its kernel, one after the other, against clocks and deaths."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Coroutine
from typing import TypeVar

from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NotebookExecutionManager
from papermill.log import logger

from nbcellar.workflow.kernels.kernel import Kernel
from nbcellar.workflow.kernels.session import CellEnd, CellStart, KernelDied, Session, Stopped, TimedOut
from nbcellar.workflow.notebooks.saving import INTERVAL_S

T = TypeVar("T")
GRACE_S = 10.0
"""How long an interrupted cell may take to put its things in order."""


class CellarClient(PapermillNotebookClient):  # type: ignore[misc]
    """Runs the cells: waits on messages and process ends, never on a clock."""

    def __init__(self, nb_man: NotebookExecutionManager, session: Session, **options: object) -> None:
        super().__init__(nb_man, **options)
        self.nb: NotebookNode = nb_man.nb
        self.session = session
        self.cell_count = sum(1 for cell in self.nb.cells if cell.cell_type == "code")
        self._running_cell = 0

    def execute(self, **kwargs: object) -> NotebookNode:
        """Run the notebook.

        Raises:
            KernelDied: The kernel ended in the middle.
            TimedOut: The whole took longer than the session allows.
            Stopped: The session was asked to stop.
        """
        self.reset_execution_trackers()
        _run(self._execute())
        return self.nb

    async def _execute(self) -> None:
        folder = self.resources.get("metadata", {}).get("path") or self.session.folder
        kernel = Kernel(self.kernel_name, self.session, folder, list(self.extra_arguments))
        self.km = kernel.manager
        try:
            self.kc = await kernel.start(self.startup_timeout or 60)
            self.nb.metadata["language_info"] = kernel.language
            await self.session.prepare(kernel)
            await self._run_cells(kernel)
            await self.session.conclude(kernel)
            self.set_widgets_metadata()
            if self.session.keep and self._failed:
                self.session.kept = await kernel.keep()
        except (TimedOut, Stopped):
            if self.session.luggage is not None:  # the cells were interrupted, and the kernel lives
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.session.luggage.release(kernel), GRACE_S)
            await kernel.end(kindly=False)
            raise
        except BaseException:
            await kernel.end(kindly=False)
            raise
        finally:
            await kernel.end()
            if (waited_s := self.session.forced_after_s) is not None:
                logger.warning(f"A thread or exit handler still ran {waited_s:g} s later: the kernel was killed.")

    async def _run_cells(self, kernel: Kernel) -> None:
        """The cells, against the kernel's death, the clock and a wish to stop."""
        with self.session.stop.heard_in_loop() as stop:
            cells = asyncio.ensure_future(self._work(kernel))
            saves = asyncio.ensure_future(self._keep_saved())
            stopped, died = asyncio.ensure_future(stop.wait()), asyncio.ensure_future(kernel.death.wait())
            try:
                await asyncio.wait(
                    {cells, stopped, died}, timeout=self.session.timeout_s, return_when=asyncio.FIRST_COMPLETED
                )
                if not cells.done():
                    await self._cut_off(cells, kernel, stopped.done())
                await cells
            finally:
                for task in (stopped, died, saves):
                    task.cancel()

    async def _work(self, kernel: Kernel) -> None:
        """The cells, and before and after them the resources."""
        await self.session.take_in(kernel)
        await self._cells(kernel)
        await self.session.give_back(kernel, failed=self._failed)

    @property
    def _failed(self) -> bool:
        """Whether a cell failed."""
        return bool(self.nb.metadata.papermill.get("exception"))

    async def _cut_off(self, cells: asyncio.Future[None], kernel: Kernel, stopped: bool) -> None:
        """End cells that still run, and say why."""
        if kernel.death.is_set():
            where = f"cell {self._running_cell}: " if self._running_cell else ""
            await _ended(cells)
            raise KernelDied(f"{where}{kernel.epitaph()}")
        await kernel.interrupt()
        await asyncio.wait({cells}, timeout=GRACE_S)
        await _ended(cells)
        if stopped:
            raise Stopped
        raise TimedOut("it", self.session.timeout_s or 0.0)

    async def _keep_saved(self) -> None:
        """What the last output before a long silence was is in the file a second later."""
        while True:
            await asyncio.sleep(INTERVAL_S)
            self.nb_man.save_pending()

    async def _cell(self, kernel: Kernel, index: int, number: int) -> None:
        """One cell, for as long as the session allows."""
        work = self.async_execute_cell(self.nb.cells[index], index)
        limit_s = self.session.cell_timeout_s
        if limit_s is None:
            await work
            return
        running = asyncio.ensure_future(work)
        try:
            await asyncio.wait({running}, timeout=limit_s)
            if running.done():
                await running
                return
            await kernel.interrupt()
            await asyncio.wait({running}, timeout=GRACE_S)
        finally:
            await _ended(running)
        raise TimedOut(f"cell {number}", limit_s)

    async def _async_poll_for_reply(
        self, msg_id: str, cell: NotebookNode, timeout: int | None, outputs: asyncio.Future[None], *others: object
    ) -> object:
        """Nbclient's; where papermill's own limit for a cell is over, the cell has time to say where it was."""
        try:
            return await super()._async_poll_for_reply(msg_id, cell, timeout, outputs, *others)
        except CellTimeoutError:
            await self.km.interrupt_kernel()
            await asyncio.wait({outputs}, timeout=GRACE_S)
            raise

    async def _cells(self, kernel: Kernel) -> None:
        """The cells, one after the other, as papermill runs them: an error ends the notebook and raises nothing."""
        number = 0
        for index, cell in enumerate(self.nb.cells):
            code = cell.cell_type == "code"
            number += code
            begun = time.monotonic()
            self.nb_man.cell_start(cell, index)
            if code:
                self._running_cell = number
                self.session.listener(CellStart(number, self.cell_count, cell.source))
            try:
                await self._cell(kernel, index, number)
            except CellExecutionError as error:
                self.nb_man.cell_exception(self.nb.cells[index], cell_index=index, exception=error)
                break
            except (DeadKernelError, TimedOut, asyncio.CancelledError):
                self.nb_man.cell_exception(self.nb.cells[index], cell_index=index)
                raise
            finally:
                self.nb_man.cell_complete(self.nb.cells[index], cell_index=index)
                if code:
                    self.session.listener(CellEnd(number, self.cell_count, time.monotonic() - begun))
        self._running_cell = 0


async def _ended(cells: asyncio.Future[None]) -> None:
    """Cancel, and wait until its last lines have run."""
    cells.cancel()
    await asyncio.wait({cells})
    if not cells.cancelled():
        cells.exception()  # what it raised is known: the kernel ended


def _run(work: Coroutine[object, object, T]) -> T:
    """Run to the end, also from within a running loop (a notebook that calls papermill)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    results: list[T | BaseException] = []

    def body() -> None:
        try:
            results.append(asyncio.run(work))
        except BaseException as error:
            results.append(error)

    thread = threading.Thread(target=body, name="nbcellar-engine")
    thread.start()
    thread.join()
    if isinstance(outcome := results[0], BaseException):
        raise outcome
    return outcome
