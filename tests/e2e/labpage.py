"""A page of Chromium with JupyterLab in it, and what a person does there."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from .labserver import LabServer

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
]
_PATIENCE_S = 60
_DEBUGGERS = ("Could not restore the debugger state", "Canceled future for debug_request")
"""JupyterLab's debugger asks each kernel on its own, and reports when a page or a kernel goes before the answer."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window.

    Raises:
        RuntimeError: There is none.
    """
    path = os.environ.get("NBCELLAR_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        raise RuntimeError("These tests need Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=_FLAGS)
        yield browser
        browser.close()


class LabPage:
    """JupyterLab in a page, with every error that it reported."""

    def __init__(self, page: Page, server: LabServer, workspace: str) -> None:
        self.page = page
        self.server = server
        self.errors: list[str] = []
        self._workspace = workspace
        self._expected: list[str] = [*_DEBUGGERS]
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: self.errors.append(f"{error}\n{error.stack or ''}"))
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)

    def expect_errors(self, text: str) -> None:
        """Let pass what is reported of something that the test broke: the browser itself tells of refused requests."""
        self._expected.append(text)

    def unexpected_errors(self) -> list[str]:
        """What was reported and not expected."""
        return [error for error in self.errors if not any(text in error for text in self._expected)]

    def open(self, path: str = "") -> None:
        """Open a file, and wait until JupyterLab stands."""
        self.page.goto(self.server.address(path, self._workspace))
        self.wait_until_started()
        if not path:
            # the launcher takes the focus when it comes, and with it keys that were meant for something else
            self.page.wait_for_function("() => document.activeElement?.closest('.jp-Launcher')")

    def wait_until_started(self) -> None:
        """Wait until every plugin stands."""
        self.page.wait_for_function("() => window.jupyterapp && window.jupyterapp.started")
        self.page.evaluate("() => window.jupyterapp.restored.then(() => true)")

    def open_notebook(self, path: str) -> None:
        """Open a notebook, and wait until its kernel can be asked."""
        self.open(path)
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell")
        # before the session is ready, running a cell opens the "Select Kernel" dialog
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.ready.then(() => true)")

    def command(self, name: str, **arguments: str) -> None:
        """Run one of JupyterLab's commands; not awaited, since its promise may never end."""
        self.page.evaluate(
            "([name, args]) => { void window.jupyterapp.commands.execute(name, args); }", [name, arguments]
        )

    def run_all(self) -> None:
        """Run every cell, and wait until the kernel has done them all and JupyterLab has put the focus back."""
        self.page.evaluate(
            """() => {
                window.cellsRan = false;
                const ran = window.jupyterapp.commands.execute('notebook:run-all-cells');
                void ran.then(() => { window.cellsRan = true; });
            }"""
        )
        self.page.wait_for_function("() => window.cellsRan", timeout=150_000)

    def execute(self, code: str) -> None:
        """Let the notebook's kernel do something, without a cell."""
        self.page.evaluate(
            """code => window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel
                .requestExecute({code}).done.then(() => true)""",
            code,
        )

    def save(self) -> None:
        """Save the document in front."""
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.save().then(() => true)")

    def evaluate_in_kernel(self, expression: str) -> str:
        """The repr of an expression in the notebook's kernel."""
        got = self.page.evaluate(
            """async expression => {
                const kernel = window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel;
                const future = kernel.requestExecute({code: '', user_expressions: {it: expression}});
                const reply = await Promise.race([
                    future.done, new Promise((_, no) => setTimeout(() => no(new Error('no answer')), 60000))]);
                const it = reply.content.user_expressions.it;
                return it.status === 'ok' ? it.data['text/plain'] : `${it.ename}: ${it.evalue}`;
            }""",
            expression,
        )
        return str(got)

    def expect_in_kernel(self, expression: str, value: str) -> None:
        """Wait until an expression has this repr in the kernel: what is chosen in the page comes there by and by."""
        deadline = time.monotonic() + _PATIENCE_S
        while (got := self.evaluate_in_kernel(expression)) != value and time.monotonic() < deadline:
            self.page.wait_for_timeout(100)
        assert got == value

    def outputs(self) -> Locator:
        """The outputs of the notebook's cells, one for each code cell."""
        return self.page.locator(".jp-Notebook .jp-CodeCell .jp-OutputArea")

    def dialogs(self) -> list[str]:
        """What stands over the page."""
        return self.page.locator(".jp-Dialog-content").all_inner_texts()


def expect_size(picture: Locator, width: int, height: int | None = None) -> None:
    """Wait until a picture is loaded and has so many pixels; it stands in the page before that."""
    expect(picture).to_have_js_property("naturalWidth", width)
    if height is not None:
        expect(picture).to_have_js_property("naturalHeight", height)
