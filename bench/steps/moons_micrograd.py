"""One training step of the moons demo in the original micrograd: MLP 2-16-16-1 with ReLU, hinge loss and L2 penalty, 100
points. Prints the microseconds for a step, the median of five.
"""
import math
import random
import statistics
import sys
import time

try:
    from micrograd.nn import MLP
except ImportError:
    sys.exit("micrograd is not installed: pip install micrograd")

random.seed(1)
points, labels = [], []
for i in range(100):
    angle = random.random() * math.pi
    x, y, label = math.cos(angle), math.sin(angle), -1
    if i % 2 == 1:
        x, y, label = 1 - x, 0.5 - y, 1
    points.append([x + random.gauss(0, 0.1), y + random.gauss(0, 0.1)])
    labels.append(label)

net = MLP(2, [16, 16, 1])


def step():
    net.zero_grad()
    losses = [(1 + -label * net(point)).relu() for point, label in zip(points, labels)]
    loss = sum(losses) * (1 / len(losses)) + 1e-4 * sum(p * p for p in net.parameters())
    loss.backward()


def microseconds():
    start = time.perf_counter()
    step()
    return (time.perf_counter() - start) * 1e6


sys.setrecursionlimit(100_000)  # its backward pass is recursive, and sums are deep
microseconds()  # warm up
print(f"micrograd, Python {sys.version.split()[0]}: {statistics.median(microseconds() for _ in range(5)):.0f} µs per step")
