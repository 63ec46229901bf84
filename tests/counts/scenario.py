"""One sidecache before a tiny origin, with one worker but where two are to be compared with it, and clients that insist on how each request is answered.

Nothing is sent while a worker is awake, so that its waits, and with them its system calls, are the same in every run.
"""

import contextlib
import json
import os
import platform
import re
import signal
import socket
import socketserver
import subprocess
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

CONTENT = (b'{"name": "Dr. Ada Example", "specialty": "Cardiology"}, ' * 19)[:1024]
ETAG = b'"5d41402abc4b2a76"'


def response(cache_control):
    return (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: %s\r\n"
            b"Vary: Accept, Accept-Encoding\r\nETag: %s\r\nContent-Length: %d\r\n\r\n" % (cache_control, ETAG, len(CONTENT)) + CONTENT)


NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\nCache-Control: no-cache\r\nVary: Accept, Accept-Encoding\r\nETag: %s\r\n\r\n" % ETAG
API_REQUEST = (
    b"GET /api/doctors/?page=2 HTTP/1.1\r\nHost: records.example\r\nUser-Agent: counts\r\n"
    b"Accept: application/json\r\nAccept-Encoding: gzip, deflate\r\n\r\n"
)
BROWSER_REQUEST = (
    b"GET /api/doctors/?page=2 HTTP/1.1\r\nHost: records.example\r\nConnection: keep-alive\r\n"
    b'sec-ch-ua: "Chromium";v="124", "Not-A.Brand";v="99"\r\nsec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: "Linux"\r\n'
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36\r\n"
    b"Accept: application/json, text/plain, */*\r\nX-Requested-With: XMLHttpRequest\r\nSec-Fetch-Site: same-origin\r\n"
    b"Sec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\nReferer: https://records.example/doctors?page=2\r\n"
    b"Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-US,en;q=0.9,de;q=0.8\r\n"
    b"Cookie: csrftoken=Jx0cW3yZr8o2QmT5vN7bKd1LfGhS9uEa; theme=dark\r\n\r\n"
)
WAITS_FOR_EVENTS = {"x86_64": {"232", "281"}, "aarch64": {"22"}}[platform.machine()]  # epoll_wait, epoll_pwait
PATIENCE = 60  # seconds; valgrind starts slowly


class Origin(socketserver.ThreadingTCPServer):
    """Gives every request the scenario's response, or says that the one of this ETag is as it was; counts them."""

    daemon_threads = True

    def __init__(self, scenario):
        self.scenario = scenario
        self.requests = 0
        self.may_answer = lambda: None  # returns when it may
        super().__init__(("127.0.0.1", 0), OriginConnection)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self.server_address[1]


class OriginConnection(socketserver.BaseRequestHandler):
    def handle(self):
        received = b""
        while True:
            data = self.request.recv(65536)
            if not data:
                return
            received += data
            while b"\r\n\r\n" in received:
                head, _, received = received.partition(b"\r\n\r\n")
                self.server.requests += 1
                is_known = b"\r\nif-none-match: " + ETAG in head.lower()
                self.server.may_answer()
                self.request.sendall(NOT_MODIFIED if is_known else response(self.server.scenario.cache_control))


class Redis:
    """redis-server on a socket in a folder of its own, for one node of a fleet, ended with `with`."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="sidecache-counts-redis-")
        self.socket = Path(self.folder.name) / "redis.sock"
        self.process = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", str(self.socket), "--save", "", "--dir", self.folder.name],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        until = time.monotonic() + PATIENCE
        while not self.socket.exists():
            if time.monotonic() > until or self.process.poll() is not None:
                self.process.kill()
                raise RuntimeError("redis-server did not start")
            time.sleep(0.02)

    @property
    def options(self):
        # A lease that a slow tool does not outlast: what is counted is a node that may reuse.
        return ["--redis", "unix:%s" % self.socket, "--set", "redis.lease=60s", "--set", "redis.deadline=120s", "--admin", "127.0.0.1:0"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()


class Sidecache:
    """The program under a tool (valgrind, strace), stopped by SIGTERM at the end of `with`."""

    def __init__(self, program, origin, folder, tool=(), options=(), workers=1):
        self.output = Path(folder) / "sidecache.out"
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [*tool, str(program), "--origin", origin.url, "--listen", "127.0.0.1:0", "--workers", str(workers),
                 "--set", "log.access=%s" % (Path(folder) / "access.log"), "--set", "log.format=json", *options],
                stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env={key: value for key, value in os.environ.items() if not key.startswith("SIDECACHE_")},
            )
        self.workers = []  # their threads' folders in /proc
        self._expected_workers = workers
        self.port = self.wait_for_port(rb"listening on")

    def wait_until_trusted(self):
        """It may reuse what it has stored, and is asked by nobody else."""
        admin = self.wait_for_port(rb"admin on")
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with urllib.request.urlopen("http://127.0.0.1:%d/readyz" % admin, timeout=PATIENCE) as answer:
                if json.load(answer)["fleet"]["trusted"]:
                    return
            time.sleep(0.02)
        raise RuntimeError("the node is never trusted")

    def wait_for_port(self, words):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.poll() is None:
            said = re.search(words + rb" \S+:(\d+)", self.output.read_bytes())
            if said:
                return int(said.group(1))
            time.sleep(0.02)
        self.process.kill()
        raise RuntimeError("sidecache did not start:\n" + self.output.read_text(errors="replace"))

    def wait_until_asleep(self):
        """The workers wait for events. A request that came earlier might be found by chance, and spare a wait."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if len(self.workers) < self._expected_workers:
                self.workers = [thread for thread in self._threads() if _is_worker(thread)]
            elif all(_is_waiting_for_events(worker) for worker in self.workers):
                return
        raise RuntimeError("not all of the %d workers wait for events" % self._expected_workers)

    def process_file(self, name):
        return Path("/proc/%d" % self.process.pid, name).read_text()

    def _threads(self):
        return Path("/proc/%d/task" % self.process.pid).iterdir()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise RuntimeError("sidecache did not stop within %d s" % PATIENCE)


