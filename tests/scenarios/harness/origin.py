"""ScriptedOrigin: an HTTP/1.1 origin on a free port that states exactly the requests it expects.

    origin = ScriptedOrigin()
    origin.always("GET", "/doctors/", ok(b"[]", max_age=60))            # as often as it is asked
    origin.once("PATCH", "/doctors/5/", ok(b"{}"), respond(500))        # these, in this order, and all of them
    origin.once("GET", "/slow", [head(200, ("Content-Length", "4")), gate, b"late"])
    origin.close(); origin.verify()                                     # Scenario does both

A target is the whole request target with its query, a compiled pattern that must match all of it, or None for any.
`once` is looked at before `always`. What is not expected is answered 599 `UNEXPECTED ...` and fails `verify`, and so does a
`once` that was never asked for.

An answer is bytes (sent as they are), a Gate or threading.Event (waited for), a callable (called with the Exchange), or a
list of these. After an answer the connection stays open unless the request or the answer says otherwise; DROP closes it,
RESET resets it, SILENCE leaves it open and says nothing until the other side closes.

Every request is recorded in `origin.requests`: method, target, version, headers, body, trailers, connection, time.
"""

import re
import socket
import struct
import threading
import time
from email.utils import formatdate

from .patience import PATIENCE, Gate, OutOfPatience


# --- Answers -------------------------------------------------------------------------------------------------------------


