"""An HTTP connection with one deadline for all that it does."""

import http.client
import io
import socket
from time import monotonic


class DeadlineConnection(http.client.HTTPConnection):
    """Until a moment of the monotonic clock; a socket's timeout would begin anew with each byte.

    TimeoutError where it has come. Looking up a name is not counted.
    """

    def __init__(self, host: str, port: int, until: float) -> None:
        super().__init__(host, port)
        self._until = until

    def connect(self) -> None:
        address = (self.host, self.port)
        raw = socket.create_connection(address, _time_left(self._until))
        self.sock = _Socket(raw, self._until)


class _Socket:
    """What http.client asks of a socket."""

    def __init__(self, raw: socket.socket, until: float) -> None:
        self._raw = raw
        self._until = until

    def sendall(self, data) -> None:
        self._raw.settimeout(_time_left(self._until))
        self._raw.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Received(self._raw, self._until))

    def close(self) -> None:
        """Once what was made of it is closed as well, as sockets do."""
        self._raw.close()


class _Received(io.RawIOBase):
    def __init__(self, raw: socket.socket, until: float) -> None:
        self._raw = raw
        self._file = raw.makefile("rb", buffering=0)
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        self._raw.settimeout(_time_left(self._until))
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


def _time_left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError("no answer within the deadline")
    return left