def _is_worker(thread):
    return (thread / "comm").read_text().startswith("worker")


def _is_waiting_for_events(thread):
    if (thread / "stat").read_text().rpartition(")")[2].split()[0] != "S":
        return False  # running, or stopped by strace
    return (thread / "syscall").read_text().split()[0] in WAITS_FOR_EVENTS


@dataclass(frozen=True)
class Scenario:
    """`writes` times the same, on keep-alive connections."""

    name: str
    request: bytes
    expects: bytes = b"; hit"         # in the Cache-Status of each response but the first ones
    cache_control: bytes = b"public, max-age=3600"
    pipelined: int = 1                # requests in each write
    clients: int = 1                  # who ask for the same before any of them is answered
    writes: int = 1200
    is_forwarded: bool = False        # every request, rather than the first one alone
    in_fleet: bool = False            # with a real Redis
    workers: int = 1                  # threads, each of which answers
    options: tuple = ()               # further ones of sidecache

    @property
    def per_write(self):
        """Requests of each of the writes, of all clients."""
        return self.pipelined * self.clients

    def drive(self, sidecache, origin, writes):
        if self.clients > 1:
            return drive_together(self, sidecache, origin, writes)
        if self.workers > 1:
            return drive_in_turn(self, sidecache, origin, writes)
        origin.may_answer = sidecache.wait_until_asleep
        with contextlib.closing(Client(sidecache)) as client:
            client.ask(self.request)
            for _ in range(WARM_UP + writes):
                insist(self.expects, client.ask(self.request, self.pipelined))
        return (WARM_UP + writes) * self.pipelined + 1 if self.is_forwarded else 1


