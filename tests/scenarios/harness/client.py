"""Client and Connection: an HTTP/1.1 client that sends exactly what it is told and reads strictly.

    client = Client(proxy.address)
    response = client.get("/doctors/", accept="text/html")         # one exchange on a connection of its own
    response.status, response.body, response.header("age"), response.cache_status.fwd

    with client.connect() as connection:                           # a connection that is kept
        connection.send(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")      # exact bytes, pipelined, half of a request ...
        connection.send_slowly(data)                               # byte by byte
        connection.half_close()
        response = connection.read_response()                      # one whole response; interim ones in response.interim
        begun = connection.begin_response()                        # its head; then begun.read_some() as content comes, begun.finish()
        connection.is_closed_by_peer()

A response that ends before its framing says so has `is_complete` False: that is how a broken one shows itself. Bytes that
are no HTTP raise NotHttp.
"""

import re
import socket
import struct

from .patience import PATIENCE, OutOfPatience


class NotHttp(AssertionError):
    """What came is no HTTP response."""


class Cut(NotHttp):
    """The connection ended before the head of a response was whole."""


def split_outside_strings(text, separator):
    """The parts of a structured field (RFC 9651) between separators that stand in none of its strings."""
    parts, is_in_string, is_escaped = [""], False, False
    for c in text:
        if c == separator and not is_in_string:
            parts.append("")
            continue
        parts[-1] += c
        if c == '"' and not is_escaped:
            is_in_string = not is_in_string
        is_escaped = is_in_string and c == "\\" and not is_escaped
    return [part.strip() for part in parts]


def read_string(text):
    """The value of a string (RFC 9651 4.2.5)."""
    if not re.fullmatch(r'"(?:[ !#-\[\]-~]|\\["\\])*"', text):
        raise NotHttp(f"no string of a structured field: {text!r}")
    return re.sub(r"\\(.)", r"\1", text[1:-1])


class CacheStatus:
    """The proxy's member of Cache-Status (RFC 9211)."""

    def __init__(self, text):
        self.text = text
        parts = split_outside_strings(text, ";")
        self.name = parts[0]
        self.parameters = {}
        for part in parts[1:]:
            key, has_value, value = part.partition("=")
            self.parameters[key] = (read_string(value) if value.startswith('"') else value) if has_value else True

    hit = property(lambda self: "hit" in self.parameters)
    fwd = property(lambda self: self.parameters.get("fwd"))
    stored = property(lambda self: "stored" in self.parameters)
    collapsed = property(lambda self: self.parameters.get("collapsed") is True)
    waited_in_vain = property(lambda self: self.parameters.get("collapsed") == "?0")
    detail = property(lambda self: self.parameters.get("detail"))
    key = property(lambda self: self.parameters.get("key"))
    ttl = property(lambda self: self._number("ttl"))
    fwd_status = property(lambda self: self._number("fwd-status"))

    def _number(self, key):
        return int(self.parameters[key]) if key in self.parameters else None

    def __repr__(self):
        return self.text


class Response:
    """A response, whole or as far as it came."""

    def __init__(self, version, status, reason, headers):
        self.version, self.status, self.reason, self.headers = version, status, reason, headers
        self._pieces = []
        self.chunks = []
        self.trailers = []
        self.interim = []         # responses with 1xx that came before
        self.is_complete = False  # ended as its framing said
        self.is_close_delimited = False

    @property
    def body(self):
        """The content so far."""
        if len(self._pieces) > 1:
            self._pieces = [b"".join(self._pieces)]
        return self._pieces[0] if self._pieces else b""

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        """The value of a field; None if absent; several lines joined with a comma."""
        values = self.all(name)
        return ", ".join(values) if values else None

    @property
    def age(self):
        """Age in seconds; None if absent."""
        return int(self.header("age")) if self.header("age") is not None else None

    @property
    def cache_status(self):
        """The proxy's own member: the last one. Of a response without the field: one that says nothing."""
        return CacheStatus(split_outside_strings(self.header("cache-status") or "", ",")[-1])

    @property
    def will_close(self):
        return "close" in (self.header("connection") or "").lower()

    def __repr__(self):
        return f"<{self.status} {self.body[:80]!r} {'' if self.is_complete else 'INCOMPLETE '}{self.header('cache-status')}>"


