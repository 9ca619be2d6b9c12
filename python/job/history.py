"""`history.jsonl`: a training's events, one per line, as described in docs/events.md."""
import json


class History:
    """`started` is the first event. `quiet` suppresses printing."""

    def __init__(self, folder, started, epochs, quiet):
        self.path, self.started, self.epochs, self.quiet = folder / "history.jsonl", started, epochs, quiet
        self.file, self.has_begun = None, False

    def begin(self, resumes):
        if resumes and self.path.exists():
            drop_half_line(self.path)
        else:
            self.path.write_text("")
        self.file = self.path.open("a", encoding="utf-8")
        if self.path.stat().st_size == 0:
            self.write(self.started)

    def fail(self, message):
        """Adds why the training failed. Any process may call it; the first one adds its message."""
        # On another machine, the folder may not exist.
        if self.has_begun and self.path.exists() and '"event": "failed"' not in self.path.read_text(encoding="utf-8").splitlines()[-1]:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"event": "failed", "message": message}, ensure_ascii=False) + "\n")

    def write(self, event):
        # JSON lacks NaN and infinity, so null replaces them.
        as_json = json.loads(json.dumps(event), parse_constant=lambda name: None)
        self.file.write(json.dumps(as_json, ensure_ascii=False) + "\n")
        self.file.flush()
        if self.quiet:
            return
        if event["event"] == "epoch":
            values = {"loss": event["loss"], "val_loss": event["val_loss"], **event["metrics"]}
            print(f"epoch {event['epoch']}/{self.epochs}  " + "  ".join(f"{k} {v:.6g}" for k, v in values.items() if v is not None), flush=True)
        elif event["event"] != "started":
            print(event["event"], event.get("message", ""), flush=True)


def drop_half_line(path):
    """Removes an incomplete last line, which a killed process may have left."""
    text = path.read_bytes()
    with path.open("r+b") as file:
        file.truncate(text.rfind(b"\n") + 1)
