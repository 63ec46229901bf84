"""What deploy/kubernetes/edge.yaml asks of Redis, given to Debian's own, and its configuration to two nodes of a fleet before that."""

import contextlib
import os
import re
from urllib.parse import urlsplit

from harness import Client, ScriptedOrigin, Sidecache, ok, wait_until
from harness.redis_server import RedisServer
from manifests import Manifests

# Commands that the traffic here does not bring about, by what they are for.
ALLOWED = (("WAIT", "1", "1"), ("UNLINK", "records:r:1"), ("EVAL", "return 1", "1", "records:r:1"))
REFUSED = (("GET", "session:1"), ("SET", "records", "1"), ("HGETALL", "{other:}ctl"), ("KEYS", "*"), ("FLUSHALL",), ("CONFIG", "GET", "*"), ("SUBSCRIBE", "records:"))
ADMINISTRATOR = "user default on nopass ~* &* +@all"


class Fleet:
    def __init__(self, root, program):
        self.manifests = Manifests(root, program, "edge.yaml")
        os.environ["SIDECACHE_BIN"] = str(program)

    def checks(self):
        yield "edge.yaml: what it asks of Redis evicts nothing that the fleet needs", self.policy
        yield "edge.yaml: a Redis as it asks for serves two nodes, and its user may no more than they need", self.served

    def lines(self):
        """Of Redis' configuration: [name, value]."""
        block = re.search(r"with these lines in its configuration:\n#\n((?:#   \S.*\n)+)", self.manifests.text)[1]
        return [line.removeprefix("#").split(maxsplit=1) for line in block.splitlines()]

    def policy(self):
        policy = dict(self.lines()).get("maxmemory-policy", "")
        if policy != "noeviction" and not policy.startswith("volatile-"):
            yield f"its maxmemory-policy is {policy}"

    def served(self):
        directives = {name.replace("-", "_"): value.strip('"') for name, value in self.lines() if name != "user"}
        users = [f"user {value}" for name, value in self.lines() if name == "user"]
        with contextlib.ExitStack() as kept:
            redis = RedisServer(acl=[ADMINISTRATOR, *users], **directives)
            kept.callback(redis.stop)
            origin = ScriptedOrigin()
            kept.callback(origin.close)
            origin.always("GET", None, ok(b"[]", ("Cache-Control", "max-age=60")))
            origin.always("PATCH", None, ok(b"{}"))
            nodes = [self.node(kept, origin, redis) for _ in range(2)]
            yield from problems_of_user(redis.client(), users)
            yield from problems_of_traffic(nodes, redis.client())
            yield from (f"Redis refuses {entry['object']} to {entry['username']}: {entry['reason']}" for entry in redis.client().acl_log())

    def node(self, kept, origin, redis):
        """With the address of the Secret, but for host and port."""
        (name,) = re.findall(r"\$\{(\w+)\}", self.manifests.configuration.redis["url"])
        url = self.manifests.environment[name]
        here = url.replace(urlsplit(url).netloc.rpartition("@")[2], f"127.0.0.1:{redis.port}")
        node = Sidecache(origin.url, "--set", "redis.pool.wait=10s", config=self.manifests.configuration.text, environment={name: here})
        kept.callback(node.kill)
        return node


def problems_of_user(client, users):
    name = users[0].split()[1]
    for commands, is_allowed in ((ALLOWED, True), (REFUSED, False)):
        for command in commands:
            if (client.execute_command("ACL DRYRUN", name, *command) == b"OK") != is_allowed:
                yield f"{name} {'may not' if is_allowed else 'may'} {' '.join(command)}"


def problems_of_traffic(nodes, client):
    wait_until(lambda: client.acl_log() or all(node.metric("sidecache_fleet_trusted") == 1 and node.metric("sidecache_fleet_members") == 2 for node in nodes), "the nodes to join")
    if client.acl_log():
        return
    first, second = (Client(node.address) for node in nodes)
    target = "/api/doctors/1/"
    first.get(target)
    nodes[0].wait_for_metric("sidecache_redis_writes_total", 1)
    if not nodes[0].metric("sidecache_redis_writes_total", result="written"):
        yield "the first node writes no response there"
    elif second.get(target).cache_status.detail != "redis":
        yield "the second node finds nothing of the first one there"
    if (status := first.patch(target).status) != 200:
        yield f"a write gets {status}"
    if second.get(target).cache_status.detail != "invalidated":
        yield "the second node hears of no write"
