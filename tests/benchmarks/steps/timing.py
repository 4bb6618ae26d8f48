"""Times one step many times in a process, and says the median; run by its path, in any environment."""

import json
import statistics
import time

REPEATS = 11


def timed(step, before=lambda: None):  # type: ignore[no-untyped-def]
    """Print the median of a step's times, the first two left aside."""
    walls, cpus = [], []
    for number in range(REPEATS + 2):
        before()
        wall, cpu = time.perf_counter(), time.process_time()
        step()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if number > 1:
            walls.append(wall)
            cpus.append(cpu)
    print(json.dumps({"seconds": statistics.median(walls), "cpu_s": statistics.median(cpus)}))
