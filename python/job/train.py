"""Trains the network of network.py: on one process, or under torchrun on several. README.md has the commands.

Batch k of an epoch is order[k*B:(k+1)*B] on every process, and process r takes every WORLD-th of its rows, from the r-th on. Each process
divides its rows' losses by the rows of the whole batch, so that the sum of all processes' gradients is the gradient of the batch.
"""
import argparse
import json
import math
import os
import time
from pathlib import Path

import torch
import torch.distributed as dist
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import network as net
from layerstats import LayerStatistics
from nnrandom import shuffled

HERE = Path(__file__).resolve().parent
STARTED = json.loads((HERE / "started.json").read_text(encoding="utf-8"))
RANK = int(os.environ.get("RANK", 0))
WORLD = int(os.environ.get("WORLD_SIZE", 1))
EVALUATED = 8192  # rows at once where there is no gradient


def main():
    options = parse_options()
    device = start_processes(options.device)
    try:
        Training(options, device).run()
    finally:
        if WORLD > 1:
            dist.destroy_process_group()


def parse_options():
    parser = argparse.ArgumentParser(description="Trains the network of network.py.")
    parser.add_argument("--out", type=Path, default=HERE / "run", help="the folder of history.jsonl and weights.safetensors")
    parser.add_argument("--data", type=Path, default=HERE / "data.safetensors")
    parser.add_argument("--device", help="cpu, cuda or mps (default: a GPU that CUDA finds, else the processor)")
    parser.add_argument("--fresh", action="store_true", help="begins anew, although the folder has a checkpoint")
    parser.add_argument("--checkpoint-seconds", type=float, default=1, help="the least time between two checkpoints; 0: after each epoch")
    return parser.parse_args()


def start_processes(device):
    """Returns this process's device, after it has joined the others."""
    local = int(os.environ.get("LOCAL_RANK", 0))
    has_gpu = device in (None, "cuda") and torch.cuda.device_count() >= int(os.environ.get("LOCAL_WORLD_SIZE", 1))
    if has_gpu:
        torch.cuda.set_device(local)
    # Ray has joined the processes.
    if WORLD > 1 and not dist.is_initialized():
        # After a crash gloo's first restart fails if the processes reconnect at once.
        if int(os.environ.get("TORCHELASTIC_RESTART_COUNT", 0)) > 0:
            time.sleep(5)
        dist.init_process_group("nccl" if has_gpu else "gloo")
    return torch.device(f"cuda:{local}" if has_gpu else device or "cpu")


def total(tensor):
    """Returns the sum of the processes' tensors."""
    if WORLD > 1:
        dist.all_reduce(tensor)
    return tensor


def gathered(tensor):
    """Returns the rows of all processes, on the processor. The processes may have different numbers of rows."""
    if WORLD == 1:
        return tensor.cpu().double()
    rows = tensor.new_zeros(WORLD)
    rows[RANK] = len(tensor)
    counts = [int(count) for count in total(rows)]
    padded = tensor.new_zeros((max(counts), *tensor.shape[1:]))
    padded[: len(tensor)] = tensor
    parts = [torch.empty_like(padded) for _ in range(WORLD)]
    dist.all_gather(parts, padded)
    return torch.cat([part[:count] for part, count in zip(parts, counts)]).cpu().double()


def from_first(value):
    """Returns the first process's value, so that all processes decide alike."""
    if WORLD == 1:
        return value
    box = [value]
    dist.broadcast_object_list(box)
    return box[0]


