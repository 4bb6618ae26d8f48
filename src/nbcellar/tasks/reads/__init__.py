"""Inputs: declared, found, looked into, kept."""
