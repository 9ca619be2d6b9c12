"""The program that started the training and steers it: an editor or `nn train`. It writes `pause`, `stop` or nothing into the file `control`."""
import os
import threading
import time

LOOK_SECONDS = 0.05


class Owner:
    """`control`: the file's path; None without an owner."""

    def __init__(self, control):
        self.control, self.looked_at, self.asked = control, 0.0, ""
        if control is not None:
            threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()

    def asks(self):
        """Returns what the owner asks for. The file is read at most every 50 ms."""
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
    """Ends this process when the one that started it has ended, so that no worker of torchrun outlives an owner that was killed."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
