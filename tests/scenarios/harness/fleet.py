"""FleetScenario: several nodes before one origin, which know of each other by a real Redis.

    class AWrite(FleetScenario):
        nodes = 3
        redis_options = ("--set", "redis.lease=500ms")

        def test_ends_what_other_nodes_have_stored(self):
            self.clients[1].get("/a") ...

Each node speaks with Redis through a Relay of its own: `self.relays[1].cut()` cuts the second one off. `self.proxy` and `self.client` are the first node's.
When a test begins, all nodes know of each other, and may reuse what they store.
"""

import re
from pathlib import Path

from .client import Client
from .patience import wait_until
from .redis_fleet import Cluster, Sentinel
from .redis_server import RedisServer
from .relay import Relay
from .scenario import Scenario
from .sidecache import Sidecache


class FleetScenario(Scenario):
    nodes = 2
    redis_options = ()
    redis_directives = {}

    def setUp(self):
        self.redis = self.make_redis()
        self.addCleanup(self.redis.stop)
        self.relays, self.proxies = [], []
        super().setUp()
        for _ in range(1, self.nodes):
            self.add_node()
        self.clients = [Client(proxy.address) for proxy in self.proxies]
        self.wait_for_trust()

    def make_redis(self):
        return RedisServer(**self.redis_directives)

    def redis_url(self):
        """For the next node: with a relay of its own."""
        relay = Relay(self.redis.port)
        self.addCleanup(relay.close)
        self.relays.append(relay)
        return f"redis://127.0.0.1:{relay.port}"

    def make_proxy(self):
        return self.start_node()

    def start_node(self):
        proxy = Sidecache(self.origin.url, "--redis", self.redis_url(), *self.redis_options, *self.arguments, config=self.config, workers=self.workers)
        self.proxies.append(proxy)
        return proxy

    def add_node(self):
        proxy = self.start_node()
        self.addCleanup(self._end_proxy, proxy)
        return proxy

    def _end_proxy(self, proxy):
        if not getattr(proxy, "was_killed", False):
            super()._end_proxy(proxy)

    def kill_node(self, index):
        """kill -9, as if its machine had gone."""
        self.proxies[index].was_killed = True
        self.proxies[index].kill()

    def is_trusted(self, index):
        return self.proxies[index].metric("sidecache_fleet_trusted") == 1

    def wait_for_trust(self, *indexes, members=None):
        """Until these nodes, or all, may reuse what they have stored, and know of `members`, or of all."""
        members = members or self.nodes
        for index in indexes or range(len(self.proxies)):
            wait_until(lambda: self.is_trusted(index) and self.proxies[index].metric("sidecache_fleet_members") == members, f"node {index} to be trusted by {members}")

    def assert_documented(self, prefix):
        """The metrics with this prefix are those of docs/metrics.md, kinds too. Returns how many."""
        document = (Path(__file__).resolve().parents[3] / "docs" / "metrics.md").read_text()
        documented = set(re.findall(rf"^\| `({prefix}\w+)` \| (\w+) \|", document, re.MULTILINE))
        shown = set(re.findall(rf"^# TYPE ({prefix}\w+) (\w+)$", self.proxies[0].admin("/metrics").body.decode(), re.MULTILINE))
        self.assertEqual(shown, documented)
        return len(shown)

    def wait_for_doubt(self, *indexes):
        for index in indexes:
            wait_until(lambda: not self.is_trusted(index), f"node {index} to trust no longer")


class WatchedFleet(FleetScenario):
    """Its Redis is a master with a replica, watched by sentinels: `self.sentinels`."""

    def make_redis(self):
        self.sentinels = Sentinel(replicas=1)
        return self.sentinels

    def redis_url(self):
        return "redis+sentinel://" + ",".join(f"{host}:{port}" for host, port in self.sentinels.sentinel_addresses) + f"/{self.sentinels.name}"


class ClusteredFleet(FleetScenario):
    """Its Redis is a cluster of three masters with a replica each: `self.cluster`."""

    def make_redis(self):
        self.cluster = Cluster(masters=3, replicas=1)
        return self.cluster

    def redis_url(self):
        return "redis+cluster://" + ",".join(f"{host}:{port}" for host, port in self.cluster.addresses)
