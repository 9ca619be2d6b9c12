"""Each layer's gradient statistics over an epoch's sampled batches, as described in docs/events.md."""
import torch


class LayerStatistics:
    """`ranges` contains each layer's [from, to) in the flat gradients. Nothing is read from the device before the end of the epoch."""

    def __init__(self, ranges, gradients):
        self.ranges = ranges
        self.gradients, self.others = gradients, torch.empty_like(gradients)
        self.parts = [(gradients[start:end], self.others[start:end]) for start, end in ranges.values()]
        self.reset()

    def reset(self):
        self.batches, self.rows = [], 0
        self.active_rows = {}

    def add(self, relu_outputs):
        """Adds the gradients of a sampled batch, and counts for each unit of its relu layers the rows with a positive output."""
        # Summing numbers of the gradients' type in reused memory is several times as fast as summing new Booleans.
        torch.ne(self.gradients, 0, out=self.others)
        numbers = [(torch.dot(g, g), g.sum(), *torch.aminmax(g), others.sum()) for g, others in self.parts]
        if numbers:
            self.batches.append(torch.stack([number for own in numbers for number in own]))
        for name, output in relu_outputs.items():
            active = output.detach().sign().sum(0)
            self.active_rows[name] = self.active_rows[name] + active if name in self.active_rows else active
        if relu_outputs:
            self.rows += len(next(iter(relu_outputs.values())))

    def take(self, before, after, total):
        """Returns each layer's statistics of the epoch and resets the sums. `total` sums a tensor over the processes."""
        active = {name: total(torch.cat([count.flatten(), count.new_tensor([self.rows])])).tolist() for name, count in self.active_rows.items()}
        batches = torch.stack(self.batches).cpu().double().view(len(self.batches), -1, 5) if self.batches else []
        sizes = [torch.linalg.vector_norm(part[start:end]) for start, end in self.ranges.values() for part in (before, after, after - before)]
        sizes = torch.stack(sizes).view(-1, 3).tolist() if sizes else []
        layers = []
        for k, (name, (start, end)) in enumerate(self.ranges.items()):
            squares, plain, lowest, highest, others = batches[:, k].T
            entries = len(squares) * (end - start)
            mean = float(plain.sum()) / entries
            size, weight_norm, moved = sizes[k]
            counted = active.get(name)
            layers.append({
                "name": name,
                "gradient": {
                    "norm": float(squares.sqrt().mean()),
                    "mean": mean,
                    "spread": max(0.0, float(squares.sum()) / entries - mean * mean) ** 0.5,
                    "max": float(torch.maximum(-lowest, highest).max()),
                    "zeros": 1 - float(others.sum()) / entries,
                },
                "update_ratio": moved / size if size > 0 else 0.0,
                "weight_norm": weight_norm,
                "dead_units": None if counted is None else sum(counted[-1] - rows >= 0.9 * counted[-1] for rows in counted[:-1]),
                "units": None if counted is None else len(counted) - 1,
            })
        self.reset()
        return layers
