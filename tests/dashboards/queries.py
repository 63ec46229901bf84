"""What an application asks of the query door, by one connection that stays, and a crowd beside it that is more than the door lets in.

    queries = Queries(proxy)     # started with `*ARGUMENTS`
    queries.round(number)        # a key that is there and one that is not, a command that is not there, connections taken and refused
    queries.close()
"""

import contextlib
import select
import socket

import redis

from harness import PATIENCE

CONNECTIONS = 4
ARGUMENTS = ("--query", "127.0.0.1:0", "--set", f"query.connections={CONNECTIONS}")
REFUSAL = b"-ERR max number of clients reached\r\n"
# (metric, labels) that each round moves.
MOVED = (
    ("sidecache_query_commands_total", {"command": "get"}),
    ("sidecache_query_commands_total", {"command": "set"}),
    ("sidecache_query_commands_total", {"command": "unknown"}),
    ("sidecache_query_connections_accepted_total", {}),
    ("sidecache_query_connections_refused_total", {}),
    ("sidecache_query_duration_seconds_count", {}),
    ("sidecache_query_errors_total", {}),
    ("sidecache_query_lookups_total", {"result": "hit"}),
    ("sidecache_query_lookups_total", {"result": "miss"}),
    ("sidecache_query_received_bytes_total", {}),
    ("sidecache_query_sent_bytes_total", {}),
)


class Queries:
    def __init__(self, proxy):
        host, _, port = proxy.wait_for_log("^queries on ").removeprefix("queries on ").rpartition(":")
        self._address = host, int(port)
        self._client = redis.Redis(*self._address, single_connection_client=True, socket_timeout=PATIENCE)  # connects now, before any crowd

    def round(self, number):
        key, value = f":1:doctor_stats:{number % 50}", b"%d" % number
        self._client.set(key, value, ex=60)
        found, missed = self._client.get(key), self._client.get(f":1:of_nobody:{number}")
        assert (found, missed) == (value, None), f"{key} is {found}, and what nobody has set {missed}"
        try:
            self._client.lpush("list", 1)
        except redis.ResponseError:
            pass
        else:
            raise AssertionError("a cache has taken a list")
        self._crowd()

    def _crowd(self):
        """Two more than there is room for beside the client: at the same moment each worker may let in the last one."""
        with contextlib.ExitStack() as opened:
            crowd = [opened.enter_context(socket.create_connection(self._address, timeout=PATIENCE)) for _ in range(CONNECTIONS + 1)]
            told, _, _ = select.select(crowd, [], [], PATIENCE)
            assert told, "nobody of a crowd was refused"
            assert told[0].recv(len(REFUSAL), socket.MSG_WAITALL) == REFUSAL

    def close(self):
        self._client.close()
