"""A store kept whole and small: checks, repairs, collection, backups."""
