"""The work of small_test.go in PyTorch, in float64 on one thread: microseconds a step, the median of
five runs, and a number that depends on all results, which the test expects."""
import math
import statistics
import sys
import time

try:
    import torch
    from torch import nn
except ImportError:
    sys.exit("PyTorch is not installed: pip install torch, or apt-get install python3-torch for /usr/bin/python3")

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def zero_grad(params):
    for p in params:
        p.grad = None


def simulation():
    dt = 0.05
    params = [torch.tensor(x, requires_grad=True) for x in (1.2, 0.1, 0.8, 0.3)]
    length, damping, angle0, velocity0 = params
    observed = torch.tensor([0.5 * math.cos(0.15 * (i + 1)) for i in range(60)])

    def step():
        zero_grad(params)
        stiffness = 9.81 / length

        def acceleration(angle, velocity):
            return -(stiffness * torch.sin(angle) + damping * velocity)

        angle, velocity = angle0, velocity0
        angles = []
        for _ in range(60):
            v1, a1 = velocity, acceleration(angle, velocity)
            v2 = velocity + dt / 2 * a1
            a2 = acceleration(angle + dt / 2 * v1, v2)
            v3 = velocity + dt / 2 * a2
            a3 = acceleration(angle + dt / 2 * v2, v3)
            v4 = velocity + dt * a3
            a4 = acceleration(angle + dt * v3, v4)
            angle = angle + dt / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
            velocity = velocity + dt / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
            angles.append(angle)
        loss = nn.functional.mse_loss(torch.stack(angles), observed)
        loss.backward()
        return loss

    return step, lambda: torch.stack(params), lambda: torch.stack([p.grad for p in params])


def fill(blocks):
    """Give the parameters 0.3 sin(i), in the order of the Go package: a neuron's weights, then its bias."""
    i = 0
    with torch.no_grad():
        for block in blocks:
            numbers = 0.3 * torch.sin(torch.arange(i, i + sum(b.numel() for b in block)))
            i += len(numbers)
            joined = numbers.view(block[0].shape[0], -1)
            block[0].copy_(joined[:, : block[0].shape[1]])
            if len(block) > 1:
                block[1].copy_(joined[:, -1])


def in_order(blocks):
    return torch.cat([torch.cat([b.view(len(b), -1) for b in block], 1).flatten() for block in blocks])


def of_network(step, blocks):
    return (
        step,
        lambda: in_order(blocks).detach(),
        lambda: in_order([[b.grad for b in block] for block in blocks]),
    )


def letters():
    embedding = torch.zeros(4, 27, requires_grad=True)
    hidden, last = nn.Linear(12, 32), nn.Linear(32, 27)
    blocks = [[embedding], [hidden.weight, hidden.bias], [last.weight, last.bias]]
    fill(blocks)
    params = sum(blocks, [])
    x = torch.tensor([[(7 * i + 1) % 27, (11 * i + 3) % 27, (13 * i + 5) % 27] for i in range(32)])
    y = torch.tensor([(17 * i + 2) % 27 for i in range(32)])

    def step():
        zero_grad(params)
        embedded = nn.functional.embedding(x, embedding.t()).view(32, 12)
        loss = nn.functional.cross_entropy(last(torch.tanh(hidden(embedded))), y)
        loss.backward()
        return loss

    return of_network(step, blocks)


def bandit():
    policy = nn.Sequential(nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 4))
    blocks = [[policy[0].weight, policy[0].bias], [policy[2].weight, policy[2].bias]]
    fill(blocks)
    params = sum(blocks, [])
    adam = torch.optim.Adam(params, 0.01)
    rounds = 0

    def step():
        nonlocal rounds
        rounds += 1
        context = [math.sin(rounds * (i + 1)) for i in range(8)]
        chance = rounds * 0.618 % 1
        log_probabilities = nn.functional.log_softmax(policy(torch.tensor(context)), 0)
        action = 3
        for i, p in enumerate(log_probabilities.exp().tolist()):
            chance -= p
            if chance < 0:
                action = i
                break
        advantage = 0.5 if (action % 2 == 0) == (context[0] > 0) else -0.5
        loss = -advantage * log_probabilities[action]
        zero_grad(params)
        loss.backward()
        adam.step()
        return loss

    return of_network(step, blocks)


for work in simulation, letters, bandit:
    step, data, grad = work()
    for _ in range(100):
        loss = step()
    total = loss.item() + torch.dot(torch.cos(torch.arange(len(grad())).double()), data() + grad()).item()
    times = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(50):
            step()
        times.append((time.perf_counter() - start) / 50 * 1e6)
    print(f"PyTorch {torch.__version__}, {work.__name__}: {statistics.median(times):.0f} µs a step, {total!r}")
