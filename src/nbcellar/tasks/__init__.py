"""Cells: the engine that yields attempts, which cells, functions and with-blocks drive. Knows no IPython."""
