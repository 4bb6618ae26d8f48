"""nbcellar: notebook cells that keep what they write. ``import nbcellar as cellar``."""
