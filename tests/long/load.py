"""What the long tests share: an origin that answers /<number>/<size> with so many bytes, and sidecache before it."""

import contextlib
import re
import socketserver
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scenarios"))

from harness import sidecache as process  # noqa: E402

BYTES = bytes(range(256)) * (2**14 + 1)


class Origin(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        self.sent = 0
        super().__init__(("127.0.0.1", 0), Connection)

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self.server_address[1]


class Connection(socketserver.StreamRequestHandler):
    def handle(self):
        with contextlib.suppress(ConnectionError):
            while True:
                line = self.rfile.readline()
                while self.rfile.readline() not in (b"\r\n", b""):
                    pass
                if not line:
                    return
                number, size = map(int, line.split()[1].split(b"/")[1:3])
                head = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nCache-Control: max-age=3600\r\nContent-Length: %d\r\n\r\n" % size
                self.wfile.write(head + content(number, size))
                self.server.sent += size


def content(number, size):
    begin = number % 256
    return BYTES[begin:begin + size]


def get(connection, target):
    """Asks for /<number>/<size>, insists on its content, and returns whether it was a hit."""
    connection.settimeout(30)
    connection.sendall(b"GET %s HTTP/1.1\r\nHost: load.example\r\n\r\n" % target.encode())
    received = bytearray()
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    end = received.index(b"\r\n\r\n") + 4
    head = bytes(received[:end])
    length = int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head).group(1))
    while len(received) - end < length:
        received += _more(connection)
    number, size = map(int, target.split("/")[1:3])
    if not head.startswith(b"HTTP/1.1 200 ") or received[end:] != content(number, size):
        raise AssertionError("a wrong response to %s:\n%s" % (target, head.decode("latin-1")))
    return b"; hit" in head


def _more(connection):
    data = connection.recv(1 << 18)
    if not data:
        raise AssertionError("sidecache closed the connection")
    return data


@contextlib.contextmanager
def sidecache(binary, origin, *arguments):
    process.binary = lambda: str(Path(binary).resolve())
    proxy = process.Sidecache(origin.url, *arguments, "--set", "log.access=off")
    try:
        yield proxy
        proxy.stop()
    finally:
        proxy.kill()


def resident_bytes(pid):
    """The process's own memory: anonymous pages, which leaves out its program text."""
    status = Path("/proc/%d/status" % pid).read_text()
    return int(re.search(r"^RssAnon:\s+(\d+) kB", status, re.MULTILINE).group(1)) * 1024
