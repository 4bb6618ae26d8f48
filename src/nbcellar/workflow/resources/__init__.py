"""The live resources of a runner, and where a pass begins and ends for them."""
