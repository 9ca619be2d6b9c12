"""Each layer's gradient statistics over an epoch's sampled batches, as described in docs/events.md."""
import torch


class LayerStatistics:
    """`ranges` contains each layer's [from, to) in the flat gradients. Nothing is read from the device before the end of the epoch."""

    def __init__(self, ranges):
        self.ranges = ranges
        self.others = None
        self.reset()

    def reset(self):
        self.batches, self.rows = [], 0
        self.zero_outputs = {}

    def add(self, gradients, relu_outputs):
        """Adds a sampled batch's gradients, and counts the zero units in the outputs of its relu layers."""
        numbers = []
        # Summing numbers of the gradients' type in reused memory is several times as fast as summing new Booleans.
        self.others = torch.empty_like(gradients) if self.others is None else self.others
        torch.ne(gradients, 0, out=self.others)
        for start, end in self.ranges.values():
            g = gradients[start:end]
            low, high = torch.aminmax(g)
            numbers += [torch.dot(g, g), g.sum(), torch.maximum(-low, high), self.others[start:end].sum()]
        if numbers:
            self.batches.append(torch.stack(numbers))
        for name, output in relu_outputs.items():
            output = output.detach()
            zeros = torch.eq(output, 0, out=torch.empty_like(output)).sum(0).flatten()
            self.zero_outputs[name] = self.zero_outputs[name] + zeros if name in self.zero_outputs else zeros
        if relu_outputs:
            self.rows += len(next(iter(relu_outputs.values())))

    def take(self, before, after, total):
        """Returns each layer's statistics of the epoch and resets the sums. `total` sums a tensor over the processes."""
        dead = {name: total(torch.cat([count, count.new_tensor([self.rows])])).tolist() for name, count in self.zero_outputs.items()}
        batches = torch.stack(self.batches).cpu().double().view(len(self.batches), -1, 4) if self.batches else []
        sizes = [torch.linalg.vector_norm(part[start:end]) for start, end in self.ranges.values() for part in (before, after, after - before)]
        sizes = torch.stack(sizes).view(-1, 3).tolist() if sizes else []
        layers = []
        for k, (name, (start, end)) in enumerate(self.ranges.items()):
            squares, plain, largest, others = batches[:, k].T
            entries = len(squares) * (end - start)
            mean = float(plain.sum()) / entries
            size, weight_norm, moved = sizes[k]
            counted = dead.get(name)
            layers.append({
                "name": name,
                "gradient": {
                    "norm": float(squares.sqrt().mean()),
                    "mean": mean,
                    "spread": max(0.0, float(squares.sum()) / entries - mean * mean) ** 0.5,
                    "max": float(largest.max()),
                    "zeros": 1 - float(others.sum()) / entries,
                },
                "update_ratio": moved / size if size > 0 else 0.0,
                "weight_norm": weight_norm,
                "dead_units": None if counted is None else sum(zeros >= 0.9 * counted[-1] for zeros in counted[:-1]),
                "units": None if counted is None else len(counted) - 1,
            })
        self.reset()
        return layers
