"""A fleet: two nodes that share a Redis, and beside them one that verifies, which is a fleet of its own in that Redis.

    fleet = Fleet(origin.url)
    fleet.round(number)          # a look in Redis that finds something and one that does not, a lease, a write that all hear of, a verification
    fleet.stop()                 # asserts how the nodes ended
    fleet.kill()                 # what is still there
"""

import contextlib

from harness import Sidecache, wait_until
from harness.redis_server import RedisServer

CONFIG = """
routes:
  - {path: "/api/doctors/{id}/", fresh: origin, lease: 5s}
"""
# (metric, labels) that each round moves.
MOVED = (
    ("sidecache_fleet_turns_total", {"result": "kept"}),
    ("sidecache_fleet_ticks_applied_total", {}),
    ("sidecache_fleet_write_wait_seconds_count", {"until": "announced"}),
    ("sidecache_fleet_write_wait_seconds_count", {"until": "heard"}),
    ("sidecache_fleet_verifications_total", {"result": "verified"}),
    ("sidecache_redis_duration_seconds_count", {"use": "fleet"}),
    ("sidecache_redis_duration_seconds_count", {"use": "responses"}),
    ("sidecache_redis_lookups_total", {"result": "hit"}),
    ("sidecache_redis_lookups_total", {"result": "miss"}),
    ("sidecache_redis_writes_total", {"result": "written"}),
    ("sidecache_redis_leases_total", {"result": "taken"}),
)


class Fleet:
    def __init__(self, origin_url):
        self.nodes, self._origin_url = [], origin_url
        with contextlib.ExitStack() as started:
            self.redis = RedisServer()
            started.callback(self.redis.stop)
            started.callback(self._kill_nodes)
            self._add_node()
            self._add_node()
            self.verifying = self._add_node("--set", "redis.consistency=verified", "--set", "redis.timeouts.verify=10s", "--set", "redis.prefix=verified")
            for node, members in zip(self.nodes, (2, 2, 1)):
                wait_until(lambda: node.metric("sidecache_fleet_trusted") == 1 and node.metric("sidecache_fleet_members") == members, f"a node to be trusted by {members}")
            self._started = started.pop_all()

    def _add_node(self, *arguments):
        patient = ("--set", "redis.pool.wait=10s")  # however slow this machine is
        self.nodes.append(Sidecache(self._origin_url, "--redis", self.redis.url, *patient, *arguments, config=CONFIG, workers=1))
        return self.nodes[-1]

    def round(self, number):
        row, row_before = (f"/api/doctors/of-the-fleet-{each}/" for each in (number, number - 1))
        first, second = (node.client() for node in self.nodes[:2])
        first.get(row)
        second.get(row_before)  # the first one has stored it a round ago, and written it to Redis since
        second.patch(row)
        for client in (first, self.verifying.client()):
            client.get(row)
            client.get(row)

    def metric(self, name, **labels):
        """Of all nodes together."""
        return sum(node.metric(name, **labels) for node in self.nodes)

    def stop(self):
        for node in self.nodes:
            node.stop()

    def kill(self):
        self._started.close()

    def _kill_nodes(self):
        for node in self.nodes:
            node.kill()
