"""Starts train.py for an editor or `nn train`: python launch.py PROCESSES OPTIONS. All processes end when its standard input is closed."""
import os
import runpy
import shutil
import signal
import sys
import threading
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPT = str(HERE / "train.py")


def end_with_input():
    while os.read(0, 1024):
        pass
    if HERE.name.startswith("backprop-torch-"):
        shutil.rmtree(HERE, ignore_errors=True)
    # torchrun ends its workers on this signal.
    os.kill(os.getpid(), signal.SIGTERM)


def main():
    processes, options = int(sys.argv[1]), sys.argv[2:]
    threading.Thread(target=end_with_input, daemon=True).start()
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
        from torch.distributed.run import main as torchrun

        torchrun(["--standalone", "--nproc-per-node", str(processes), "--max-restarts", "5", SCRIPT, *options])


if __name__ == "__main__":
    main()
