"""Starts train.py on the workers of a Ray cluster (Ray Train 2): python ray_job.py WORKERS. All workers must be able to read this folder."""
import runpy
import sys
from pathlib import Path

from ray.train import ScalingConfig
from ray.train.torch import TorchTrainer

HERE = Path(__file__).resolve().parent


def work():
    # Ray has set RANK, WORLD_SIZE and MASTER_ADDR, and has connected the processes.
    sys.path.insert(0, str(HERE))
    sys.argv = ["train.py"]
    runpy.run_path(str(HERE / "train.py"), run_name="__main__")


if __name__ == "__main__":
    workers = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    TorchTrainer(work, scaling_config=ScalingConfig(num_workers=workers)).fit()
