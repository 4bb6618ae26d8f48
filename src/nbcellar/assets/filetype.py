"""What a type of files is."""

from __future__ import annotations

from collections.abc import Callable

from nbcellar.lightclasses import dataclass
from nbcellar.lighttypes import BinaryIO, TypeAlias

Load: TypeAlias = Callable[[BinaryIO], object]
Dump: TypeAlias = Callable[[object, BinaryIO], None]


@dataclass(frozen=True, slots=True)
class FileType:
    """How files of some endings become objects, and objects such files.

    Attributes:
        endings: Each with its dot, in lower case.
        load: Reads an object from a binary file.
        dump: Writes one; raises TypeError for what the type cannot hold.
    """

    name: str
    endings: tuple[str, ...]
    load: Load
    dump: Dump
