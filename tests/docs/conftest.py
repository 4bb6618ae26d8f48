"""What the documentation's tests share: its pages, their code blocks, and a reader who types them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
REMARK = re.compile(r"<!-- (not run|raises|exits): (.+?) -->\n\Z")


def pages() -> list[Path]:
    """Every page that people read."""
    return [
        *sorted(ROOT.glob("*.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
        *sorted((ROOT / "notebooks").rglob("*.md")),
    ]


@dataclass(frozen=True, slots=True)
class Block:
    """A code block. Its remark, an HTML comment on the line above, says where it does not simply run."""

    line: int
    language: str
    text: str
    remark: str = ""
    reason: str = ""
    after_code: bool = False  # nothing but blank lines between this block and the one before


def blocks(page: Path) -> list[Block]:
    """The page's code blocks, in order."""
    source, found, end = page.read_text(encoding="utf-8"), [], 0
    for match in FENCE.finditer(source):
        before = source[end : match.start()]
        remark = REMARK.search(before)
        words = (remark[1], remark[2]) if remark else ("", "")
        line = source.count("\n", 0, match.start()) + 1
        found.append(Block(line, match[1], match[2], *words, after_code=bool(found) and not before.strip()))
        end = match.end()
    return found


def pattern(expected: str) -> re.Pattern[str]:
    """Expected output as a pattern: ``…`` stands for anything in a line, alone on a line for any lines."""
    parts = []
    for line in plain(expected).splitlines():
        whole = ".*?".join(re.escape(piece) for piece in line.split("…")) + r"\n"
        parts.append(r"(?:.*\n)*?" if line == "…" else whole)
    return re.compile("".join(parts))


def plain(text: str) -> str:
    """Output without colour codes and the width of table columns, and with one line end at its end."""
    uncoloured = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return "".join(re.sub(r"(?<=\S) +", " ", line).rstrip() + "\n" for line in uncoloured.rstrip().splitlines())


@dataclass
class Reader:
    """Types a page's blocks in order: Python into one kernel, commands into a shell, both in one folder."""

    folder: Path
    env: dict[str, str]
    _manager: KernelManager | None = field(default=None)
    _client: BlockingKernelClient | None = field(default=None)

    def types(self, block: Block) -> tuple[str, str]:
        """Run one block; its output, and the error's name or exit code, or nothing."""
        return self._python(block.text) if block.language == "python" else self._shell(block.text)

    def _shell(self, text: str) -> tuple[str, str]:
        shell = ["bash", "-euo", "pipefail", "-c", text]
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        done = subprocess.run(shell, cwd=self.folder, env=self.env, text=True, timeout=300, check=False, **both)
        return plain(done.stdout), str(done.returncode) if done.returncode else ""

    def _python(self, text: str) -> tuple[str, str]:
        out, error = [], ""

        def collect(message: dict[str, object]) -> None:
            nonlocal error
            content = message["content"]
            assert isinstance(content, dict)
            if "text" in content:
                out.append(content["text"])
            elif "data" in content:
                out.append(content["data"].get("text/plain", "") + "\n")
            elif "ename" in content:
                error = content["ename"]
                out.append(f"{content['ename']}: {content['evalue']}\n")

        self._started().execute_interactive(text, timeout=300, output_hook=collect, allow_stdin=False)
        return plain("".join(out)), error

    def _started(self) -> BlockingKernelClient:
        if self._client is None:
            self._manager = KernelManager(kernel_name="python3")
            self._manager.start_kernel(cwd=str(self.folder), env=self.env)
            self._client = self._manager.blocking_client()
            self._client.start_channels()
            self._client.wait_for_ready(timeout=120)
        return self._client

    def close(self) -> None:
        """End the kernel, where one runs."""
        if self._client is not None and self._manager is not None:
            self._client.stop_channels()
            self._manager.shutdown_kernel(now=True)
            self._manager.cleanup_resources()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Somebody new, with an empty home and a fresh copy of the example project as the current folder."""
    home = tmp_path / "home"
    home.mkdir()
    folder = shutil.copytree(ROOT / "notebooks" / "penguins", tmp_path / "penguins")
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("NBCELLAR_", "JUPYTER_", "IPYTHON"))
    }
    env = {
        **kept,
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "COLUMNS": "120",
        "NO_COLOR": "1",
    }
    someone = Reader(folder, env)
    yield someone
    someone.close()
