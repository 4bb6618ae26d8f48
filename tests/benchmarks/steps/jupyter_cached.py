"""A notebook of one cell, taken from jupyter-cache."""

import os

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor
from nbformat.v4 import new_code_cell, new_notebook
from timing import timed

BODY = "import numpy as np\nx = np.random.default_rng(0).random(1_000_000)\nfloat(x.sum())"

cache = get_cache("jupyter-cache")
if not os.path.exists("cached.ipynb"):
    notebook = new_notebook(cells=[new_code_cell(BODY)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, "cached.ipynb")
    cache.add_nb_to_project("cached.ipynb")
    load_executor("local-serial", cache).run_and_cache()

timed(lambda: cache.merge_match_into_file("cached.ipynb"))
