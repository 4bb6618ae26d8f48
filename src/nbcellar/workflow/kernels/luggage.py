"""What a notebook step takes along of the runner's resources, and what it brings back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nbcellar.errors import NbcellarError, ResourceError, RunError
from nbcellar.lightclasses import dataclass, field
from nbcellar.model import JSON

if TYPE_CHECKING:
    from nbcellar.workflow.kernels.kernel import Kernel

_CALL = "__import__('importlib').import_module('nbcellar.tasks.resources.luggage').{verb}({arguments})"
NAMESPACE = "get_ipython().user_ns"


@dataclass(slots=True)
class Luggage:
    """The resources of one call of a notebook step.

    Attributes:
        files: What goes into the kernel, by file name.
        allowed: Types that may be imported there, as here.
        path: Folders in which the modules of values and types lie.
        emits: The variables that come back.
        folder: Where the files lie; set before the kernel starts.
        emitted: What came back, by variable.
    """

    files: Mapping[str, bytes]
    allowed: Sequence[str] = ()
    path: Sequence[str] = ()
    emits: Sequence[str] = ()
    folder: Path = Path()
    emitted: dict[str, object] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What the kernel has to be told before it starts."""
        return {"NBCELLAR_ALLOWED_TYPES": json.dumps(list(self.allowed))} if self.allowed else {}

    def lay_out(self, folder: Path) -> None:
        """Write the files."""
        folder.mkdir()
        self.folder = folder
        for name, data in self.files.items():
            (folder / name).write_bytes(data)

    async def unpack(self, kernel: Kernel) -> None:
        """Bind the resources in the kernel.

        Raises:
            RunError: One cannot be had there.
        """
        await _run(kernel, "unpack", f"{str(self.folder)!r}, {NAMESPACE}, {list(self.path)!r}", "could not be made")

    async def conclude(self, kernel: Kernel, *, failed: bool) -> None:
        """Close what was made in the kernel, and fetch what the notebook emits.

        Raises:
            RunError: Something could not be closed or fetched, and no cell had failed.
        """
        if failed:
            await self.release(kernel)
            return
        await _run(
            kernel, "pack", f"{str(self.folder)!r}, {NAMESPACE}, {list(self.emits)!r}", "could not be taken back"
        )
        from nbcellar.tasks.codecs import decode
        from nbcellar.tasks.resources.luggage import BACK

        for name in self.emits:
            try:
                self.emitted[name] = decode((self.folder / f"{BACK}{name}").read_bytes())
            except NbcellarError as error:
                raise RunError(f"What it emits as {name!r} cannot be had here: {error}") from error

    async def release(self, kernel: Kernel) -> None:
        """Close what was made in the kernel after a failure, which stays what the step failed with."""
        await kernel.execute_silently(_CALL.format(verb="release", arguments="failed=True"))


async def _run(kernel: Kernel, verb: str, arguments: str, words: str) -> None:
    reply: Mapping[str, JSON] = await kernel.execute_silently(_CALL.format(verb=verb, arguments=arguments))
    if reply["status"] != "ok":
        kind = "" if reply.get("ename") == ResourceError.__name__ else f"{reply.get('ename')}: "
        raise RunError(f"Its resources {words} in its kernel: {kind}{reply.get('evalue')}")
