"""From an asset to files: planned, all or nothing, taken back."""
