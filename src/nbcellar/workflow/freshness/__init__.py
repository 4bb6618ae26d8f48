"""Whether a step runs or an earlier run stands, and why."""
