"""One file of an asset, as people hold it."""

from __future__ import annotations

import io
import os
from pathlib import Path

from nbcellar.assets.display import html_text, size_text, visible
from nbcellar.assets.facts import entry_facts, media_type
from nbcellar.assets.uses import tell
from nbcellar.errors import UsageError
from nbcellar.lighttypes import TYPE_CHECKING
from nbcellar.model import JSON, Entry, Kind

if TYPE_CHECKING:
    from nbcellar.assets.asset import Asset


class AssetEntry(os.PathLike[str]):
    """One file of an asset. ``os.fspath`` gives a read-only copy at a path that stays, so every reader takes it."""

    def __init__(self, asset: Asset, entry: Entry) -> None:
        self._asset = asset
        self.entry = entry

    @property
    def asset(self) -> Asset:
        """The asset that it is an entry of."""
        return self._asset

    @property
    def path(self) -> str:
        """Its path in the asset."""
        return os.fsdecode(self.entry.name)

    @property
    def size(self) -> int:
        """Bytes."""
        return self.entry.size_bytes

    @property
    def digest(self) -> str:
        """BLAKE3 of its content, hexadecimal."""
        return self.entry.digest.hex()

    @property
    def metadata(self) -> dict[str, JSON]:
        """``type``, its media type, where the name tells it."""
        kind = media_type(self.entry.name)
        return {"type": kind} if kind else {}

    @property
    def url(self) -> str:
        """``cellar://train@4/plots/loss.png``."""
        from urllib.parse import quote

        return f"{self._asset.url}/{quote(self.entry.name)}"

    def restore(
        self,
        to: str | os.PathLike[str] | None = None,
        *,
        at: str | os.PathLike[str] | None = None,
        overwrite: str = "safe",
    ) -> Path:
        """Put it back under its path in a folder; the current one where it is left out.

        Raises:
            ConflictError: A file is in the way.
            UnsafeError: Its name would leave the folder.
        """
        from nbcellar.assets.restoring import restorer
        from nbcellar.assets.restoring.target import policy_of, target_folder

        cellar = self._asset.cellar
        tell(self._asset.run, self.entry)
        plan = restorer.plan(cellar, [self.entry], target_folder(to, at), policy=policy_of(overwrite))
        return restorer.execute(cellar, plan)[self.entry.name]

    def read(self, offset: int = 0, length: int | None = None) -> bytes:
        """Its content, or a part of it; every byte was compared with its digest.

        Raises:
            UsageError: A number is negative.
            CorruptDataError: The stored bytes are damaged.
        """
        if offset < 0 or (length is not None and length < 0):
            raise UsageError(f"read({offset}, {length}): offset and length cannot be negative.")
        self._check_file()
        tell(self._asset.run, self.entry)
        return self._asset.cellar.read_file(self.entry, offset, length)

    def open(self, mode: str = "rb") -> io.BufferedReader[io.RawIOBase] | io.TextIOWrapper:
        """A file to read from: ``rb``, or ``r`` for UTF-8 text.

        Raises:
            UsageError: Another mode: assets do not change.
        """
        if mode not in ("rb", "r", "rt"):
            raise UsageError(f"mode {mode!r}: an asset is only read.", hint="Use 'rb' or 'r'.")
        self._check_file()
        tell(self._asset.run, self.entry)
        buffered = io.BufferedReader(self._asset.cellar.open_file(self.entry), 2**18)
        return buffered if mode == "rb" else io.TextIOWrapper(buffered, encoding="utf-8")

    def _check_file(self) -> None:
        if self.entry.kind is not Kind.FILE:
            raise UsageError(f"{self._asset.ref}/{visible(self.path)} is a {self.entry.kind.value}, not a file.")

    def __fspath__(self) -> str:
        from nbcellar.assets.restoring.inputs import materialise

        tell(self._asset.run, self.entry)
        return str(materialise(self._asset.cellar, self.entry))

    def __eq__(self, other: object) -> bool:
        return self.entry == other.entry if isinstance(other, AssetEntry) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.entry)

    def __repr__(self) -> str:
        return f"<AssetEntry {self._asset.ref}/{visible(self.path)}: {size_text(self.size)}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, JSON]:
        facts = {"schema": "nbcellar/entry/1", "ref": self._asset.ref, **entry_facts(self.entry)}
        place = f"{html_text(self._asset.ref)}/{html_text(visible(self.path))}"
        kind = f" {html_text(str(self.metadata.get('type', '')))}"
        html = f'<div class="nbcellar-entry"><p><b>{place}</b> {size_text(self.size)}{kind}</p></div>'
        return {"text/plain": repr(self), "text/html": html, "application/vnd.nbcellar.entry+json": facts}
