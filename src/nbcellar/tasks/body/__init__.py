"""What the code of a body says about itself: names, paths, definitions."""
