"""Directories: what is scanned, saved, restored, selected and compared."""
