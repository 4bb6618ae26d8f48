"""Workflows made in Python, and runners that pass through one again and again."""
