"""From files to an asset."""
