"""The engine: attempts at a body, from opening the run to its card."""
