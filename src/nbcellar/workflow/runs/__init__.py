"""Runs of workflows: planned, carried out step by step, listed and looked into."""
