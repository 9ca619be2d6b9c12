"""Trains the network of network.py: on one process, or under torchrun on several. README.md has the commands.

Batch k of an epoch is order[k*B:(k+1)*B] on every process, and process r takes every WORLD-th of its rows, from the r-th on. Each process
divides its rows' losses by the rows of the whole batch, so that the sum of all processes' gradients is the gradient of the batch.
"""
import argparse
import contextlib
import json
import math
import os
import sys
import time
import traceback
from pathlib import Path

# On a busy machine, threads that wait actively for each other take many times as long. PyTorch reads this when it is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

import network as net
import processes
from checkpoint import in_files, in_network, metadata_of, read_checkpoint, write, write_checkpoint
from history import History, is_only_writer
from layerstats import LayerStatistics
from nnrandom import shuffled
from owner import Owner
from processes import RANK, WORLD, from_first, total
from sums import Sums

HERE = Path(__file__).resolve().parent
STARTED = json.loads((HERE / "started.json").read_text(encoding="utf-8"))
START = HERE / "start.safetensors"
EVALUATED = 8192  # rows at once without gradients
CHECKPOINT_SHARE = 0.02  # maximum share of the time for writing checkpoints
PROGRESS_SECONDS = 0.5
COPIED = 100_000  # maximum number of weights whose gradients are always copied into one tensor


def main():
    options = parse_options()
    training = None
    try:
        training = Training(options, processes.start(options.device, STARTED["precision"]))
        training.run()
    except Refused as error:
        end(str(error))
    except Exception as error:
        is_lost = processes.is_of_connection(error)
        told = processes.told_failure() if is_lost else None
        # A lost connection, or an error after saved epochs, may not occur again.
        if processes.can_restart() and told is None and (is_lost or (training and training.has_saved)):
            raise
        traceback.print_exc()
        message = told or f"train.py failed: {type(error).__name__}: {error}".splitlines()[0]
        if training:
            training.history.fail(message)
        end(message)
    finally:
        processes.disconnect()


def end(message):
    """Ends this process, and torchrun with all others, with a message for the user."""
    print(message, file=sys.stderr, flush=True)
    processes.tell_failure(message)
    processes.end_torchrun()
    sys.exit(1)


