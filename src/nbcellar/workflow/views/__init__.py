"""How far a run is, in every form that people look at."""