class Begun:
    """A response whose head has come; content is read as it arrives. `response` is what came so far."""

    def __init__(self, connection, response, length):
        self._connection, self.response, self._left = connection, response, length
        if length == 0:
            response.is_complete = True

    status = property(lambda self: self.response.status)
    header = property(lambda self: self.response.header)

    def read_some(self):
        """The next content that arrives; b"" at the end, also at a broken one (see response.is_complete)."""
        response, connection = self.response, self._connection
        if response.is_complete:
            return b""
        try:
            if self._left == "chunked":
                piece = self._chunk()
            elif self._left == "close":
                piece = connection._some()
            else:
                piece = connection._some(self._left)
                self._left -= len(piece)
                response.is_complete = self._left == 0
        except _Ended as ended:
            if self._left == "close" and not ended.is_reset:
                response.is_complete = True
            connection.is_ended = True
            return b""
        response._pieces.append(piece)
        return piece

    def read(self, size):
        """Exactly so many bytes of content."""
        out = b""
        while len(out) < size:
            piece = self.read_some()
            if not piece:
                raise AssertionError(f"the content ended after {out!r}, {size} bytes were wanted")
            out += piece
        return out

    def finish(self):
        """To the end, whole or broken. Returns the response."""
        while self.read_some():
            pass
        return self.response

    def _chunk(self):
        line = self._connection._line()
        if not re.fullmatch(rb"[0-9A-Fa-f]+", line):
            raise NotHttp(f"no chunk size: {line!r}")
        size = int(line, 16)
        if size == 0:
            self.response.trailers = self._connection._fields()
            self.response.is_complete = True
            return b""
        data = self._connection._exactly(size)
        if self._connection._exactly(2) != b"\r\n":
            raise NotHttp("a chunk does not end with CRLF")
        self.response.chunks.append(data)
        return data


class _Ended(Exception):
    def __init__(self, is_reset):
        super().__init__("reset" if is_reset else "closed")
        self.is_reset = is_reset


