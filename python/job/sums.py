"""An epoch's losses and metrics."""
import torch

import network as net
from processes import RANK, gathered, total


class Sums:
    """The losses of the rows so far and, for metrics, their outputs and targets."""

    def __init__(self, device):
        self.exact = torch.float32 if device.type == "mps" else torch.float64
        self.losses = [[] for _ in net.OUTPUTS]
        self.rows = [[] for _ in net.OUTPUTS]
        self.penalty = 0.0

    def add(self, k, loss, a, targets):
        self.losses[k].append(loss.detach())
        if net.METRICS:
            self.rows[k].append((a.detach().flatten(1), targets))

    def take(self, rows, with_penalty=True):
        """Returns the means over the given number of rows of all processes."""
        sums = total(torch.stack([torch.stack(own).to(self.exact).sum() for own in self.losses]))
        means = [loss / rows for loss in sums.tolist()]
        penalty = float(self.penalty) / rows
        loss = sum(mean * output.weight for mean, output in zip(means, net.OUTPUTS)) + penalty
        parts = {f"{output.layer}_loss": mean for mean, output in zip(means, net.OUTPUTS)} if len(means) > 1 else {}
        if net.HAS_PENALTY and with_penalty:
            parts["penalty"] = penalty
        both = [[gathered(torch.cat(part)) for part in zip(*own)] for own in self.rows] if net.METRICS else []
        metrics = {name: float(metric(*both[k])) for name, (k, metric) in net.METRICS.items()} if RANK == 0 else {}
        return {"loss": loss, **parts, "metrics": metrics}
