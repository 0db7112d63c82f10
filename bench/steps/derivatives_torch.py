"""The work of derivatives_test.go in PyTorch, in float64 on one thread: milliseconds, the median of five runs, and numbers
that depend on all results, which the test expects.

pinn: a gradient of the mean of (u'' + u)^2 on 64 points, where u is an MLP 1-16-16-1 with tanh.
jacobian: the derivatives of two reprojection errors with respect to 15 numbers, for 10,000 rows: by two gradients of the
errors' sums over the rows, and by functorch.
"""
import sys

from timing import median_seconds

try:
    import torch
    from torch import nn
except ImportError:
    sys.exit("PyTorch is not installed: pip install torch, or apt-get install python3-torch for /usr/bin/python3")

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def pinn():
    net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1))
    i = 0
    with torch.no_grad():  # in the order of the Go package: a neuron's weights, then its bias
        for layer in net[::2]:
            for row, bias in zip(layer.weight, layer.bias):
                for j in range(len(row)):
                    row[j] = 0.3 * torch.sin(torch.tensor(float(i)))
                    i += 1
                bias.copy_(0.3 * torch.sin(torch.tensor(float(i))))
                i += 1
    x = (torch.arange(64) / 32).unsqueeze(1).requires_grad_()

    def step():
        net.zero_grad(set_to_none=True)
        u = net(x)
        (first,) = torch.autograd.grad(u.sum(), x, create_graph=True)
        (second,) = torch.autograd.grad(first.sum(), x, create_graph=True)
        loss = ((second + u) ** 2).mean()
        loss.backward()
        return loss

    def check():
        loss = step()
        flat = []
        for layer in net[::2]:
            flat.append(torch.cat([layer.weight.grad, layer.bias.grad.unsqueeze(1)], 1).flatten())
        flat = torch.cat(flat)
        return f"{loss.item()!r} {(flat * torch.cos(torch.arange(len(flat)).double())).sum().item()!r}"

    return step, check


def errors(v):
    """Return the errors of a row, or of rows as columns of numbers."""
    rotation, center, focal, principal, radial = v[0:3], v[3:6], v[6], v[7:9], v[9:11]
    point, weight, feature = v[11:14], v[14], v[15:17]
    x = [p - c for p, c in zip(point, center)]
    theta = (rotation[0] ** 2 + rotation[1] ** 2 + rotation[2] ** 2).sqrt()
    cos, sin = theta.cos(), theta.sin()
    axis = [r / theta for r in rotation]
    crosses = [axis[i] * x[j] - axis[j] * x[i] for i, j in ((1, 2), (2, 0), (0, 1))]
    along = (axis[0] * x[0] + axis[1] * x[1] + axis[2] * x[2]) * (1 - cos)
    seen = [x[i] * cos + crosses[i] * sin + axis[i] * along for i in range(3)]
    p, q = seen[0] / seen[2], seen[1] / seen[2]
    r2 = p * p + q * q
    distortion = 1 + radial[0] * r2 + radial[1] * r2 * r2
    return [((p * distortion * focal + principal[0]) - feature[0]) * weight,
            ((q * distortion * focal + principal[1]) - feature[1]) * weight]


def rows():
    v = torch.sin(torch.arange(10_000 * 17).double()).reshape(10_000, 17)
    v[:, 5] -= 20
    return v


def checksum(jacobian):
    jacobian = jacobian.reshape(-1)
    return repr((jacobian * torch.cos(torch.arange(len(jacobian)).double())).sum().item())


def jacobian():
    columns = [c.clone().requires_grad_() for c in rows().T]

    def step():
        e = errors(columns)
        return [torch.autograd.grad(e[i].sum(), columns[:15], retain_graph=i == 0, allow_unused=True) for i in range(2)]

    def check():
        zeros = torch.zeros(10_000)
        return checksum(torch.stack([torch.stack([zeros if d is None else d for d in grad], 1) for grad in step()], 1))

    return step, check


def jacobian_functorch():
    import functorch

    v = rows()
    varied, fixed = v[:, :15].clone(), v[:, 15:].clone()
    f = functorch.vmap(functorch.jacrev(lambda a, b: torch.stack(errors(torch.cat([a, b])))))
    return lambda: f(varied, fixed), lambda: checksum(f(varied, fixed))


for work, steps in (pinn, 200), (jacobian, 10), (jacobian_functorch, 10):
    step, check = work()
    took = median_seconds(step, steps) * 1e3
    print(f"PyTorch {torch.__version__}, {work.__name__}: {took:.3f} ms, {check()}")
