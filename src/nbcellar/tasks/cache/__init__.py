"""Earlier runs that stand for a new one: keys, kept names, and everything that a hit leaves."""
