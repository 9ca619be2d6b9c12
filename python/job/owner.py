"""The program that started and controls the training: an editor or `nn train`. It writes `pause`, `stop` or nothing into the file `control`."""
import os
import threading
import time

LOOK_SECONDS = 0.05


class Owner:
    """`control` is the file's path; None without an owner."""

    def __init__(self, control):
        self.control, self.looked_at, self.asked = control, 0.0, ""
        # A single process is launch.py's own, which ends with its input and then removes its folder.
        if control is not None and "TORCHELASTIC_RUN_ID" in os.environ:
            threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()

    def asks(self):
        """Returns the owner's request. Reads the file at most every 50 ms."""
        if self.control is None:
            return ""
        now = time.monotonic()
        if now - self.looked_at >= LOOK_SECONDS:
            self.looked_at = now
            try:
                self.asked = self.control.read_text().strip()
            except OSError:
                pass
        return self.asked


def end_with(parent):
    """Ends this worker of torchrun when torchrun has ended."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
