"""Rows: the index that is asked, and what it answers in."""
