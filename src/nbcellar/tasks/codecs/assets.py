"""Codecs of assets and their entries: by reference, in the cellar of the place where they are read."""

from __future__ import annotations

from nbcellar.errors import NotFoundError
from nbcellar.model import JSON
from nbcellar.tasks.codecs.arrays import is_from
from nbcellar.tasks.codecs.protocol import Codec, Parts, Pieces, damaged, items_of, text_of


class _AssetCodec:
    name, version, media_type = "asset", 1, "application/json"

    def claims(self, value: object) -> bool:
        if not is_from(value, "nbcellar"):
            return False
        from nbcellar.assets.asset import Asset  # here, since few values are assets

        return type(value) is Asset

    def encode(self, value: object, parts: Parts) -> object:
        from nbcellar.assets.asset import Asset

        assert isinstance(value, Asset)
        return [value.run.id, value.id]

    def decode(self, payload: JSON, pieces: Pieces) -> object:
        from nbcellar.assets.asset import Asset
        from nbcellar.store import current

        run_id, digest = map(text_of, items_of(payload))
        cellar = current()
        asset = Asset(cellar, cellar.run(run_id))
        if asset.id != digest:
            raise NotFoundError(f"The asset {digest[:12]} is not in this cellar.")
        return asset


class _EntryCodec:
    name, version, media_type = "asset.entry", 1, "application/json"

    def claims(self, value: object) -> bool:
        if not is_from(value, "nbcellar"):
            return False
        from nbcellar.assets.assetentry import AssetEntry

        return type(value) is AssetEntry

    def encode(self, value: object, parts: Parts) -> object:
        from nbcellar.assets.assetentry import AssetEntry

        assert isinstance(value, AssetEntry)
        return [parts.encode(value.asset), parts.encode(value.path)]

    def decode(self, payload: JSON, pieces: Pieces) -> object:
        from nbcellar.assets.asset import Asset

        match [pieces.decode(part) for part in items_of(payload)]:
            case [Asset() as asset, str(path)]:
                return asset[path]
        raise damaged(payload)


ASSETS: tuple[Codec, ...] = (_AssetCodec(), _EntryCodec())
