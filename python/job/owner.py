"""
Requests to the training. The program that started it, an editor or `nn train`, writes `pause`, `stop` or nothing into the file `control`.
Without such a program, the signals SIGINT (Ctrl+C) and SIGTERM request a stop.
"""
import os
import signal
import threading
import time

LOOK_SECONDS = 0.05


class Owner:
    """`control` is the file's path; None without an owner. torchrun handles the signals for its workers."""

    def __init__(self, control):
        self.control, self.looked_at, self.asked = control, 0.0, ""
        # A single process is launch.py's own, which ends with its input and then removes its folder.
        if control is not None and "TORCHELASTIC_RUN_ID" in os.environ:
            threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
        # Only the main thread may set handlers; Ray runs the script in another one.
        is_single = control is None and os.environ.get("WORLD_SIZE", "1") == "1"
        if is_single and threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, self.stop)

    def stop(self, number, frame):
        self.asked = "stop"

    def asks(self):
        """Returns the owner's request. Reads the file at most every 50 ms."""
        if self.control is None:
            return self.asked
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
