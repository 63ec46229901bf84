"""ReservedPort: a port of the loopback that is the test's own for as long as it wants it, whether somebody listens there or not.

    port = ReservedPort()
    port.number          # connections are refused until a process of the test's listens here; it may end and listen again
    port.release()

It is held by a socket that is bound and never listens. Linux gives such a port to nobody who asks for any free one, neither to listen nor
to connect from, but lets those listen who ask for this very one with SO_REUSEADDR, as servers do. So there is no moment at which another
process can take a port that was found to be free.
"""

import socket


class ReservedPort:
    def __init__(self):
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number = self._socket.getsockname()[1]

    def release(self):
        self._socket.close()
