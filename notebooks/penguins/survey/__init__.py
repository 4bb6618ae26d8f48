"""The project's own code: what the notebooks import."""
