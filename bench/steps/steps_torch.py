"""Two training steps and a forward pass in PyTorch, in microseconds, each the median of five runs.

moons: MLP 2-16-16-1 with ReLU, hinge loss and L2 penalty, 100 points, in float64, on one thread.
wide: MLP 784-128-10 with ReLU and cross-entropy, 256 rows of random numbers, in float64 and float32, on one thread and on
as many as there are cores.
forward: the logits of wide, without a gradient.
"""
import os
import sys

from timing import median_seconds

try:
    import torch
    from torch import nn
except ImportError:
    sys.exit("PyTorch is not installed: pip install torch, or apt-get install python3-torch for /usr/bin/python3")


def moons():
    angle = torch.rand(100) * torch.pi
    lower = torch.arange(100) % 2 == 1
    x = torch.where(lower, 1 - angle.cos(), angle.cos())
    y = torch.where(lower, 0.5 - angle.sin(), angle.sin())
    points = torch.stack([x, y], 1) + 0.1 * torch.randn(100, 2)
    labels = torch.where(lower, 1.0, -1.0)
    net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))

    def loss():
        hinge = (1 - labels * net(points).squeeze(1)).relu().mean()
        return hinge + 1e-4 * sum((p * p).sum() for p in net.parameters())

    return step_of(net, loss)


def step_of(net, loss):
    def step():
        net.zero_grad()
        loss().backward()

    return step


def wide_network():
    return torch.randn(256, 784), nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))


def wide():
    rows, net = wide_network()
    classes = torch.randint(10, (256,))
    return step_of(net, lambda: nn.functional.cross_entropy(net(rows), classes))


def forward():
    rows, net = wide_network()
    return torch.no_grad()(lambda: net(rows))


def blas():
    """Return the files of the library that computes matrix products, if it isn't part of PyTorch."""
    try:
        with open("/proc/self/maps") as maps:
            files = {line.split()[-1] for line in maps if "libblas" in line}
    except OSError:
        files = set()
    return ", ".join(files) or "part of PyTorch"


def measure(what, dtype, threads, steps):
    torch.manual_seed(1)
    torch.set_num_threads(threads)
    torch.set_default_dtype(dtype)
    step = what()
    took = median_seconds(step, steps) * 1e6
    print(f"PyTorch {torch.__version__}, {what.__name__}, {dtype}, {threads} threads: {took:.0f} µs")


print("BLAS:", blas())
measure(moons, torch.float64, 1, 500)
for dtype in torch.float64, torch.float32:
    for threads in sorted({1, os.cpu_count()}):
        measure(wide, dtype, threads, 20)
        measure(forward, dtype, threads, 50)
