"""Starts train.py for an editor or `nn train`: python launch.py PROCESSES OPTIONS. All processes end when its standard input is closed."""
import os
import runpy
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPT = str(HERE / "train.py")
# If the training has not ended this long after the signal, the process exits.
END_SECONDS = 10


def end_with_input(closed):
    while os.read(0, 1024):
        pass
    closed.set()
    # The main thread ends itself, and torchrun its workers, on this signal.
    signal.raise_signal(signal.SIGTERM)
    time.sleep(END_SECONDS)
    remove_folder()
    os._exit(1)


def remove_folder():
    if HERE.name.startswith("backprop-torch-"):
        shutil.rmtree(HERE, ignore_errors=True)


def main():
    closed = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    threading.Thread(target=end_with_input, args=(closed,), daemon=True).start()
    try:
        train(int(sys.argv[1]), sys.argv[2:])
    finally:
        # Only now does nothing write to the folder.
        if closed.is_set():
            remove_folder()


def train(processes, options):
    # As in train.py, which this process may run.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        import torch, safetensors, numpy  # noqa: E401, F401
    except ModuleNotFoundError as error:
        print(f"missing: {error.name}", file=sys.stderr)
        sys.exit(3)
    if processes == 1:
        sys.path.insert(0, str(HERE))
        sys.argv = [SCRIPT, *options]
        runpy.run_path(SCRIPT, run_name="__main__")
    else:
        from torch.distributed.elastic.multiprocessing import SignalException
        from torch.distributed.run import main as torchrun

        try:
            torchrun(["--standalone", "--nproc-per-node", str(processes), "--max-restarts", "5", SCRIPT, *options])
        except SignalException:
            sys.exit(1)


if __name__ == "__main__":
    main()
