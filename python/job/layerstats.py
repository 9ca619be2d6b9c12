"""Each layer's gradient statistics over an epoch's sampled batches, as docs/events.md describes them."""
import torch

MOST_NUMBERS = 2**24  # of gradients that are held before they are added up


class LayerStatistics:
    """`ranges` has each layer's [from, to) in the flat gradients."""

    def __init__(self, ranges):
        self.ranges = ranges
        self.reset()

    def reset(self):
        self.gradients, self.outputs = [], []
        self.batches, self.rows = 0, 0
        self.sums = {name: torch.zeros(5, dtype=torch.float64) for name in self.ranges}
        self.zeros = {}

    def add(self, gradients, relu_outputs):
        """Adds the gradients of a sampled batch, and the outputs of its relu layers, of which units at 0 are counted."""
        self.gradients.append(gradients.clone())
        self.outputs.append({name: output.detach() for name, output in relu_outputs.items()})
        numbers = gradients.numel() + sum(output.numel() for output in relu_outputs.values())
        if len(self.gradients) * numbers > MOST_NUMBERS:
            self.add_up()

    def add_up(self):
        if not self.gradients:
            return
        self.batches += len(self.gradients)
        gradients = torch.stack(self.gradients)
        for name, (start, end) in self.ranges.items():
            g = gradients[:, start:end]
            norms = torch.linalg.vector_norm(g, dim=1)
            parts = [norms.sum(), g.sum(), (g * g).sum(), g.abs().max(), (g == 0).sum()]
            largest = max(float(parts[3]), float(self.sums[name][3]))
            self.sums[name] += torch.tensor([float(part) for part in parts], dtype=torch.float64)
            self.sums[name][3] = largest
        for name in self.outputs[0]:
            zeros = sum((output[name] == 0).sum(0) for output in self.outputs)
            self.zeros[name] = self.zeros.get(name, 0) + zeros.flatten()
        self.rows += sum(len(next(iter(output.values()))) for output in self.outputs if output)
        self.gradients, self.outputs = [], []

    def take(self, before, after, total):
        """Returns the epoch's statistics of each layer, and begins anew. `total` sums a tensor over the processes."""
        self.add_up()
        zeros = {name: total(torch.cat([count, count.new_tensor([self.rows])])) for name, count in self.zeros.items()}
        layers = []
        for name, (start, end) in self.ranges.items():
            norms, plain, squares, largest, nothing = self.sums[name].tolist()
            entries = max(self.batches, 1) * (end - start)
            mean = plain / entries
            size = torch.linalg.vector_norm(before[start:end])
            moved = torch.linalg.vector_norm(after[start:end] - before[start:end])
            counted = zeros.get(name)
            layers.append({
                "name": name,
                "gradient": {
                    "norm": norms / max(self.batches, 1),
                    "mean": mean,
                    "spread": max(0.0, squares / entries - mean * mean) ** 0.5,
                    "max": largest,
                    "zeros": nothing / entries,
                },
                "update_ratio": float(moved / size) if size > 0 else 0.0,
                "weight_norm": float(torch.linalg.vector_norm(after[start:end])),
                "dead_units": None if counted is None else int((counted[:-1] >= 0.9 * counted[-1]).sum()),
                "units": None if counted is None else len(counted) - 1,
            })
        self.reset()
        return layers