def parse_options():
    parser = argparse.ArgumentParser(description="Trains the network of network.py.")
    parser.add_argument("--out", type=Path, default=HERE / "run", help="the folder of history.jsonl and weights.safetensors")
    parser.add_argument("--data", type=Path, default=HERE / "data.safetensors", help="the rows, as nn job writes them")
    parser.add_argument("--device", help="cpu, cuda or mps (default: a GPU that PyTorch finds, else the processor)")
    parser.add_argument("--fresh", action="store_true", help="begins anew, although the folder has a checkpoint")
    parser.add_argument("--checkpoint-seconds", type=float, default=1, help="the least time between two checkpoints; 0: after each epoch")
    # A file in which the program that started this one, such as an editor, requests a pause or the end.
    parser.add_argument("--control", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


class Refused(Exception):
    """The folder's files can't be used. The message is for the user."""


class Stopped(Exception):
    """The owner requested a stop within an epoch."""


def read_tensors(path):
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise Refused(f"{path} can't be read ({error}); write the job again with nn job.") from error


class Training:
    def __init__(self, options, device):
        self.options, self.device = options, device
        loaded = read_tensors(options.data)
        parts = {name: loaded.pop(name).long() for name in ("train", "validation", "test")}
        self.data = {name: tensor.to(device) for name, tensor in {**loaded, **parts}.items()}
        self.features, self.train_rows = self.data["features"], parts["train"].tolist()
        self.targets = [self.data[f"target_{k}"] for k in range(len(net.OUTPUTS))]
        self.row_weights = [self.data.get(f"weight_{k}") for k in range(len(net.OUTPUTS))]
        self.model = net.Network().to(device, self.features.dtype)
        self.load_weights(in_network(read_tensors(START)))
        self.flatten()
        # One optimizer for all weights needs fewer calls; one for each tensor saves copying the gradients.
        self.is_copied = WORLD > 1 or net.HAS_CLIP or len(self.weights) <= COPIED
        places = [place for own in self.places.values() for place in own]
        pieces = [(0, len(self.weights))] if self.is_copied else [(start, end) for start, end, _ in places]
        self.optimizers = [(net.Optimizer(self.weights[start:end]), start, end) for start, end in pieces]
        self.rate = net.LearningRate()
        self.batch = min(net.BATCH or len(self.train_rows), len(self.train_rows))
        self.batches = math.ceil(len(self.train_rows) / self.batch)
        self.stride = max(1, self.batches // 32)
        self.statistics = LayerStatistics({layer: (places[0][0], places[-1][1]) for layer, places in self.places.items()}, self.gradients)
        self.epoch, self.step, self.seconds, self.has_saved = 0, 0, 0.0, False
        self.best = {"value": math.inf, "epoch": None, "waited": 0, "weights": None}
        self.saved_at, self.saving_seconds = -math.inf, 0.0
        self.owner = Owner(options.control)
        where = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
        where = f"torch {torch.__version__}, {where}, {WORLD} process{'es' if WORLD > 1 else ''}"
        if RANK == 0:
            options.out.mkdir(parents=True, exist_ok=True)
        self.history = History(options.out, {**STARTED, "kernels": where}, net.EPOCHS, quiet=options.control is not None)

    def flatten(self):
        """Makes all trained weights views of one flat tensor."""
        parameters = dict(self.model.named_parameters())
        used = [name for names in net.TRAINED.values() for name in names]
        self.weights = torch.cat([parameters[name].detach().flatten() for name in used]) if used else self.features.new_zeros(0)
        self.gradients = torch.zeros_like(self.weights)
        self.places, at = {}, 0
        for layer, names in net.TRAINED.items():
            self.places[layer] = []
            for name in names:
                self.places[layer].append((at, at + parameters[name].numel(), name))
                at += parameters[name].numel()
        for name, weights in self.by_name(self.weights).items():
            parameters[name].data = weights
        self.trained = [parameters[name] for name in used]

    def by_name(self, array):
        """Returns the parts of a flat tensor by the names of the weights."""
        shapes = {name: parameter.shape for name, parameter in self.model.named_parameters()}
        return {name: array[start:end].view(shapes[name]) for places in self.places.values() for start, end, name in places}

    def load_weights(self, tensors):
        own = self.model.state_dict()
        for name, tensor in tensors.items():
            own[name].copy_(tensor)

    def state(self):
        """Returns a copy of the state that the next epoch depends on."""
        weights = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        slots = [{} if slot is None else self.by_name(torch.cat([getattr(own, slot) for own, _, _ in self.optimizers]))
                 for slot in net.Optimizer.SLOTS]
        return {"weights": weights, "slots": slots, "product": getattr(self.optimizers[0][0], "product", 1.0),
                "best": dict(self.best), "rate": dict(self.rate.state), "epoch": self.epoch, "step": self.step, "seconds": self.seconds}

    def restore(self, state):
        self.load_weights(state["weights"])
        for slot, saved in zip(net.Optimizer.SLOTS, state["slots"]):
            if slot is None:
                continue
            flat = torch.cat([saved[name].flatten() for name in self.by_name(self.weights)])
            for own, start, end in self.optimizers:
                getattr(own, slot).copy_(flat[start:end])
        for own, _, _ in self.optimizers:
            own.t, own.product = state["step"], state["product"]
        self.best, self.rate.state = dict(state["best"]), dict(state["rate"])
        self.epoch, self.step, self.seconds = state["epoch"], state["step"], state["seconds"]

    def run(self):
        self.resume()
        ends_early = self.best["waited"] >= max(net.STOP["patience"], 1) if net.STOP else False
        while self.epoch < net.EPOCHS and not ends_early:
            before = self.state()
            try:
                self.obey(is_between=True)
                numbers = self.train_epoch(self.epoch + 1)
            except Stopped:
                return self.stop(before)
            except Exception:
                self.keep(before)
                raise
            if not math.isfinite(numbers["loss"]):
                return self.diverged(before)
            self.epoch += 1
            self.write({"event": "epoch", "epoch": self.epoch, **numbers})
            ends_early = self.observe(numbers)
            self.save_checkpoint()
            self.has_saved = True
        self.finish()

    def write(self, event):
        if RANK == 0:
            self.history.write(event)

    def obey(self, is_between=False):
        """Waits while the owner requests a pause. Raises `Stopped` if it requests a stop. Several processes check only between epochs."""
        if WORLD > 1 and (self.options.control is None or not is_between):
            return
        asked = from_first(self.owner.asks())
        if asked == "pause":
            self.write({"event": "paused", "epoch": self.epoch})
            while asked == "pause":
                time.sleep(0.05)
                asked = from_first(self.owner.asks())
            if asked != "stop":
                self.write({"event": "resumed", "epoch": self.epoch})
        if asked == "stop":
            raise Stopped

    def train_epoch(self, epoch):
        began = self.told_at = time.perf_counter()
        torch.manual_seed(net.SEED * 1_000_003 + epoch * 1009 + RANK)
        order = shuffled(self.train_rows, net.SEED, epoch) if net.SHUFFLE else self.train_rows
        order = torch.tensor(order, device=self.device)
        sums = Sums(self.device)
        before = self.weights
        self.model.train()
        for k in range(self.batches):
            whole = order[k * self.batch : (k + 1) * self.batch]
            self.gradient(whole[RANK::WORLD] if WORLD > 1 else whole, len(whole), sums)
            is_last = k == self.batches - 1
            is_sampled = is_last or (k + 1) % self.stride == 0
            if self.is_copied or is_sampled:
                self.copy_gradients()
            if is_sampled:
                self.statistics.add(self.model.relu_outputs)
            net.clip(self.gradients)
            if is_last:
                before = self.weights.clone()
            rate = self.rate.at(self.step)
            self.update(rate)
            self.step += 1
            if not is_last:
                self.obey()
            if self.options.control is not None and not is_last:
                self.tell_progress(epoch, time.perf_counter() - began)
        numbers = {**sums.take(len(self.train_rows)), "learning_rate": rate}
        layers = self.statistics.take(before, self.weights, total)
        seconds = time.perf_counter() - began
        validation = self.measure(self.data["validation"])
        self.seconds += seconds
        metrics = {**numbers.pop("metrics"), **{f"val_{name}": value for name, value in validation.pop("metrics", {}).items()}}
        own = {f"val_{name}": value for name, value in validation.items()}
        return from_first({**numbers, "val_loss": None, **own, "metrics": metrics, "seconds": seconds, "layers": layers})

    def tell_progress(self, epoch, seconds):
        """Reports progress within a long epoch to the owner."""
        now = time.perf_counter()
        if RANK > 0 or now - self.told_at < PROGRESS_SECONDS:
            return
        self.told_at = now
        per_second = self.step / (self.seconds + seconds)
        self.write({"event": "progress", "epoch": epoch, "batch": self.step, "samples_per_second": per_second * self.batch,
                    "seconds_left": (net.EPOCHS * self.batches - self.step) / per_second})

    def gradient(self, rows, batch_rows, sums):
        """Computes the gradient of the batch's loss. `rows` are this process's rows of the batch."""
        # If there is no old gradient, PyTorch stores the new one instead of adding it, which is faster.
        for parameter in self.trained:
            parameter.grad = None
        outputs = self.model(self.features.index_select(0, rows))
        summands = []  # of the loss, each with its factor
        for k, (output, (z, a)) in enumerate(zip(net.OUTPUTS, outputs)):
            targets, weights = self.targets[k].index_select(0, rows), self.row_weights[k]
            losses = output.loss(z, a, targets)
            own = (losses if weights is None else losses * weights[rows, 0]).sum()
            summands.append((own, output.weight * output.units if net.SUMS_GRADIENTS else output.weight / batch_rows))
            sums.add(k, own, a, targets)
        if net.HAS_PENALTY:
            penalty = net.penalty(self.model)
            sums.penalty = sums.penalty + penalty.detach() * batch_rows
            if RANK == 0:
                summands.append((penalty, 1.0))
        summands = [(own, own.new_tensor(factor)) for own, factor in summands if own.requires_grad]
        if summands:
            torch.autograd.backward(*zip(*summands))

    def parts(self):
        """Returns the flat gradient of each trained tensor; zeros if the loss does not depend on it."""
        return [(torch.zeros_like(own) if own.grad is None else own.grad).reshape(-1) for own in self.trained]

    def copy_gradients(self):
        """Copies all gradients into one tensor, and adds those of the other processes."""
        if self.trained:
            torch.cat(self.parts(), out=self.gradients)
        total(self.gradients)

    def update(self, rate):
        """Updates the weights by the optimizer's rule, from the copied gradients or, without a copy, tensor by tensor."""
        gradients = [self.gradients] if self.is_copied else self.parts()
        for (own, start, end), gradient in zip(self.optimizers, gradients):
            own.step(self.weights[start:end], gradient, rate)

    def measure(self, rows):
        """Returns the losses and metrics of rows without training; empty if there are none."""
        if len(rows) == 0:
            return {}
        self.model.eval()
        sums = Sums(self.device)
        with torch.no_grad():
            for own in rows[RANK::WORLD].split(EVALUATED):
                for k, (output, (z, a)) in enumerate(zip(net.OUTPUTS, self.model(self.features[own]))):
                    targets = self.targets[k][own]
                    sums.add(k, output.loss(z, a, targets).sum(), a, targets)
            if net.HAS_PENALTY:
                sums.penalty = net.penalty(self.model) * len(rows)
        return sums.take(len(rows), with_penalty=False)

    def observe(self, numbers):
        """Passes the epoch to the schedule and early stopping. Returns whether training ends."""
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

    def save_weights(self, epoch):
        if RANK == 0:
            write(self.options.out / "weights.safetensors", in_files(self.model.state_dict()), {**metadata_of(START), "epoch": str(epoch)})

    def save_checkpoint(self, is_last=False):
        wait = max(self.options.checkpoint_seconds, self.saving_seconds / CHECKPOINT_SHARE)
        if RANK > 0 or (not is_last and time.monotonic() - self.saved_at < wait):
            return
        began = time.monotonic()
        write_checkpoint(self.options.out / "checkpoint.safetensors", self.state(), metadata_of(START))
        self.saved_at = time.monotonic()
        self.saving_seconds = self.saved_at - began if self.options.checkpoint_seconds > 0 else 0.0

    def resume(self):
        """Continues from the folder's checkpoint, if any. Only the first process reads it, since another machine may lack the folder."""
        state, problem = from_first(self.saved() if RANK == 0 else None)
        if problem:
            raise Refused(problem)
        if RANK == 0:
            self.history.begin(state is not None)
            (self.options.out / "plan.json").write_bytes((HERE / "plan.json").read_bytes())
            print(f"Training on {self.history.started['kernels']}; writing to {self.options.out}", flush=True)
        self.history.has_begun = from_first(True)
        if state:
            self.restore(state)
            self.write({"event": "resumed", "epoch": self.epoch})

    def saved(self):
        """Returns the state in the folder's checkpoint, if any, and why it can't be used."""
        path = self.options.out / "checkpoint.safetensors"
        if not is_only_writer(self.options.out):
            return None, f"Another training writes into {self.options.out}; train into another folder with --out."
        if (self.options.fresh and not processes.is_restart) or not path.exists():
            return None, None
        try:
            own = metadata_of(path)
            if (own.get("plan_hash"), own.get("data_hash")) != (STARTED["plan"], STARTED["data"]):
                return None, f"{path} is of another plan or other data; begin anew with --fresh, or train into another folder with --out."
            return read_checkpoint(path, self.model.state_dict()), None
        except Exception as error:
            return None, f"{path} can't be read ({error}); begin anew with --fresh."

    def keep(self, before):
        """Saves the state before an epoch that failed, so that a restart repeats only that epoch."""
        with contextlib.suppress(Exception):
            self.restore(before)
            self.save_checkpoint(is_last=True)

    def stop(self, before):
        self.restore(before)
        self.save_checkpoint(is_last=True)
        self.save_weights(self.epoch)
        self.write({"event": "stopped", "epoch": self.epoch, "seconds": self.seconds})

    def diverged(self, before):
        self.restore(before)
        self.save_checkpoint(is_last=True)
        self.save_weights(self.epoch)
        message = "The loss became infinite or NaN; the weights are those before this epoch. Lower the learning rate or scale the data."
        self.write({"event": "diverged", "code": "NN601", "epoch": self.epoch + 1, "batch": 0, "at": "train", "message": message})

    def finish(self):
        restored = None
        self.save_checkpoint(is_last=True)
        if self.best["weights"] is not None:
            self.load_weights(self.best["weights"])
            restored = self.best["epoch"]
        test = self.measure(self.data["test"])
        self.save_weights(restored or self.epoch)
        speed = self.epoch * len(self.train_rows) / self.seconds if self.seconds else 0
        parts = {name: value for name, value in test.items() if name not in ("loss", "metrics")}
        self.write({"event": "finished", "epochs": self.epoch, "seconds": self.seconds, "load_seconds": 0, "threads": WORLD,
                    "samples_per_second": speed, "restored_epoch": None if restored == self.epoch else restored,
                    **({"test": {"loss": test["loss"], "metrics": {**test["metrics"], **parts}}} if test else {})})


if __name__ == "__main__":
    main()
