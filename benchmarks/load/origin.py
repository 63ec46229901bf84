"""The same origin for all: the bare epoll responder with fields that say whether its response may be stored."""

from pathlib import Path

from process import Process


class Origin:
    """Runs beside the load, on its CPU. `answered` is how many requests have reached it, `confirmed` how many of them got a 304."""

    def __init__(self, program, folder, cpu, workload):
        fields = [argument for field in workload.fields for argument in ("--field", field)]
        self._counter = Path(folder) / "answered"
        self._process = Process([program, "--size", workload.size, "--counter", self._counter, *(["--confirm"] if workload.is_revalidated else []), *fields], folder, cpu)
        try:
            self.port = self._process.wait_for_port()
        except BaseException:
            self.stop()
            raise

    @property
    def answered(self):
        return int.from_bytes(self._counter.read_bytes()[:8], "little")

    @property
    def confirmed(self):
        return int.from_bytes(self._counter.read_bytes()[8:], "little")

    def cpu_seconds(self):
        return self._process.cpu_seconds()

    def stop(self):
        self._process.stop()
