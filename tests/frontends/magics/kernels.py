"""A real kernel, asked cell by cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Said:
    """What a kernel said about one cell.

    Attributes:
        outputs: Streams joined, values and displays, in order; cards left out.
        cards: The plain text of the cards.
        clears: All of it goes with the next output.
        order: The kinds of displays and values, cards among them, in order.
    """

    status: str
    outputs: list[tuple[str, str]] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    error: str = ""
    traceback: str = ""
    clears: bool = False
    order: list[str] = field(default_factory=list)

    def clear(self) -> None:
        self.outputs, self.cards, self.clears, self.order = [], [], False, []


@dataclass
class Kernel:
    """One kernel process with its client."""

    manager: KernelManager
    client: BlockingKernelClient

    @classmethod
    def start(cls, folder: Path, *, load: bool = True) -> Kernel:
        """Start one.

        Args:
            load: Load the extension.
        """
        manager, client = start_new_kernel(kernel_name="python3", cwd=str(folder))
        kernel = cls(manager, client)
        assert kernel.run("%colors nocolor").status == "ok"
        if load:
            assert kernel.run("%load_ext nbcellar").status == "ok"
        return kernel

    @property
    def pid(self) -> int:
        """Its process."""
        found = getattr(self.manager.provisioner, "pid", None)
        assert isinstance(found, int)
        return found

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)

    def begin(self, folder: Path) -> None:
        """An empty namespace, in this folder."""
        folder.mkdir()
        (folder / "nbcellar.toml").touch()
        self.run("%reset -f")
        self.run(f"import os; os.chdir({str(folder)!r}); del os")

    def run(self, cell: str, *, interrupt_when: str = "") -> Said:
        """Run a cell to its end.

        Args:
            interrupt_when: Interrupt the kernel when the cell has printed this.
        """
        return self.answer(self.send(cell), interrupt_when=interrupt_when)

    def send(self, cell: str, *, subshell: str = "") -> str:
        """Begin to run a cell, in a subshell where one is named."""
        content = {"code": cell, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        message = self.client.session.msg("execute_request", content)
        if subshell:
            message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)
        sent = message["header"]["msg_id"]
        assert isinstance(sent, str)
        return sent

    def subshell(self) -> str:
        """A new subshell: a thread of the kernel that runs cells beside the others."""
        message = self.client.session.msg("create_subshell_request")
        self.client.control_channel.send(message)
        while True:
            reply = self.client.get_control_msg(timeout=300)
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                return str(reply["content"]["subshell_id"])

    def answers(self, sent: Collection[str], *, when: str = "", do: Callable[[], object] = bool) -> list[Said]:
        """What cells said that run at once, until all have ended.

        Args:
            when: What one of them prints.
            do: Done then.
        """
        said = {one: Said("") for one in sent}
        running = set(sent)
        while running:
            message = self.client.get_iopub_msg(timeout=300)
            of = message["parent_header"].get("msg_id")
            if of not in said:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                running.discard(of)
            _take(said[of], kind, content)
            if when and kind == "stream" and when in str(content):
                do()
        return list(said.values())

    def answer(self, sent: str, *, interrupt_when: str = "") -> Said:
        """What it said until it ended."""
        reply = None
        said = Said("")
        while True:
            message = self.client.get_iopub_msg(timeout=300)
            if message["parent_header"].get("msg_id") != sent:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                break
            _take(said, kind, content)
            if interrupt_when and kind == "stream" and interrupt_when in str(content):
                self.manager.interrupt_kernel()
                interrupt_when = ""
        while reply is None:
            try:
                message = self.client.get_shell_msg(timeout=300)
            except Empty as error:
                raise AssertionError("the kernel did not answer") from error
            if message["parent_header"].get("msg_id") == sent:
                reply = message["content"]
        said.status = reply["status"]
        return said


def _take(said: Said, kind: str, content: dict[str, object]) -> None:
    data = content.get("data")
    if kind == "clear_output":
        said.clears = True
    if said.clears and (kind in ("stream", "display_data", "execute_result", "error") or content.get("wait") is False):
        said.clear()
    if kind == "stream":
        name, text = str(content["name"]), str(content["text"])
        if said.outputs and said.outputs[-1][0] == name:
            text = said.outputs.pop()[1] + text
        said.outputs.append((name, text))
    elif kind in ("display_data", "execute_result", "update_display_data"):
        assert isinstance(data, dict)
        if "nbcellar-card" in str(data.get("text/html", "")):
            said.cards.append(str(data["text/plain"]))
            said.order.append("card")
        else:
            said.order.append(kind)
            said.outputs.append((kind, str(sorted(data.items()))))
    elif kind == "error":
        said.error = f"{content['ename']}: {content['evalue']}"
        lines = content["traceback"]
        assert isinstance(lines, list)
        said.traceback = ANSI.sub("", "\n".join(map(str, lines)))
