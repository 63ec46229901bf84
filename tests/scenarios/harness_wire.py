"""For what ScriptedOrigin and Client are too comfortable for: bytes on a socket, and contents too large to keep.

    origin = WireOrigin(play)             # play(wire) has each connection, in a thread of its own
    head = wire.read_head()               # of a request or a response; None where the other side closed before
    content = wire.content(head.length)   # a number, "chunked" or "close"
    content.finish().crc                  # read and forgotten: only size, checksum and trailers stay
"""

import re
import socket
import struct
import threading
import zlib

from harness import PATIENCE

PIECE = 1 << 18


class Ended(Exception):
    """The other side closed or reset the connection."""


class Head:
    def __init__(self, first_line, fields):
        self.first_line, self.fields = first_line, fields

    @property
    def status(self):
        return int(self.first_line.split(" ")[1])

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def header(self, name):
        values = self.all(name)
        return ", ".join(values) if values else None

    @property
    def length(self):
        """The framing of the content, for wire.content(); of a response without any: to the close."""
        coding, length = self.header("transfer-encoding"), self.header("content-length")
        assert not (coding and length), f"both framings: {self.fields}"
        if coding:
            assert coding == "chunked", coding
            return "chunked"
        return int(length) if length else "close" if self.first_line.startswith("HTTP/") else 0


class Wire:
    """One end of a connection."""

    def __init__(self, sock):
        self.sock = sock
        self.sock.settimeout(PATIENCE)
        self.rest = b""  # read and not used yet
        self._room = bytearray(PIECE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Ended(str(error)) from error

    def take(self):
        """Bytes that are here or come next, valid until the next call. Raises Ended."""
        if self.rest:
            data, self.rest = self.rest, b""
            return memoryview(data)
        try:
            size = self.sock.recv_into(self._room)
        except socket.timeout as error:
            raise AssertionError(f"nothing came within {PATIENCE} s") from error
        except OSError as error:
            raise Ended(str(error)) from error
        if size == 0:
            raise Ended("closed")
        return memoryview(self._room)[:size]

    def read(self, size):
        """Exactly so many bytes."""
        while len(self.rest) < size:
            rest = self.rest
            self.rest = b""
            try:
                self.rest = rest + bytes(self.take())
            except Ended as ended:
                raise Ended(f"{ended} after {rest[-200:]!r}") from ended
        data, self.rest = self.rest[:size], self.rest[size:]
        return data

    def read_to_end(self):
        """Everything until the other side ends."""
        data = b""
        try:
            while True:
                data += bytes(self.take())
        except Ended:
            return data

    def read_head(self):
        seen = b""
        try:
            while b"\r\n\r\n" not in seen:
                seen += bytes(self.take())
        except Ended:
            if seen:
                raise
            return None
        text, _, self.rest = seen.partition(b"\r\n\r\n")
        first, *lines = text.decode("latin-1").split("\r\n")
        return Head(first, [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)])

    def content(self, length):
        return Content(self, length)

    def is_silent_for(self, seconds):
        """Nothing comes so long, no end either: for what must not happen."""
        if self.rest:
            return False
        self.sock.settimeout(seconds)
        try:
            self.sock.recv(1, socket.MSG_PEEK)
            return False
        except (socket.timeout, BlockingIOError):
            return True
        except OSError:
            return False
        finally:
            self.sock.settimeout(PATIENCE)

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def close(self):
        self.sock.close()


class Content:
    """Content that is counted and not kept."""

    def __init__(self, wire, length):
        self._wire, self._length = wire, length
        self._left = length if isinstance(length, int) else 0  # of the content, or of the chunk and its CRLF
        self._line = b""
        self._is_in_trailers = False
        self.size = self.crc = 0
        self.trailers = []
        self.is_whole = length == 0

    def read_some(self):
        """The number of bytes of content that came; 0 at the end."""
        before = self.size
        while not self.is_whole and self.size == before:
            try:
                data = self._wire.take()
            except Ended:
                if self._length == "close":
                    self.is_whole = True
                    return 0
                raise
            if self._length == "chunked":
                self._take_chunks(data)
            elif self._length == "close":
                self._count(data)
            else:
                taken = data[: self._left]
                self._wire.rest = bytes(data[len(taken) :])
                self._left -= len(taken)
                self._count(taken)
                self.is_whole = self._left == 0
        return self.size - before

    def finish(self):
        while self.read_some():
            pass
        return self

    def _count(self, data):
        self.crc = zlib.crc32(data, self.crc)
        self.size += len(data)

    def _take_chunks(self, data):
        at = 0
        while at < len(data) and not self.is_whole:
            if self._left > 2:
                piece = data[at : at + self._left - 2]
                self._count(piece)
                self._left -= len(piece)
                at += len(piece)
            elif self._left:
                assert data[at] == b"\r\n"[2 - self._left], "a chunk does not end with CRLF"
                self._left -= 1
                at += 1
            else:
                part = bytes(data[at : at + 256])
                end = part.find(b"\n")
                at += len(part) if end < 0 else end + 1
                self._line += part if end < 0 else part[: end + 1]
                if end >= 0:
                    line, self._line = self._line, b""
                    self._take_line(line)
        self._wire.rest = bytes(data[at:])

    def _take_line(self, line):
        assert line.endswith(b"\r\n"), line
        if self._is_in_trailers:
            if line == b"\r\n":
                self.is_whole = True
            else:
                name, _, value = line.decode("latin-1").partition(":")
                self.trailers.append((name, value.strip()))
            return
        assert re.fullmatch(rb"[0-9A-Fa-f]+\r\n", line), f"no chunk size: {line!r}"
        size = int(line, 16)
        self._is_in_trailers = size == 0
        self._left = size + 2 if size else 0


def connect(address, receive_buffer=None):
    """A Wire to the proxy; a small buffer is asked for before the connection stands, so that it counts."""
    sock = socket.socket(socket.AF_INET)
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(PATIENCE)
    sock.connect(address)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Wire(sock)


class WireOrigin:
    """An origin whose connections are played by `play`. What fails in it is told by verify()."""

    def __init__(self, play=None, send_buffer=None, receive_buffer=None):
        self.play = play
        self.connections = 0
        self._problems, self._wires, self._threads, self._is_closed = [], [], [], False
        self._listener = socket.socket()
        for option, size in ((socket.SO_SNDBUF, send_buffer), (socket.SO_RCVBUF, receive_buffer)):
            if size:
                self._listener.setsockopt(socket.SOL_SOCKET, option, size)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(128)
        self.url = "http://127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(Wire(sock),), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, wire):
        self._wires.append(wire)
        try:
            self.play(wire)
        except BaseException as error:
            if not self._is_closed:
                self._problems.append(f"{type(error).__name__}: {error}")
        finally:
            wire.close()

    def close(self):
        """Waits for those who play; what still hangs is ended."""
        for thread in self._threads:
            thread.join(0.5)
        self._is_closed = True
        self._listener.close()
        for wire in self._wires:
            try:
                wire.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self._threads:
            thread.join(PATIENCE)

    def verify(self):
        if self._problems:
            raise AssertionError("the origin complains:\n  " + "\n  ".join(self._problems))
