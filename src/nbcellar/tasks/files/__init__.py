"""Files: where a body runs, what is opened, what was written."""
