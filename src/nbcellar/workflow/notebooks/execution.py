"""How the engine ``nbcellar`` runs a notebook: atomic saves at most once a second, and kernels that end.

``papermill --engine nbcellar in.ipynb out.ipynb`` works for those who keep their own scripts; the runner uses the same.
"""

from __future__ import annotations

from nbformat import NotebookNode
from papermill.engines import NBClientEngine
from papermill.log import logger

from nbcellar.workflow.kernels.session import Session
from nbcellar.workflow.notebooks.client import CellarClient
from nbcellar.workflow.notebooks.manager import ThrottledManager, write_atomically

IOPUB_TIMEOUT_S = 60


class NotebookEngine(NBClientEngine):  # type: ignore[misc]  # papermill has no types
    """Executes one notebook."""

    @classmethod
    def execute_notebook(
        cls,
        nb: NotebookNode,
        kernel_name: str,
        output_path: str | None = None,
        progress_bar: bool | dict[str, object] = True,
        log_output: bool = False,
        autosave_cell_every: int = 30,
        session: Session | None = None,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        **kwargs: object,
    ) -> NotebookNode:
        """Execute the cells in a kernel of their own, saving on the way.

        Args:
            nb: The notebook, with its parameters.
            kernel_name: The kernel to start.
            output_path: Where to save; None for nowhere.
            progress_bar: Papermill's.
            log_output: Whether outputs go to papermill's log.
            autosave_cell_every: Seconds between saves to a url.
            session: How the runner wants it; None under plain papermill.
            start_timeout: Seconds until a kernel must answer.
            execution_timeout: Seconds that one cell may take.
            kwargs: Further options of nbclient.
        """
        write_atomically()
        manager = ThrottledManager(nb, output_path, log_output, progress_bar, autosave_cell_every)
        session = session or Session()
        if manager.checkpoint:
            manager.checkpoint.redaction = session.redaction
        manager.notebook_start()
        client = CellarClient(
            manager,
            session,
            kernel_name=kernel_name,
            startup_timeout=start_timeout,
            timeout=execution_timeout,
            iopub_timeout=IOPUB_TIMEOUT_S,
            log=logger,
            log_output=log_output,
            **{key: value for key, value in kwargs.items() if key not in ("input_path", "timeout", "startup_timeout")},
        )
        try:
            client.execute()
        finally:
            manager.cleanup_pbar()
            manager.notebook_complete()
        return client.nb
