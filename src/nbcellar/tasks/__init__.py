"""Task cells, functions and blocks: run, watch what is read and written, save it. Knows no IPython."""
