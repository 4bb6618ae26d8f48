"""Events in order, from which the catalogue can be made again."""
