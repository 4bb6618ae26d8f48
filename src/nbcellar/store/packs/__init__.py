"""Bytes in packs: staged, read back, and listed by manifests."""
