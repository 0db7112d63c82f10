"""One training step of the moons demo in PyTorch: MLP 2-16-16-1 with ReLU, hinge loss and L2 penalty, 100 points.

Prints the microseconds for a step, the median of five runs, on one thread and in float64, as the Go benchmarks compute.
"""
import statistics
import sys
import time

try:
    import torch
    from torch import nn
except ImportError:
    sys.exit("PyTorch is not installed: pip install torch")

torch.manual_seed(1)
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

angle = torch.rand(100) * torch.pi
lower = torch.arange(100) % 2 == 1
x = torch.where(lower, 1 - angle.cos(), angle.cos())
y = torch.where(lower, 0.5 - angle.sin(), angle.sin())
points = torch.stack([x, y], 1) + 0.1 * torch.randn(100, 2)
labels = torch.where(lower, 1.0, -1.0)

net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1))
params = list(net.parameters())


def step():
    net.zero_grad()
    hinge = (1 - labels * net(points).squeeze(1)).relu().mean()
    loss = hinge + 1e-4 * sum((p * p).sum() for p in params)
    loss.backward()


def microseconds(steps):
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return (time.perf_counter() - start) / steps * 1e6


microseconds(100)  # warm up
print(f"PyTorch {torch.__version__}: {statistics.median(microseconds(500) for _ in range(5)):.0f} µs per step")
