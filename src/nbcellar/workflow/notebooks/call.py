"""What is sent to whoever runs a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from nbcellar.lightclasses import dataclass, field
from nbcellar.model import JSON, Address


@dataclass(frozen=True, slots=True)
class NotebookCall:
    """All that running a notebook needs, in plain values: it may travel to another process.

    Attributes:
        home: The project's folder.
        parent: Id of the workflow's run.
        series: The name that the notebook's run counts under.
        path: Of the notebook, absolute; it is read and never written.
        output_name: Of the executed notebook, in its asset.
        code: The notebook's code, for the record.
        key: The step's key, with its parts.
        detail: The step, its reason, its attempt.
        keep_kernel: Its kernel lives on when a cell failed.
        goes_on_from: Its runs that failed, whose finished tasks may be taken; None where a later run may not take any.
        fresh: Its tasks run in folders of their own, for others of its step run beside it.
    """

    address: Address
    home: Path
    project: str
    parent: str
    series: str
    path: Path
    output_name: str
    kernel: str
    language: str
    parameters: Mapping[str, JSON] = field(default_factory=dict)
    timeout_s: float | None = None
    cell_timeout_s: float | None = None
    code: str = ""
    key: str = ""
    key_parts: Mapping[str, JSON] = field(default_factory=dict)
    detail: Mapping[str, JSON] = field(default_factory=dict)
    keep_kernel: bool = False
    goes_on_from: tuple[str, ...] | None = None
    fresh: bool = False
