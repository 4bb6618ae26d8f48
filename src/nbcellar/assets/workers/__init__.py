"""A second process that helps with many small files while a processor is idle."""
