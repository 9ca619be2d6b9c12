"""`history.jsonl`: a training's events, one per line, as described in docs/events.md."""
import json
import os


class History:
    """`started` is the first event. `quiet` suppresses printing."""

    def __init__(self, folder, started, epochs, quiet):
        self.path, self.started, self.epochs, self.quiet = folder / "history.jsonl", started, epochs, quiet
        self.file, self.has_begun = None, False

    def begin(self, resumes):
        """Begins a new file, or continues the old one with this training's first line, since epochs or device may have changed."""
        old = whole_lines(self.path) if resumes and self.path.exists() else []
        part = self.path.with_name(f"{self.path.name}.part")
        part.write_bytes(b"".join([line_of(self.started), *old[1:]]))
        os.replace(part, self.path)
        self.file = self.path.open("ab")

    def fail(self, message):
        """Adds why the training failed. Any process may call it; the first one adds its message."""
        # On another machine, the folder may not exist.
        if self.has_begun and self.path.exists() and '"event": "failed"' not in self.path.read_text(encoding="utf-8").splitlines()[-1]:
            with self.path.open("ab") as file:
                file.write(line_of({"event": "failed", "message": message}))

    def write(self, event):
        self.file.write(line_of(event))
        self.file.flush()
        if text := None if self.quiet else self.text_of(event):
            print(text, flush=True)

    def text_of(self, event):
        """Returns a line for the terminal; None if the event has none."""
        kind = event["event"]
        if kind == "epoch":
            parts = {name: value for name, value in event.items() if name.endswith("_loss") and name != "val_loss"}
            values = {"loss": event["loss"], **parts, "val_loss": event["val_loss"], **event["metrics"]}
            return f"epoch {event['epoch']}/{self.epochs}  {numbers_text(values)}"
        if kind == "resumed":
            return f"Continued after epoch {event['epoch']} of {self.epochs}"
        if kind == "stopped":
            return f"Stopped after epoch {event['epoch']}"
        if kind == "finished":
            restored = event["restored_epoch"]
            weights = f"Weights of epoch {restored or event['epochs']}: {self.path.with_name('weights.safetensors')}"
            test = event.get("test")
            tested = f"\nTest: {numbers_text({'loss': test['loss'], **test['metrics']})}" if test else ""
            return f"Finished after epoch {event['epochs']} of {self.epochs}, {event['seconds']:.1f} s. {weights}{tested}"
        return event.get("message")


def is_only_writer(folder):
    """Whether no other training writes into the folder; this process then is its writer until it ends."""
    try:
        import fcntl

        fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        # Windows and some network drives have no such locks.
        pass
    return True


def numbers_text(values):
    return "  ".join(f"{name} {value:.6g}" for name, value in values.items() if value is not None)


def line_of(event):
    """Returns an event as a line. JSON lacks NaN and infinity, so null replaces them."""
    as_json = json.loads(json.dumps(event), parse_constant=lambda name: None)
    return (json.dumps(as_json, ensure_ascii=False) + "\n").encode("utf-8")


def whole_lines(path):
    """Returns the file's lines without an incomplete last one, which a killed process may have left."""
    return [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
