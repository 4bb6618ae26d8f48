"""A function of joblib.Memory whose value is an array of 8 MB."""

import joblib
import numpy as np
from timing import timed

memory = joblib.Memory("joblib", verbose=0)


@memory.cache
def step(count):  # type: ignore[no-untyped-def]
    return np.random.default_rng(0).random(count)


timed(lambda: step(1_000_000))
