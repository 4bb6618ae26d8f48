"""How two assets differ, and two files."""
