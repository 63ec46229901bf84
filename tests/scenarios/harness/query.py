"""Redis' protocol by the octet, and the proxy with a query door.

    with Talk(address) as talk:                      # (host, port), or the path of a Unix socket
        talk.ask("SET", "a", b"1")                   # b"+OK\\r\\n": the reply's own octets
        talk.ask_all([("GET", "a"), ("GET", "b")])   # in one write
        talk.send(b"PING\\r\\n"); talk.read_reply()
        talk.is_closed_by_peer()
    value_of(b"*2\\r\\n:1\\r\\n$-1\\r\\n")               # [1, None]; a Refusal for an error

    class Door(QueryScenario):                       # `--query 127.0.0.1:0` beside `arguments`
        self.talk(), self.redis()                    # new clients, closed at the end
"""

import socket

from .patience import PATIENCE, OutOfPatience
from .scenario import Scenario
from .sidecache import Sidecache

PIECE = 64 * 1024


class Ended(AssertionError):
    """The other side closed where a reply had to come."""


class Refusal(str):
    """The text of an error."""


def request(*words):
    octets = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(octets) + b"".join(b"$%d\r\n%s\r\n" % (len(each), each) for each in octets)


class Talk:
    """One connection, with replies as the octets that came."""

    def __init__(self, address, receive_buffer=None):
        self._socket = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        self._socket.settimeout(PATIENCE)
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.connect(address)
        if not isinstance(address, str):
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread, self._at = bytearray(), 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def end_sending(self):
        self._socket.shutdown(socket.SHUT_WR)

    def send(self, octets):
        self._socket.sendall(octets)

    def send_what_is_taken(self, octets):
        """Without waiting: how many octets the other side's system took."""
        self._socket.setblocking(False)
        try:
            return self._socket.send(octets)
        except BlockingIOError:
            return 0
        finally:
            self._socket.settimeout(PATIENCE)

    def ask(self, *words):
        self.send(request(*words))
        return self.read_reply()

    def ask_all(self, commands):
        commands = list(commands)
        self.send(b"".join(request(*each) for each in commands))
        return [self.read_reply() for _ in commands]

    def value(self, *words):
        return value_of(self.ask(*words))

    def read_reply(self):
        begin = self._at
        self._skip_reply()
        reply = bytes(self._unread[begin : self._at])
        if self._at > PIECE:
            del self._unread[: self._at]
            self._at = 0
        return reply

    def receive(self, count):
        """So many octets, whatever they are."""
        begin = self._at
        self._take(count)
        return bytes(self._unread[begin : self._at])

    def is_closed_by_peer(self):
        """Waits for the end of what comes; False: something came instead."""
        if self._at < len(self._unread):
            return False
        try:
            return self._socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except socket.timeout:
            raise OutOfPatience("the connection was not closed") from None

    def _skip_reply(self):
        line = self._take_line()
        kind, rest = line[:1], line[1:]
        if kind in b"$=":
            if int(rest) >= 0:
                self._take(int(rest) + 2)
        elif kind in b"*%":
            for _ in range(max(int(rest), 0) * (2 if kind == b"%" else 1)):
                self._skip_reply()
        elif kind not in b"+-:_#,(":
            raise AssertionError(f"no reply begins so: {line[:100]}")

    def _take_line(self):
        start = self._at
        while True:
            end = self._unread.find(b"\r\n", start)
            if end >= 0:
                line = bytes(self._unread[self._at : end])
                self._at = end + 2
                return line
            start = max(len(self._unread) - 1, self._at)
            self._receive()

    def _take(self, count):
        while len(self._unread) - self._at < count:
            self._receive()
        self._at += count

    def _receive(self):
        try:
            more = self._socket.recv(PIECE)
        except socket.timeout:
            raise OutOfPatience(f"no reply came; so far {bytes(self._unread[self._at:])[:200]}") from None
        if not more:
            raise Ended(f"closed instead of a reply; so far {bytes(self._unread[self._at:])[:200]}")
        self._unread += more


def value_of(reply):
    value, rest = _read_value(reply)
    assert not rest, rest
    return value


def _read_value(octets):
    line, _, rest = octets.partition(b"\r\n")
    kind, text = line[:1], line[1:]
    if kind in b"$=":
        return (None, rest) if int(text) < 0 else (rest[: int(text)], rest[int(text) + 2 :])
    if kind in b"*%":
        if int(text) < 0:
            return None, rest
        items = []
        for _ in range(int(text) * (2 if kind == b"%" else 1)):
            item, rest = _read_value(rest)
            items.append(item)
        return (items, rest) if kind == b"*" else (dict(zip(items[::2], items[1::2])), rest)
    if kind == b":":
        return int(text), rest
    if kind == b"_":
        return None, rest
    return (Refusal(text.decode("latin-1")) if kind == b"-" else text), rest


class QueryScenario(Scenario):
    query = ("127.0.0.1:0",)

    def setUp(self):
        super().setUp()
        # Its clients end before the proxy is asked to.
        self._clients = []
        self.addCleanup(self._close_clients)

    def make_proxy(self):
        doors = [word for address in self.query for word in ("--query", address)]
        return Sidecache(self.origin.url, *doors, *self.arguments, config=self.config, workers=self.workers)

    def talk(self, **named):
        talk = Talk(self.proxy.query_address, **named)
        self._clients.append(talk.close)
        return talk

    def redis(self, **options):
        """A redis.Redis for the first address."""
        import redis

        host, port = self.proxy.query_address
        client = redis.Redis(**{"host": host, "port": port, "socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE, **options})
        self._clients.append(client.connection_pool.disconnect)
        return client

    def _close_clients(self):
        for close in self._clients:
            close()

    def assert_refused(self, reply, beginning):
        self.assertTrue(reply.startswith(b"-" + beginning.encode()), reply)
