"""Guide: a server of a Redis Cluster that says who owns its slots, and does nothing else. What it says may be late, or wrong.

    guide = Guide(server)          # a RedisServer, which owns all slots
    self.addCleanup(guide.close)
    guide.url                      # where nodes are led to
    guide.owner = another          # from now on
"""

import socketserver
import threading


class Guide:
    """See the module's docstring."""

    def __init__(self, owner):
        self.owner = owner
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Asked)
        self._server.daemon_threads = True
        self._server.answer = self._answer
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    port = property(lambda self: self._server.server_address[1])
    url = property(lambda self: f"redis+cluster://127.0.0.1:{self.port}")

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, words):
        if words == [b"CLUSTER", b"INFO"]:
            return b"$16\r\ncluster_state:ok\r\n"
        if words == [b"CLUSTER", b"SLOTS"]:
            return b"*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$9\r\n127.0.0.1\r\n:%d\r\n$2\r\nid\r\n" % self.owner.port
        return b"+PONG\r\n"


class _Asked(socketserver.StreamRequestHandler):
    def handle(self):
        while line := self.rfile.readline():
            sizes_and_words = [(self.rfile.readline(), self.rfile.readline()) for _ in range(int(line[1:]))]
            self.wfile.write(self.server.answer([word.strip().upper() for _, word in sizes_and_words]))
