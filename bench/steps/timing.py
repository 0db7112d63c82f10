"""How the programs beside this file measure."""
import statistics
import time


def median_seconds(step, steps):
    """Return the seconds that a step takes: the median of five runs of so many steps, after one to warm up."""

    def seconds():
        start = time.perf_counter()
        for _ in range(steps):
            step()
        return (time.perf_counter() - start) / steps

    seconds()
    return statistics.median(seconds() for _ in range(5))