class Connection:
    """One connection to the proxy: see the module's docstring."""

    def __init__(self, address):
        if isinstance(address, str):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(PATIENCE)
            self.sock.connect(address)
        else:
            self.sock = socket.create_connection(address, PATIENCE)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self.is_ended = False  # the other side has closed or reset

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Sending.

    def send(self, data):
        """Exactly these bytes. A connection that the other side has closed meanwhile is no failure of sending."""
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def send_slowly(self, data):
        """Byte by byte, each in a packet of its own."""
        for index in range(len(data)):
            self.send(data[index : index + 1])

    def send_request(self, method, target, headers=(), body=None, host="test", version="1.1"):
        self.send(make_request(method, target, headers, body, host, version))

    def request(self, method, target, headers=(), body=None, host="test", version="1.1"):
        self.send_request(method, target, headers, body, host, version)
        return self.read_response(method)

    def get(self, target, **headers):
        return self.request("GET", target, fields_of(headers))

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        """Closes with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self):
        self.sock.close()

    # Reading.

    def begin_response(self, method="GET"):
        """Reads the head of the final response. Raises Cut where the connection ends before it is whole."""
        interim = []
        while True:
            response = self._head()
            if response.status >= 200 or response.status == 101:
                break
            interim.append(response)
        response.interim = interim
        return Begun(self, response, self._length_of(response, method))

    def read_response(self, method="GET"):
        return self.begin_response(method).finish()

    def read_interim(self):
        """The head of one interim response (1xx)."""
        response = self._head()
        if response.status >= 200:
            raise AssertionError(f"an interim response was expected, not {response}")
        return response

    def is_closed_by_peer(self):
        """Waits for the other side's end. True if it came without another byte; False if bytes came instead."""
        if self._buffer:
            return False
        try:
            self._fill()
        except _Ended:
            return True
        return False

    def has_bytes_within(self, seconds):
        """Do bytes (or the end) come within this time? For what must not happen."""
        if self._buffer or self.is_ended:
            return True
        self.sock.settimeout(seconds)
        try:
            return bool(self.sock.recv(1, socket.MSG_PEEK) or True)
        except (socket.timeout, BlockingIOError):
            return False
        except OSError:
            return True
        finally:
            self.sock.settimeout(PATIENCE)

    def read_rest(self):
        """All bytes until the other side closes."""
        while True:
            try:
                self._fill()
            except _Ended:
                data, self._buffer = self._buffer, b""
                return data

    def read_bytes(self, size):
        """Exactly so many bytes, whatever they are (tunnels)."""
        return self._exactly(size)

    def _head(self):
        try:
            line = self._line()
        except _Ended as ended:
            raise Cut(f"the connection was {ended} before a status line; got {self._buffer!r}") from ended
        match = re.fullmatch(rb"HTTP/(1\.[01]) ([1-9][0-9][0-9]) ([\t -~\x80-\xff]*)", line)
        if not match:
            raise NotHttp(f"no status line: {line!r}")
        try:
            headers = self._fields()
        except _Ended as ended:
            raise Cut(f"the connection was {ended} within a head: {line!r}") from ended
        return Response(match[1].decode(), int(match[2]), match[3].decode("latin-1"), headers)

    def _length_of(self, response, method):
        codings, lengths = response.all("transfer-encoding"), response.all("content-length")
        if codings and lengths:
            raise NotHttp(f"both framings in {response.headers}")
        if len(lengths) > 1 or (lengths and not re.fullmatch("[0-9]+", lengths[0])):
            raise NotHttp(f"bad Content-Length {lengths}")
        if response.status < 200 or response.status in (204, 304) or method == "HEAD":
            if codings and method != "HEAD" and response.status != 304:
                raise NotHttp(f"Transfer-Encoding in {response.status}")
            return 0
        if method == "CONNECT" and response.status < 300:
            return 0
        if codings:
            if codings != ["chunked"]:
                raise NotHttp(f"Transfer-Encoding {codings}")
            return "chunked"
        if lengths:
            return int(lengths[0])
        response.is_close_delimited = True
        return "close"

    def _fields(self):
        fields = []
        while line := self._line():
            match = re.fullmatch(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*", line)
            if not match:
                raise NotHttp(f"no field line: {line!r}")
            fields.append((match[1].decode(), match[2].decode("latin-1")))
        return fields

    def _fill(self):
        try:
            data = self.sock.recv(65536)
        except socket.timeout as error:
            raise OutOfPatience(f"no answer within {PATIENCE} s; so far {self._buffer[-200:]!r}") from error
        except OSError as error:
            self.is_ended = True
            raise _Ended(True) from error
        if not data:
            self.is_ended = True
            raise _Ended(False)
        self._buffer += data

    def _some(self, limit=65536):
        if not self._buffer:
            self._fill()
        data, self._buffer = self._buffer[:limit], self._buffer[limit:]
        return data

    def _exactly(self, size):
        while len(self._buffer) < size:
            self._fill()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _line(self):
        while b"\n" not in self._buffer:
            self._fill()
        line, _, self._buffer = self._buffer.partition(b"\n")
        if not line.endswith(b"\r"):
            raise NotHttp(f"a line without CR: {line!r}")
        return line[:-1]


class Client:
    """Opens connections to one address: (host, port), or the path of a Unix socket."""

    def __init__(self, address):
        self.address = address

    def connect(self):
        return Connection(self.address)

    def request(self, method, target, headers=(), body=None, host="test", version="1.1"):
        """One exchange on a connection of its own. `headers`: pairs or a dict; `body` gets a Content-Length."""
        with self.connect() as connection:
            return connection.request(method, target, headers, body, host, version)

    def get(self, target, **headers):
        """GET; keyword arguments are fields: get("/", if_none_match='"a"')."""
        return self.request("GET", target, fields_of(headers))

    def head(self, target, **headers):
        return self.request("HEAD", target, fields_of(headers))

    def post(self, target, body=b"{}", **headers):
        return self.request("POST", target, fields_of(headers), body)

    def put(self, target, body=b"{}", **headers):
        return self.request("PUT", target, fields_of(headers), body)

    def patch(self, target, body=b"{}", **headers):
        return self.request("PATCH", target, fields_of(headers), body)

    def delete(self, target, **headers):
        return self.request("DELETE", target, fields_of(headers))


def fields_of(headers):
    return [(name.replace("_", "-"), value) for name, value in headers.items()]


def make_request(method, target, headers=(), body=None, host="test", version="1.1"):
    """The bytes of a request. `host=None`: without Host."""
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
    lines = [f"{method} {target} HTTP/{version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += [f"{name}: {value}" for name, value in pairs]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")