def head(status=200, *fields, reason="Scripted", version="1.1"):
    """Status line and fields, as given and nothing else: no framing, no Date."""
    lines = [f"HTTP/{version} {status} {reason}"] + [f"{name}: {value}" for name, value in fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def respond(status=200, body=b"", *fields, date=True):
    """A whole response with Content-Length, and with Date unless `date` is False, a text, or a number of seconds from now."""
    body = body.encode() if isinstance(body, str) else body
    fields = list(fields)
    if status not in (204, 304) and not status < 200:
        fields.append(("Content-Length", len(body)))

    def answer(exchange):
        now = [] if date is False else [("Date", http_date(0) if date is True else http_date(date) if isinstance(date, (int, float)) else date)]
        exchange.send(head(status, *now, *fields) + (b"" if exchange.request.method == "HEAD" else body))

    return answer


def ok(body=b"", *fields, max_age=None, date=True):
    """200, fresh for `max_age` seconds where that is given."""
    control = [] if max_age is None else [("Cache-Control", f"max-age={max_age}")]
    return respond(200, body, *control, *fields, date=date)


def not_modified(*fields):
    return respond(304, b"", *fields)


def chunked(*pieces, status=200, fields=(), trailers=()):
    """A chunked response; Gates and Events among the pieces hold it there."""
    steps = [head(status, ("Date", http_date()), *fields, ("Transfer-Encoding", "chunked"))]
    steps += [chunk(piece) if isinstance(piece, bytes) else piece for piece in pieces]
    steps.append(last_chunk(*trailers))
    return steps


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def last_chunk(*trailers):
    return b"0\r\n" + b"".join(f"{name}: {value}\r\n".encode() for name, value in trailers) + b"\r\n"


def http_date(offset=0):
    """IMF-fixdate of now, or of `offset` seconds from now."""
    return formatdate(time.time() + offset, usegmt=True)


def DROP(exchange):
    """Closes the connection."""
    exchange.close()


def RESET(exchange):
    """Resets the connection (RST)."""
    exchange.reset()


def SILENCE(exchange):
    """Says nothing more, until the other side closes or the origin is closed."""
    exchange.wait_for_close()


# --- Requests ------------------------------------------------------------------------------------------------------------


class Request:
    """One request as it came."""

    def __init__(self, method, target, version, headers, connection):
        self.method, self.target, self.version = method, target, version
        self.headers = headers      # [(name, value)], spelled and ordered as received
        self.body = b""             # all of it once it was read
        self.trailers = []
        self.connection = connection  # number of the connection, from 1
        self.time = time.monotonic()

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        """The one value of a field; None if absent. Several lines are joined with a comma."""
        values = self.all(name)
        return ", ".join(values) if values else None

    @property
    def path(self):
        return self.target.split("?")[0]

    def __repr__(self):
        return f"{self.method} {self.target} (connection {self.connection})"


class _Closed(Exception):
    """The other side closed the connection, or this one did."""


class Exchange:
    """What a callable step of an answer works with."""

    def __init__(self, connection, request):
        self._connection = connection
        self.request = request
        self.is_body_read = False

    def send(self, data):
        self._connection.send(data)

    def send_head(self, status=200, *fields):
        self.send(head(status, *fields))

    def send_chunk(self, data):
        self.send(chunk(data))

    def end_chunks(self, *trailers):
        self.send(last_chunk(*trailers))

    def play(self, answer):
        """Plays another answer: bytes, gate, callable or a list of these."""
        if isinstance(answer, (list, tuple)):
            for step in answer:
                self.play(step)
        elif isinstance(answer, bytes):
            self.send(answer)
        elif isinstance(answer, Gate):
            answer.pass_through()
        elif isinstance(answer, threading.Event):
            if not answer.wait(PATIENCE):
                raise OutOfPatience("the test never set this event")
        else:
            answer(self)

    def read_body(self):
        """The rest of the request's content (where the origin was told `read_body=False`)."""
        while self.read_piece():
            pass
        return self.request.body

    def read_piece(self):
        """The next piece of the request's content as it arrives; b"" at its end."""
        return self._connection.read_piece(self.request)

    def wait_for_close(self):
        """Until the other side closes its end; what it still sends is thrown away."""
        self._connection.drain()
        raise _Closed

    def close(self):
        raise _Closed

    def reset(self):
        self._connection.reset()
        raise _Closed


class _Connection:
    def __init__(self, origin, number, sock):
        self._origin, self._number, self._sock = origin, number, sock
        self._buffer = b""
        self._left = 0          # of the content: bytes, or None for chunked
        self._is_content_read = True
        sock.settimeout(PATIENCE)

    def send(self, data):
        try:
            self._sock.sendall(data)
        except OSError as error:
            raise _Closed from error

    def _fill(self):
        try:
            data = self._sock.recv(65536)
        except socket.timeout as error:
            if self._origin.is_closed:
                raise _Closed from error
            raise OutOfPatience(f"the origin waited in vain for bytes of connection {self._number}; has {self._buffer!r}") from error
        except OSError as error:
            raise _Closed from error
        if not data:
            raise _Closed
        self._buffer += data

    def _line(self):
        while b"\r\n" not in self._buffer:
            self._fill()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def _take(self, limit):
        if not self._buffer:
            self._fill()
        data, self._buffer = self._buffer[:limit], self._buffer[limit:]
        return data

    def read_request(self):
        # Between requests a connection may rest as long as the test runs.
        self._sock.settimeout(None)
        while not self._buffer:
            self._fill()
        self._sock.settimeout(PATIENCE)
        line = self._line().decode("latin-1")
        method, target, version = line.split(" ")
        request = Request(method, target, version, self._fields(), self._number)
        coding, length = request.header("Transfer-Encoding"), request.header("Content-Length")
        assert not (coding and length), f"the proxy sent both framings: {request.headers}"
        self._left = None if coding else int(length or 0)
        self._is_content_read = self._left == 0
        return request

    def _fields(self):
        fields = []
        while line := self._line():
            name, _, value = line.decode("latin-1").partition(":")
            fields.append((name, value.strip()))
        return fields

    def read_piece(self, request):
        if self._is_content_read:
            return b""
        if self._left is None:
            size = int(self._line().split(b";")[0], 16)
            if size == 0:
                request.trailers = self._fields()
                self._is_content_read = True
                return b""
            while len(self._buffer) < size + 2:
                self._fill()
            piece, end, self._buffer = self._buffer[:size], self._buffer[size : size + 2], self._buffer[size + 2 :]
            assert end == b"\r\n", "a chunk from the proxy is not framed right"
        else:
            piece = self._take(self._left)
            self._left -= len(piece)
            self._is_content_read = self._left == 0
        request.body += piece
        return piece

    def drain(self):
        self._sock.settimeout(None)
        try:
            while self._sock.recv(65536):
                pass
        except OSError:
            pass

    def reset(self):
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()

    def close(self):
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._sock.close()

    def serve(self):
        try:
            while not self._origin.is_closed:
                request = self.read_request()
                answer, reads_body = self._origin._note(request)
                exchange = Exchange(self, request)
                if reads_body:
                    exchange.read_body()
                exchange.play(answer)
                if not self._is_content_read or (request.header("Connection") or "").lower() == "close":
                    break
        except (_Closed, OSError):
            pass
        except Exception as error:  # told by verify(): a thread cannot fail a test
            self._origin._fail(f"connection {self._number}: {type(error).__name__}: {error}")
        finally:
            self.close()


# --- The origin ----------------------------------------------------------------------------------------------------------


class _Expectation:
    def __init__(self, method, target, answers, reads_body):
        self.method, self.target, self.answers, self.reads_body = method, target, answers, reads_body

    def matches(self, request):
        if self.method is not None and request.method != self.method:
            return False
        if self.target is None:
            return True
        if isinstance(self.target, re.Pattern):
            return self.target.fullmatch(request.target) is not None
        return request.target == self.target

    def __str__(self):
        return f"{self.method or 'any method'} {getattr(self.target, 'pattern', self.target) or 'any target'}"


class ScriptedOrigin:
    """See the module's docstring. `unix`: a path for a Unix socket instead of TCP on `host` (127.0.0.1 or ::1 by the family)."""

    def __init__(self, unix=None, family=socket.AF_INET, listening=True, host=None, port=0):
        self.requests = []
        self.is_closed = False
        self._changed = threading.Condition()
        self._once, self._always, self._failures, self._gates = [], [], [], []
        self._connections, self._accepted = set(), 0
        if unix:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(unix)
            self.url = f"unix:{unix}"
            self.port = None
        else:
            self._listener = socket.socket(family)
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            host = host or ("::1" if family == socket.AF_INET6 else "127.0.0.1")
            self._listener.bind((host, port))
            self.port = self._listener.getsockname()[1]
            self.url = f"http://[{host}]:{self.port}" if family == socket.AF_INET6 else f"http://{host}:{self.port}"
        if listening:
            self.listen()

    def listen(self):
        """Begins to accept (for an origin made with listening=False: until then connections are refused)."""
        self._listener.listen(1024)
        threading.Thread(target=self._accept, daemon=True).start()

    # What is expected.

    def always(self, method, target, answer, read_body=True):
        """As often as it is asked, also never. A later `always` of the same method and target replaces the earlier one."""
        with self._changed:
            self._always = [known for known in self._always if (known.method, known.target) != (method, target)]
            self._always.append(_Expectation(method, target, answer, read_body))

    def once(self, method, target, *answers, read_body=True):
        """Exactly these answers, one for each request, in this order; each must be asked for."""
        with self._changed:
            self._once += [_Expectation(method, target, answer, read_body) for answer in answers]

    def gate(self):
        """A Gate that is opened at the latest when the origin closes."""
        self._gates.append(Gate())
        return self._gates[-1]

    # What came.

    def count(self, method=None, target=None):
        return len(self.seen(method, target))

    def seen(self, method=None, target=None):
        """The requests so far, or those of a method and target."""
        wanted = _Expectation(method, target, None, None)
        with self._changed:
            return [request for request in self.requests if wanted.matches(request)]

    def last(self, method=None, target=None):
        return self.seen(method, target)[-1]

    def wait_for(self, count=1, method=None, target=None):
        """Until so many such requests have come (their heads). Returns them."""
        wanted = _Expectation(method, target, None, None)

        def matching():
            return [request for request in self.requests if wanted.matches(request)]

        with self._changed:
            if not self._changed.wait_for(lambda: len(matching()) >= count, PATIENCE):
                raise OutOfPatience(f"the origin waited for {count} of {wanted}; it saw {self.requests}")
            return matching()

    @property
    def connections(self):
        """How many connections were ever made to it."""
        with self._changed:
            return self._accepted

    # The end.

    def stop_listening(self):
        """Refuses new connections from now on; those that stand go on."""
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()

    def close_connections(self):
        """Closes all connections that stand."""
        with self._changed:
            connections = list(self._connections)
        for connection in connections:
            connection.close()

    def close(self):
        self.is_closed = True
        for gate in self._gates:
            gate.open()
        self.stop_listening()
        self.close_connections()

    def verify(self):
        """Raises AssertionError for what was not expected, for what did not come, and for what failed in the origin itself."""
        with self._changed:
            problems = list(self._failures)
            problems += [f"never asked for: {expectation}" for expectation in self._once]
        if problems:
            raise AssertionError("the origin complains:\n  " + "\n  ".join(problems))

    # Its own.

    def _fail(self, text):
        with self._changed:
            self._failures.append(text)

    def _note(self, request):
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
            for expectation in self._once:
                if expectation.matches(request):
                    self._once.remove(expectation)
                    return expectation.answers, expectation.reads_body
            for expectation in reversed(self._always):
                if expectation.matches(request):
                    return expectation.answers, expectation.reads_body
            self._failures.append(f"UNEXPECTED {request}")
        text = f"UNEXPECTED {request.method} {request.target}\n".encode()
        return head(599, ("Content-Length", len(text)), ("Cache-Control", "no-store")) + (b"" if request.method == "HEAD" else text), True

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            if sock.family != socket.AF_UNIX:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                self._accepted += 1
                connection = _Connection(self, self._accepted, sock)
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.serve()
        with self._changed:
            self._connections.discard(connection)