class Training:
    def __init__(self, options, device):
        self.options, self.device = options, device
        loaded = load_file(options.data)
        parts = {name: loaded.pop(name).long() for name in ("train", "validation", "test")}
        self.data = {name: tensor.to(device) for name, tensor in {**loaded, **parts}.items()}
        self.features, self.train_rows = self.data["features"], parts["train"].tolist()
        self.targets = [self.data[f"target_{k}"] for k in range(len(net.OUTPUTS))]
        self.row_weights = [self.data.get(f"weight_{k}") for k in range(len(net.OUTPUTS))]
        self.model = net.Network().to(device, self.features.dtype)
        self.load_weights(HERE / "start.safetensors")
        self.flatten()
        self.optimizer, self.rate = net.Optimizer(self.weights), net.LearningRate()
        self.batch = min(net.BATCH or len(self.train_rows), len(self.train_rows))
        self.batches = math.ceil(len(self.train_rows) / self.batch)
        self.stride = max(1, self.batches // 32)
        self.statistics = LayerStatistics(self.ranges)
        self.epoch, self.step, self.seconds = 0, 0, 0.0
        self.best = {"value": math.inf, "epoch": None, "waited": 0, "weights": None}
        self.saved_at = -math.inf

    def flatten(self):
        """Makes all trained weights views of one flat tensor, and their gradients of another."""
        parameters = dict(self.model.named_parameters())
        used = [name for names in net.TRAINED.values() for name in names]
        self.weights = torch.cat([parameters[name].detach().flatten() for name in used]) if used else self.features.new_zeros(0)
        self.gradients = torch.zeros_like(self.weights)
        self.ranges, at = {}, 0
        for layer, names in net.TRAINED.items():
            start = at
            for name in names:
                parameter = parameters[name]
                end = at + parameter.numel()
                parameter.data = self.weights[at:end].view_as(parameter)
                parameter.grad = self.gradients[at:end].view_as(parameter)
                at = end
            self.ranges[layer] = (start, at)

    def load_weights(self, path):
        """Reads weights in Backprop's layout, in which a kernel is [inputs, units]."""
        saved, own = load_file(path), self.model.state_dict()
        for name, (attribute, is_transposed) in net.WEIGHTS.items():
            own[attribute].copy_(saved[name].T if is_transposed else saved[name])

    def save_weights(self, epoch):
        own = self.model.state_dict()
        saved = {name: (own[attribute].T if is_transposed else own[attribute]).detach().cpu().clone().contiguous()
                 for name, (attribute, is_transposed) in net.WEIGHTS.items()}
        with safe_open(HERE / "start.safetensors", "pt") as start:
            # A file with Backprop's `format` has a checksum, which this program does not write.
            metadata = {key: value for key, value in start.metadata().items() if key not in ("format", "checksum")}
        path = self.options.out / "weights.safetensors"
        save_file(saved, f"{path}.part", {**metadata, "epoch": str(epoch)})
        os.replace(f"{path}.part", path)

    def run(self):
        history = History(self.options.out, self.device)
        self.resume(history)
        ends_early = self.best["waited"] >= max(net.STOP["patience"], 1) if net.STOP else False
        while self.epoch < net.EPOCHS and not ends_early:
            good = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
            numbers = self.train_epoch(self.epoch + 1)
            if not math.isfinite(numbers["loss"]):
                return self.diverged(history, good)
            self.epoch += 1
            history.write({"event": "epoch", "epoch": self.epoch, **numbers})
            ends_early = self.observe(numbers)
            self.save_checkpoint()
        self.finish(history)

    def train_epoch(self, epoch):
        began = time.perf_counter()
        torch.manual_seed(net.SEED * 1_000_003 + epoch * 1009 + RANK)
        order = shuffled(self.train_rows, net.SEED, epoch) if net.SHUFFLE else self.train_rows
        order = torch.tensor(order, device=self.device)
        sums = Sums(self.device)
        before = self.weights
        self.model.train()
        for k in range(self.batches):
            whole = order[k * self.batch : (k + 1) * self.batch]
            penalty = self.gradient(whole[RANK::WORLD], len(whole), sums)
            is_last = k == self.batches - 1
            if is_last or (k + 1) % self.stride == 0:
                self.statistics.add(self.gradients, self.model.relu_outputs)
            sums.penalty += penalty * len(whole)
            net.clip(self.gradients)
            if is_last:
                before = self.weights.clone()
            rate = self.rate.at(self.step)
            self.optimizer.step(self.weights, self.gradients, rate)
            self.step += 1
        numbers = {**sums.take(len(self.train_rows)), "learning_rate": rate}
        seconds = time.perf_counter() - began
        layers = self.statistics.take(before, self.weights, total)
        validation = self.measure(self.data["validation"])
        self.seconds += seconds
        metrics = {**numbers.pop("metrics"), **{f"val_{name}": value for name, value in validation.pop("metrics", {}).items()}}
        own = {f"val_{name}": value for name, value in validation.items()}
        return from_first({**numbers, "val_loss": None, **own, "metrics": metrics, "seconds": seconds, "layers": layers})

    def gradient(self, rows, batch_rows, sums):
        """Computes the gradient of the batch's loss, of which this process has `rows`. Returns the penalty."""
        self.gradients.zero_()
        outputs = self.model(self.features[rows])
        loss = 0.0
        for k, (output, (z, a)) in enumerate(zip(net.OUTPUTS, outputs)):
            targets, weights = self.targets[k][rows], self.row_weights[k]
            losses = output.loss(z, a, targets)
            own = (losses if weights is None else losses * weights[rows, 0]).sum()
            loss = loss + own * (output.weight * output.units if net.SUMS_GRADIENTS else output.weight / batch_rows)
            sums.add(k, own, a, targets)
        penalty = net.penalty(self.model)
        if RANK == 0:
            loss = loss + penalty
        if loss.requires_grad:
            loss.backward()
        total(self.gradients)
        return float(penalty.detach()) if net.HAS_PENALTY else 0.0

    def measure(self, rows):
        """Returns the losses and metrics of rows without training on them; nothing if there are none."""
        if len(rows) == 0:
            return {}
        self.model.eval()
        sums = Sums(self.device)
        with torch.no_grad():
            for own in rows[RANK::WORLD].split(EVALUATED):
                for k, (output, (z, a)) in enumerate(zip(net.OUTPUTS, self.model(self.features[own]))):
                    targets = self.targets[k][own]
                    sums.add(k, output.loss(z, a, targets).sum(), a, targets)
            sums.penalty = float(net.penalty(self.model)) * len(rows)
        return sums.take(len(rows), with_penalty=False)

    def observe(self, numbers):
        """Lets schedule and early stopping see the epoch. Returns whether training ends."""
        values = {**numbers, **numbers["metrics"]}
        self.rate.observe(values)
        if not net.STOP or values.get(net.STOP["monitor"]) is None:
            return False
        value = net.STOP["sign"] * values[net.STOP["monitor"]]
        if value < self.best["value"] - net.STOP["min_delta"]:
            own = {name: tensor.clone() for name, tensor in self.model.state_dict().items()} if net.STOP["restore_best"] else None
            self.best = {"value": value, "epoch": self.epoch, "waited": 0, "weights": own}
            return False
        self.best["waited"] += 1
        return self.best["waited"] >= max(net.STOP["patience"], 1)

    def save_checkpoint(self, is_last=False):
        if RANK > 0 or (not is_last and time.monotonic() - self.saved_at < self.options.checkpoint_seconds):
            return
        path = self.options.out / "job.pt"
        torch.save({"model": self.model.state_dict(), "optimizer": self.optimizer.state(), "rate": self.rate.state, "best": self.best,
                    "epoch": self.epoch, "step": self.step, "seconds": self.seconds, "plan": STARTED["plan"], "data": STARTED["data"]}, f"{path}.part")
        os.replace(f"{path}.part", path)
        self.saved_at = time.monotonic()

    def resume(self, history):
        path = self.options.out / "job.pt"
        is_there = from_first(path.exists() and not self.options.fresh)
        history.begin(is_there)
        if not is_there:
            return
        saved = torch.load(path, map_location=self.device, weights_only=True)
        if (saved["plan"], saved["data"]) != (STARTED["plan"], STARTED["data"]):
            raise SystemExit(f"{path} is of another plan or other data; begin anew with --fresh, or train into another folder with --out.")
        self.model.load_state_dict(saved["model"])
        self.optimizer.load(saved["optimizer"])
        self.rate.state, self.best = saved["rate"], saved["best"]
        self.epoch, self.step, self.seconds = saved["epoch"], saved["step"], saved["seconds"]
        history.write({"event": "resumed", "epoch": self.epoch})

    def diverged(self, history, good):
        self.model.load_state_dict(good)
        message = "The loss became infinite or NaN; the weights are those before this epoch. Lower the learning rate or scale the data."
        history.write({"event": "diverged", "code": "NN601", "epoch": self.epoch + 1, "batch": 0, "at": "train", "message": message})
        if RANK == 0:
            self.save_weights(self.epoch)

    def finish(self, history):
        restored = None
        self.save_checkpoint(is_last=True)
        if self.best["weights"] is not None:
            self.model.load_state_dict(self.best["weights"])
            restored = self.best["epoch"]
        test = self.measure(self.data["test"])
        if RANK == 0:
            self.save_weights(restored or self.epoch)
        speed = self.epoch * len(self.train_rows) / self.seconds if self.seconds else 0
        history.write({"event": "finished", "epochs": self.epoch, "seconds": self.seconds, "load_seconds": 0, "threads": WORLD,
                       "samples_per_second": speed, "restored_epoch": None if restored == self.epoch else restored,
                       **({"test": {"loss": test["loss"], "metrics": {**test["metrics"], **parts_of(test)}}} if test else {})})


class Sums:
    """The losses of rows so far and, for the metrics, their outputs and targets."""

    def __init__(self, device):
        exact = torch.float32 if device.type == "mps" else torch.float64
        self.losses = torch.zeros(len(net.OUTPUTS), dtype=exact, device=device)
        self.rows = [[] for _ in net.OUTPUTS]
        self.penalty = 0.0

    def add(self, k, loss, a, targets):
        self.losses[k] += loss.detach()
        if net.METRICS:
            self.rows[k].append((a.detach().flatten(1), targets))

    def take(self, rows, with_penalty=True):
        means = [loss / rows for loss in total(self.losses).tolist()]
        loss = sum(mean * output.weight for mean, output in zip(means, net.OUTPUTS)) + self.penalty / rows
        parts = {f"{output.layer}_loss": mean for mean, output in zip(means, net.OUTPUTS)} if len(means) > 1 else {}
        if net.HAS_PENALTY and with_penalty:
            parts["penalty"] = self.penalty / rows
        both = [[gathered(torch.cat(part)) for part in zip(*own)] for own in self.rows] if net.METRICS else []
        metrics = {name: float(metric(*both[k])) for name, (k, metric) in net.METRICS.items()} if RANK == 0 else {}
        return {"loss": loss, **parts, "metrics": metrics}


def as_json(value):
    """Returns the value with null for NaN and infinity, which JSON lacks."""
    if isinstance(value, dict):
        return {key: as_json(own) for key, own in value.items()}
    if isinstance(value, list):
        return [as_json(own) for own in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def parts_of(numbers):
    return {name: value for name, value in numbers.items() if name not in ("loss", "metrics")}


class History:
    """`history.jsonl`: one event a line, written by the first process."""

    def __init__(self, folder, device):
        self.folder, self.device, self.file = folder, device, None
        if RANK == 0:
            folder.mkdir(parents=True, exist_ok=True)

    def begin(self, resumes):
        if RANK > 0:
            return
        path = self.folder / "history.jsonl"
        if resumes and path.exists():
            drop_half_line(path)
        else:
            path.write_text("")
        self.file = path.open("a", encoding="utf-8")
        if path.stat().st_size == 0:
            (self.folder / "plan.json").write_bytes((HERE / "plan.json").read_bytes())
            where = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else self.device.type
            self.write({**STARTED, "kernels": f"torch {torch.__version__}, {where}, {WORLD} process{'es' if WORLD > 1 else ''}"})
        print(f"Writing to {self.folder}", flush=True)

    def write(self, event):
        if RANK > 0:
            return
        self.file.write(json.dumps(as_json(event), ensure_ascii=False) + "\n")
        self.file.flush()
        if event["event"] == "epoch":
            values = {"loss": event["loss"], "val_loss": event["val_loss"], **event["metrics"]}
            print(f"epoch {event['epoch']}/{net.EPOCHS}  " + "  ".join(f"{k} {v:.6g}" for k, v in values.items() if v is not None), flush=True)
        elif event["event"] not in ("started",):
            print(event["event"], event.get("message", ""), flush=True)


def drop_half_line(path):
    """Removes half a line at the end, which a killed process may have left."""
    text = path.read_bytes()
    with path.open("r+b") as file:
        file.truncate(text.rfind(b"\n") + 1)


if __name__ == "__main__":
    main()