class Query(Scenario):
    """The same at the query door, beside a key of its own; `expects` is the whole reply."""

    def drive(self, sidecache, origin, writes):
        port = sidecache.wait_for_port(rb"queries on")
        with contextlib.closing(socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            insist_on_reply(client, sidecache, resp(b"SET", KEY, CONTENT), b"+OK\r\n")
            for _ in range(WARM_UP + writes):
                insist_on_reply(client, sidecache, self.request * self.pipelined, self.expects * self.pipelined)
        return 0


KEY = b":1:doctor_stats:7"


def resp(*arguments):
    return b"*%d\r\n" % len(arguments) + b"".join(b"$%d\r\n%s\r\n" % (len(argument), argument) for argument in arguments)


def insist_on_reply(client, sidecache, commands, expected):
    sidecache.wait_until_asleep()
    client.sendall(commands)
    received = b""
    while len(received) < len(expected):
        data = client.recv(1 << 18)
        if not data:
            raise RuntimeError("sidecache closed the connection")
        received += data
    if received != expected:
        raise RuntimeError("not the reply: %r" % received[:200])


QUERIES = ("--query", "127.0.0.1:0")
WARM_UP = 50  # writes, after which buffers, pools and lazily bound symbols are there

SCENARIOS = (
    Scenario("hit", API_REQUEST),
    Scenario("fleet_hit", API_REQUEST, in_fleet=True),
    Scenario("two_workers_hit", API_REQUEST, workers=2),
    Scenario("browser_hit", BROWSER_REQUEST),
    Scenario("pipelined_hits", API_REQUEST, pipelined=16, writes=75),
    Scenario("pass_through", API_REQUEST, b"; fwd=", b"no-store", writes=400, is_forwarded=True),
    Scenario("revalidation", API_REQUEST, b"fwd-status=304", b"no-cache", writes=400, is_forwarded=True),
    Scenario("collapsed_waits", API_REQUEST, b"; collapsed", clients=16, writes=40),
    Query("query_get", resp(b"GET", KEY), b"$%d\r\n%s\r\n" % (len(CONTENT), CONTENT), options=QUERIES),
    Query("query_gets", resp(b"GET", KEY), b"$%d\r\n%s\r\n" % (len(CONTENT), CONTENT), pipelined=16, writes=75, options=QUERIES),
    Query("query_set", resp(b"SET", KEY, CONTENT, b"PX", b"300000"), b"+OK\r\n", options=QUERIES),
)


def drive_together(scenario, sidecache, origin, writes):
    """Each time all ask for one thing that is not stored, and the origin answers the first of them when all wait."""
    all_wait = threading.Semaphore(0)
    origin.may_answer = all_wait.acquire
    with contextlib.ExitStack() as ending:
        clients = [ending.enter_context(contextlib.closing(Client(sidecache))) for _ in range(scenario.clients)]
        for number in range(WARM_UP // 5 + writes):
            request = scenario.request.replace(b"page=2", b"page=%05d" % number)
            for client in clients:
                client.send(request)
            sidecache.wait_until_asleep()
            all_wait.release()
            _, *followers = [client.read() for client in clients]
            insist(scenario.expects, followers)
    return WARM_UP // 5 + writes


def drive_in_turn(scenario, sidecache, origin, writes):
    """Connections enough that the kernel gives some to each worker; one after another asks."""
    origin.may_answer = sidecache.wait_until_asleep
    with contextlib.ExitStack() as ending:
        clients = [ending.enter_context(contextlib.closing(Client(sidecache))) for _ in range(16 * scenario.workers)]
        clients[0].ask(scenario.request)
        for number in range(WARM_UP * scenario.workers + writes):
            insist(scenario.expects, clients[number % len(clients)].ask(scenario.request))
    return 1


def insist(expected, heads):
    for head in heads:
        if expected not in head:
            raise RuntimeError("%s was expected: %s" % (expected.decode(), head.decode("latin-1")))


class Client:
    """A keep-alive connection that insists on the content."""

    def __init__(self, sidecache):
        self.sidecache = sidecache
        self.socket = socket.create_connection(("127.0.0.1", sidecache.port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def ask(self, request, pipelined=1):
        """Sends so many requests in one piece and returns the heads of the responses."""
        self.send(request * pipelined)
        return [self.read() for _ in range(pipelined)]

    def send(self, requests):
        self.sidecache.wait_until_asleep()
        self.socket.sendall(requests)

    def read(self):
        while b"\r\n\r\n" not in self.received:
            self._receive()
        head, _, rest = self.received.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head).group(1))
        while len(rest) < length:
            self._receive()
            rest = self.received[len(head) + 4:]
        if not head.startswith(b"HTTP/1.1 200 ") or rest[:length] != CONTENT:
            raise RuntimeError("not the response: " + head.decode("latin-1"))
        self.received = rest[length:]
        return head

    def _receive(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise RuntimeError("sidecache closed the connection")
        self.received += data

    def close(self):
        self.socket.close()


def run(scenario, program, tool, writes):
    """One life of sidecache under a tool: a miss, a warm-up, and so many writes. Returns the files left behind."""
    with tempfile.TemporaryDirectory(prefix="sidecache-counts-") as folder:
        origin = Origin(scenario)
        with contextlib.ExitStack() as ending:
            redis = ending.enter_context(Redis()) if scenario.in_fleet else None
            sidecache = ending.enter_context(Sidecache(program, origin, folder, tool.command(folder), (*scenario.options, *(redis.options if redis else ())), scenario.workers))
            if redis:
                sidecache.wait_until_trusted()
            expected = scenario.drive(sidecache, origin, writes)
        origin.shutdown()
        origin.server_close()
        if origin.requests != expected:
            raise RuntimeError("the origin saw %d requests, and %d were expected" % (origin.requests, expected))
        return _files_in(folder, tool.is_complete)


def _files_in(folder, is_complete):
    until = time.monotonic() + PATIENCE
    while True:
        files = {path.name: path.read_text(errors="replace") for path in Path(folder).iterdir()}
        if is_complete(files):
            return files
        if time.monotonic() > until:
            raise RuntimeError("the tool did not finish its files: %s" % sorted(files))
        time.sleep(0.05)
