"""Notebooks: documents, mapped parameters and the runner. The only room that knows papermill."""
