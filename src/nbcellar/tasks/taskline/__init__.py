"""The task line: its words and options, and what they mean."""
