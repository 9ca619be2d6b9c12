"""The processes of a training: how they connect to each other, compute sums together, and end when one of them fails."""
import contextlib
import os
import signal
import time
import uuid

import torch
import torch.distributed as dist

RANK = int(os.environ.get("RANK", 0))
WORLD = int(os.environ.get("WORLD_SIZE", 1))
IS_OF_TORCHRUN = "TORCHELASTIC_RUN_ID" in os.environ
TELL_SECONDS = 2  # maximum time in which a process whose connection is lost waits for another one's reason

store = None  # of this start
is_restart = False  # known to the first process


def start(device, precision):
    """Returns this process's device, after connecting to the other processes."""
    local = int(os.environ.get("LOCAL_RANK", 0))
    has_gpu = device in (None, "cuda") and torch.cuda.device_count() >= int(os.environ.get("LOCAL_WORLD_SIZE", 1))
    if has_gpu:
        torch.cuda.set_device(local)
    connect("nccl" if has_gpu else "gloo")
    # A Mac's GPU has no float64.
    if device is None and not has_gpu and WORLD == 1 and precision == "float32" and torch.backends.mps.is_available():
        device = "mps"
    return torch.device(f"cuda:{local}" if has_gpu else device or "cpu")


def connect(backend):
    """Connects this process to the others. Ray has already connected its processes."""
    global store, is_restart
    if WORLD == 1 or dist.is_initialized():
        return
    whole, _, _ = next(dist.rendezvous("env://"))
    # torchrun keeps its store over a restart, and with it the addresses of the processes that have ended.
    is_restart = whole.check(["start"])
    store = dist.PrefixStore(name_of_start(whole), whole)
    dist.init_process_group(backend, store=store, rank=RANK, world_size=WORLD)


def name_of_start(whole):
    """
    Returns a new name, the same on all processes. What torchrun's store contains may be from an earlier start, so every process waits for an answer
    that contains its own random number.
    """
    own = uuid.uuid4().hex

    def read(key):
        return whole.get(key).decode() if whole.check([key]) else ""

    if RANK == 0:
        whole.set("start", own)
        for rank in range(1, WORLD):
            while not (asked := read(f"asked/{rank}")).startswith(own):
                time.sleep(0.01)
            whole.set(f"answered/{rank}", asked)
        return own
    while True:
        if start := read("start"):
            whole.set(f"asked/{RANK}", start + own)
            if read(f"answered/{RANK}") == start + own:
                return start
        time.sleep(0.01)


def disconnect():
    if dist.is_initialized():
        dist.destroy_process_group()


def total(tensor):
    """Returns the sum of the processes' tensors."""
    if WORLD > 1:
        dist.all_reduce(tensor)
    return tensor


class Total(torch.autograd.Function):
    """The sum of the processes' tensors. The losses of all processes depend on it, so its gradient is the sum of theirs."""

    @staticmethod
    def forward(context, tensor):
        return total(tensor.clone())

    @staticmethod
    def backward(context, gradient):
        return total(gradient.clone())


def total_of(tensor):
    """Returns the sum of the processes' tensors, through which gradients flow."""
    return Total.apply(tensor)


def gathered(tensor):
    """Returns the rows of all processes, in CPU memory. The processes may have different numbers of rows."""
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
    """Returns the first process's value, so that all processes make the same decision."""
    if WORLD == 1:
        return value
    box = [value]
    dist.broadcast_object_list(box)
    return box[0]


def is_of_connection(error):
    """Whether the error says that another process is gone. Only that process knows why."""
    return isinstance(error, dist.DistError) or (type(error) is RuntimeError and "/gloo/" in str(error))


def tell_failure(message):
    """Tells the other processes, also those on other machines, why the training has failed."""
    if store is not None:
        with contextlib.suppress(dist.DistError):
            store.set("failure", message)


def told_failure():
    """Returns why the training has failed in another process; None if none of them says so soon."""
    until = time.monotonic() + TELL_SECONDS
    with contextlib.suppress(dist.DistError):
        while store is not None and time.monotonic() < until:
            if store.check(["failure"]):
                return store.get("failure").decode()
            time.sleep(0.05)
    return None


def can_restart():
    """Whether torchrun will start the processes again when one of them fails."""
    return IS_OF_TORCHRUN and int(os.environ.get("TORCHELASTIC_RESTART_COUNT", 0)) < int(os.environ.get("TORCHELASTIC_MAX_RESTARTS", 0))


def end_torchrun():
    """Ends torchrun and all its workers on this machine. After an error that would occur again, it would only restart them."""
    if IS_OF_TORCHRUN and os.name == "posix":
        # A second signal would disturb the end, and the first one ends all workers.
        time.sleep(0.5 * int(os.environ.get("LOCAL_RANK", 0)))
        os.kill(os.getppid(), signal.SIGTERM)
