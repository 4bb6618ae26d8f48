"""Where bytes lie: immutable objects under short keys, in a folder or behind a URL."""
