"""Logs the training of any torch.nn.Module as Backprop's events (docs/events.md), for Open Run Folder... in the editor.

    from backprop_watch import watch

    log = watch(model, "runs/first", epochs=20)
    for epoch in range(20):
        for x, t in batches:
            optimizer.zero_grad()
            loss = loss_of(model(x), t)
            loss.backward()
            log.batch(loss, rows=len(x))  # after backward, before the update
            optimizer.step()
        log.epoch(val_loss=..., accuracy=...)
    log.finish()

A Keras 3 model on the PyTorch backend is such a module: call `log.batch` in its `train_step`.
"""
import json
import math
import os
import time

import torch


def watch(model, folder, epochs, name=None):
    return Watch(model, folder, epochs, name or type(model).__name__)


class Watch:
    def __init__(self, model, folder, epochs, name):
        own = {layer: [p for p in module.parameters(recurse=False) if p.requires_grad] for layer, module in model.named_modules()}
        self.layers = {layer or name: weights for layer, weights in own.items() if weights}
        os.makedirs(folder, exist_ok=True)
        self.file = open(os.path.join(folder, "history.jsonl"), "w", encoding="utf-8")
        self.epochs = self.rows = 0
        self.seconds, self.began = 0.0, time.perf_counter()
        layers = [{"id": layer, "kind": "dense", "inputs": [], "shape": list(weights[0].shape[:1]), "parameters": sum(p.numel() for p in weights)}
                  for layer, weights in self.layers.items()]
        self.write({"event": "started", "version": 1, "model": name, "run": name, "layers": layers, "rows": {"train": 0}, "epochs": epochs,
                    "kernels": f"torch {torch.__version__}"})
        self.reset()

    def reset(self):
        self.loss = self.rows = self.batches = 0
        self.sums = {layer: [0.0] * 5 for layer in self.layers}
        self.before = {layer: self.flat(weights) for layer, weights in self.layers.items()}

    @staticmethod
    def flat(tensors):
        return torch.cat([t.detach().flatten().double().cpu() for t in tensors])

    def batch(self, loss, rows):
        """Adds a batch after its reverse pass. The gradients must be those of the batch's mean loss."""
        self.loss, self.rows, self.batches = self.loss + float(loss) * rows, self.rows + rows, self.batches + 1
        for layer, weights in self.layers.items():
            g, sums = self.flat([torch.zeros_like(p) if p.grad is None else p.grad for p in weights]), self.sums[layer]
            new = [float(g.norm()), float(g.sum()), float((g * g).sum()), float(g.abs().max()), float((g == 0).sum())]
            self.sums[layer] = [max(a, b) if k == 3 else a + b for k, (a, b) in enumerate(zip(sums, new))]

    def epoch(self, val_loss=None, learning_rate=None, **metrics):
        """Writes the epoch's event."""
        now = time.perf_counter()
        seconds, self.began = now - self.began, now
        self.epochs, self.seconds = self.epochs + 1, self.seconds + seconds
        layers = [self.statistics(layer) for layer in self.layers]
        self.write({"event": "epoch", "epoch": self.epochs, "loss": self.loss / max(self.rows, 1), "val_loss": val_loss,
                    "metrics": metrics, "learning_rate": learning_rate, "seconds": seconds, "layers": layers})
        self.reset()

    def statistics(self, layer):
        before, after = self.before[layer], self.flat(self.layers[layer])
        batches = max(self.batches, 1)
        norms, total, squares, largest, zeros = self.sums[layer]
        entries, size = batches * len(after), float(before.norm())
        mean = total / entries
        gradient = {"norm": norms / batches, "mean": mean, "spread": math.sqrt(max(0.0, squares / entries - mean * mean)), "max": largest,
                    "zeros": zeros / entries}
        return {"name": layer, "gradient": gradient, "weight_norm": float(after.norm()),
                "update_ratio": float((after - before).norm()) / size / batches if size > 0 else 0.0}

    def finish(self):
        self.write({"event": "finished", "epochs": self.epochs, "seconds": self.seconds})
        self.file.close()

    def write(self, event):
        self.file.write(json.dumps(as_json(event), ensure_ascii=False) + "\n")
        self.file.flush()


def as_json(value):
    """Returns the value with null for NaN and infinity, which JSON lacks. job/history.py has the same function: this is a single file to copy."""
    if isinstance(value, dict):
        return {key: as_json(own) for key, own in value.items()}
    if isinstance(value, list):
        return [as_json(own) for own in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
