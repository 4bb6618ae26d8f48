"""Bytes and rows: packs, manifests, journal and catalogue. The only room that knows fsspec and SQL."""
