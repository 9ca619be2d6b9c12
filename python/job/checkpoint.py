"""Weights and checkpoints in the format of Backprop's files: safetensors, with kernels as [inputs, units] and an optimizer's arrays flat."""
import json
import math
import os

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save

import network as net


def in_files(tensors):
    """Converts tensors with PyTorch's names to tensors with the files' names."""
    return {name: tensors[attribute].T if is_transposed else tensors[attribute] for name, (attribute, is_transposed) in net.WEIGHTS.items()}


def in_network(saved):
    """Returns a file's tensors by PyTorch's names."""
    return {attribute: saved[name].T if is_transposed else saved[name] for name, (attribute, is_transposed) in net.WEIGHTS.items()}


def flat(tensors):
    """Returns tensors with PyTorch's names as a file's flat array."""
    parts = [tensor.reshape(-1) for tensor in in_files(tensors).values()]
    return torch.cat(parts) if parts else torch.zeros(0)


def unflat(array, like):
    """Returns the inverse of `flat`. `like` contains tensors of the same shapes."""
    saved, at = {}, 0
    for name, tensor in in_files(like).items():
        saved[name] = array[at : at + tensor.numel()].view(tensor.shape)
        at += tensor.numel()
    return in_network(saved)


def write(path, tensors, metadata):
    """Writes the file atomically, with the usual permissions; `save_file` would let only this user read it."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(save({name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}, metadata))
    os.replace(part, path)


def metadata_of(path):
    with safe_open(path, "pt") as file:
        # A file with Backprop's `format` needs a checksum, which this program does not write.
        return {key: value for key, value in (file.metadata() or {}).items() if key not in ("format", "checksum")}


def write_checkpoint(path, state, metadata):
    """Writes a training's state. `slots` and the weights in `best` are by PyTorch's names."""
    best = state["best"]
    nothing = {name: torch.zeros_like(tensor) for name, tensor in state["weights"].items()}
    tensors = {**in_files(state["weights"]), **{f"optimizer/{k}": flat({**nothing, **slot}) for k, slot in enumerate(state["slots"])}}
    if best["weights"] is not None:
        tensors["best"] = flat(best["weights"])
    plateau = {**state["rate"], "best": finite(state["rate"]["best"])} if state["rate"] else None
    stopping = {"best": finite(best["value"]), "bestEpoch": best["epoch"], "waited": best["waited"]} if net.STOP else None
    numbers = {"epoch": state["epoch"], "step": state["step"], "seconds": state["seconds"], "momentumProduct": state["product"],
               "plateau": plateau, "stopping": stopping}
    write(path, tensors, {**metadata, "epoch": str(state["epoch"]), "state": json.dumps(numbers)})


def read_checkpoint(path, like):
    """Reads the state from a checkpoint of this program or of `nn train`. `like` contains the network's tensors."""
    saved, numbers = load_file(path), json.loads(metadata_of(path)["state"])
    slots = [unflat(saved[f"optimizer/{k}"], like) for k in range(len(net.Optimizer.SLOTS))]
    plateau, stopping = numbers["plateau"], numbers["stopping"] or {"best": None, "bestEpoch": None, "waited": 0}
    best = {"value": infinite(stopping["best"]), "epoch": stopping["bestEpoch"], "waited": stopping["waited"],
            "weights": unflat(saved["best"], like) if "best" in saved else None}
    return {"weights": in_network(saved), "slots": slots, "product": numbers["momentumProduct"], "best": best,
            "rate": {**plateau, "best": infinite(plateau["best"])} if plateau else {},
            "epoch": numbers["epoch"], "step": numbers["step"], "seconds": numbers["seconds"]}


def finite(value):
    return value if math.isfinite(value) else None


def infinite(value):
    return math.inf if value is None else value
