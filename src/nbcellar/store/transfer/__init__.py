"""Assets that leave a store as one file, and come back."""
