"""Live objects with a scope: how they are specified, made, passed on and closed."""
