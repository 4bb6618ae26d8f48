"""One notebook run by papermill: its copy, its engine, its saves."""
