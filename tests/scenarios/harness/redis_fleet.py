"""Several RedisServers that look after each other: watched by Sentinels, or as a Cluster.

    fleet = Sentinel(replicas=2, min_replicas_to_write=1)      # a master, replicas and three sentinels; directives for the former
    self.addCleanup(fleet.stop)
    fleet.name, fleet.sentinel_addresses                       # what a client is configured with
    fleet.master, fleet.replicas                               # RedisServers, as the sentinels see them now
    fleet.address                                              # (host, port) by which the sentinels name the master
    fleet.client()                                             # a redis.Redis that asks the sentinels for the master
    fleet.failover_to_new_master()                             # an orderly one; each of these ends when all sentinels name a new master, and returns it
    fleet.kill_master(), fleet.pause_master()                  # restart() or resume() of the old one, and then rejoin()
    fleet.cut_off_master()                                     # sentinels and replicas do not reach it any more; clients do, until rejoin()
    fleet.ask_for_password("secret")                           # of who connects to the sentinels from now on
    fleet.rejoin()                                             # until all that run follow the new master

Each server stands behind a Relay, and by its port sentinels, replicas and clients know it: `fleet.relay_of(server)`. A client can go round the
relay by `server.port`.

    cluster = Cluster(masters=3, replicas=1)                   # one replica for each master
    self.addCleanup(cluster.stop)
    cluster.addresses, cluster.nodes, cluster.living
    cluster.slot_of(key), cluster.owner_of(key)                # of a key or the number of a slot; a RedisServer
    cluster.client_of(key), cluster.client_at(server)          # a redis.Redis of its owner, or of this one: MOVED and ASK are errors to it
    cluster.masters, cluster.replicas_of(server)               # those that own slots, of those that live
    cluster.move_slot(slot, to)                                # with its keys: MOVED from now on
    cluster.begin_moving(slot, to); cluster.finish_moving(slot, to)   # between the two: ASK for keys that are not there any more
    cluster.kill_master(of_key), cluster.pause_master(of_key)  # until a replica is its successor and all slots are served; each returns that
    cluster.rejoin()                                           # after restart() or resume() of the old one: until it is its successor's replica

Nothing is held for dead by mistake on a slow machine: a fleet is patient until it is told to kill or to cut off, and then until that is over.
"""

import contextlib

import redis.sentinel

from .patience import PATIENCE, OutOfPatience, wait_until
from .redis_server import RedisServer
from .relay import Relay

FLEET_PATIENCE = 3 * PATIENCE  # for what takes several steps of several processes
# Milliseconds without an answer after which somebody is held for dead.
PATIENT, IMPATIENT = 60000, 1000

# A sentinel's own periods in milliseconds. That of its pings is shorter than what it holds for death, since it waits for one before its first, but no
# fifth of a second: it promotes no replica of which it has heard nothing for five of these, and with its master down it asks each once a second.
# No pause of a busy machine may put it into tilt mode, in which it does nothing for half a minute.
SENTINEL_PERIODS = {"ping": 500, "info": 100, "ask": 100, "min-link-reconnect": 500, "tilt": 1000}
TILT_TRIGGER = 60000
# How often sentinels tell each other what they know. After four of these they take back the role that a server has and that they do not expect:
# soon where all agree who is master, but later than the one that leads a failover, which looks once a second, has seen its new master's role.
PUBLISH_SOON, PUBLISH_LATER = 100, 2000
FAILOVER_TIMEOUT = 3000  # so long an attempt lasts at most; after twice this there is another


class Sentinel:
    """See the module's docstring."""

    name = "mymaster"

    def __init__(self, replicas=1, sentinels=3, **directives):
        self._kept = contextlib.ExitStack()
        self._relays, self._servers = {}, {}
        self._are_cut_off = []
        try:
            master = self._add_server(directives)
            for _ in range(replicas):
                self._add_server(directives, replicaof=self.relay_of(master))
            password = [f"auth-pass {self.name} {directives['requirepass']}"] if "requirepass" in directives else []
            watch = [f"monitor {self.name} 127.0.0.1 {self.relay_of(master).port} {sentinels // 2 + 1}", f"failover-timeout {self.name} {FAILOVER_TIMEOUT}"]
            self.sentinels = [self._add(RedisServer("--sentinel", sentinel=watch + password)) for _ in range(sentinels)]
            periods = [word for name, value in SENTINEL_PERIODS.items() for word in (f"{name}-period", value)]
            self._clients = [sentinel.client() for sentinel in self.sentinels]
            for client in self._clients:
                client.execute_command("SENTINEL DEBUG", "tilt-trigger", TILT_TRIGGER, *periods)
            self._hold_for_dead_after(PATIENT)
            self._wait_until_all_follow(master)
        except BaseException:
            self.stop()
            raise

    sentinel_addresses = property(lambda self: [sentinel.address for sentinel in self.sentinels])
    servers = property(lambda self: list(self._relays))

    def relay_of(self, server):
        return self._relays[server]

    @property
    def address(self):
        return self._named(self._clients[0])

    @property
    def master(self):
        return self._server_at(self.address)

    @property
    def replicas(self):
        master = self.master
        return [server for server in self.servers if server is not master]

    def client(self, **options):
        known = {"socket_timeout": PATIENCE, "password": self.master.password}
        client = redis.sentinel.Sentinel(self.sentinel_addresses, socket_timeout=PATIENCE).master_for(self.name, **{**known, **options})
        self._kept.callback(client.connection_pool.disconnect)
        return client

    # What happens to it.

    def kill_master(self):
        return self._lose_master(RedisServer.kill)

    def pause_master(self):
        return self._lose_master(RedisServer.pause)

    def cut_off_master(self):
        """The connections of sentinels and replicas with it stand and carry nothing, as do those that they open."""
        return self._lose_master(self._cut_off)

    def failover_to_new_master(self):
        old = self.master
        new = self._wait_for_another_than(old, self._begin_failover)
        self._wait_until_all_follow(new)
        return new

    def rejoin(self):
        for server in self._are_cut_off:
            self.relay_of(server).release()
        self._are_cut_off.clear()
        self._wait_until_all_follow(self.master)

    def ask_for_password(self, password):
        """Of the sentinels: whoever connects from now on has to know it."""
        for client in self._clients:
            client.execute_command("ACL SETUSER", "default", ">" + password)

    def stop(self):
        self._kept.close()

    # Its own.

    def _add(self, part, end="stop"):
        self._kept.callback(getattr(part, end))
        return part

    def _add_server(self, directives, **more):
        relay = self._add(Relay(None), "close")
        announced = {"replica_announce_ip": "127.0.0.1", "replica_announce_port": relay.port}
        password = {"masterauth": directives["requirepass"]} if "requirepass" in directives else {}
        server = self._add(RedisServer(**announced, **password, **directives, **more))
        relay.target = server.port
        self._relays[server] = relay
        self._servers[server] = server.client()
        return server

    def _server_at(self, address):
        return next(server for server, relay in self._relays.items() if relay.address == address)

    def _named(self, client):
        host, port = client.execute_command("SENTINEL GET-MASTER-ADDR-BY-NAME", self.name)
        return host.decode(), int(port)

    def _set(self, *words):
        for client in self._clients:
            client.execute_command("SENTINEL SET", self.name, *words)

    def _hold_for_dead_after(self, milliseconds):
        self._set("down-after-milliseconds", milliseconds)

    def _publish_each(self, milliseconds):
        for client in self._clients:
            client.execute_command("SENTINEL DEBUG", "publish-period", milliseconds)

    def _cut_off(self, server):
        self.relay_of(server).hold(only=_is_of_fleet)
        self._are_cut_off.append(server)

    def _lose_master(self, lose):
        old = self.master
        self._hold_for_dead_after(IMPATIENT)
        lose(old)
        return self._wait_for_another_than(old)

    def _begin_failover(self, old):
        """Where none goes on and none is over."""
        state = self._clients[0].sentinel_master(self.name)
        if state["port"] == self.relay_of(old).port and "failover_in_progress" not in state["flags"]:
            with contextlib.suppress(redis.ResponseError):  # no replica is good enough yet
                self._clients[0].execute_command("SENTINEL FAILOVER", self.name)

    def _wait(self, condition, what):
        try:
            return wait_until(condition, what, FLEET_PATIENCE)
        except OutOfPatience as error:
            raise OutOfPatience("\n".join([str(error)] + [f"--- a sentinel\n{_end_of(sentinel.log())}" for sentinel in self.sentinels])) from None

    def _wait_for_another_than(self, old, begin=lambda old: None):
        def found():
            begin(old)
            # The one that leads the failover names the new master by address when that is promoted, but counts the old one as master, and tells
            # so to whoever asks for all masters, until the other replicas have followed.
            states = [client.sentinel_master(self.name) for client in self._clients]
            if len({state["port"] for state in states}) > 1 or any(state["flags"] != "master" for state in states):
                return None
            new = self.master
            return new if new is not old and self._is_master(new) else None

        new = self._wait(found, "all sentinels to name a new master")
        self._hold_for_dead_after(PATIENT)
        return new

    def _is_master(self, server):
        return server.is_running and self._servers[server].info("replication")["role"] == "master"

    def _wait_until_all_follow(self, master):
        self._publish_each(PUBLISH_SOON)
        self._wait(lambda: all(self._sees_all_follow(client, master) for client in self._clients), "sentinels and replicas to find each other")
        self._publish_each(PUBLISH_LATER)

    def _sees_all_follow(self, client, master):
        state = client.sentinel_master(self.name)
        if self._named(client) != self.relay_of(master).address or state["flags"] != "master" or state["num-other-sentinels"] != len(self.sentinels) - 1:
            return False
        port = self.relay_of(master).port
        follow = {
            replica["port"]
            for replica in client.sentinel_slaves(self.name)
            if (replica["flags"], replica["master-port"], replica["master-link-status"]) == ("slave", port, "ok")
        }
        return {self.relay_of(server).port for server in self.servers if server.is_running and server is not master} <= follow


def _end_of(log):
    return "\n".join(log.splitlines()[-20:])


def _is_of_fleet(connection):
    """Does a replica or a sentinel (by the name that it gives itself) speak here?"""
    return "REPLCONF" in connection.commands or b"\nsentinel-" in connection.beginning


class Cluster:
    """See the module's docstring."""

    def __init__(self, masters=3, replicas=0, **directives):
        self._kept = contextlib.ExitStack()
        self.nodes = []
        try:
            # Replicas stay what they are until kill_master lets one of them rise.
            fixed = {"cluster_enabled": True, "cluster_node_timeout": PATIENT, "cluster_replica_no_failover": True, "cluster_migration_barrier": 100}
            self.nodes += [self._add(RedisServer(**{**fixed, **directives})) for _ in range(masters * (1 + replicas))]
            self._clients = {node: node.client() for node in self.nodes}
            self._ids = {node: self._ask(node, "MYID").decode() for node in self.nodes}
            self._join(masters)
        except BaseException:
            self.stop()
            raise

    addresses = property(lambda self: [node.address for node in self.nodes])
    living = property(lambda self: [node for node in self.nodes if node.is_running and not node.is_paused])
    masters = property(lambda self: [node for node in self.living if self._has_slots(node)])

    def slot_of(self, key):
        return key if isinstance(key, int) else self._ask(self.living[0], "KEYSLOT", key)

    def owner_of(self, key):
        return self._owner_as_seen_by(self.living[0], self.slot_of(key))

    def client_of(self, key):
        return self._clients[self.owner_of(key)]

    def client_at(self, server):
        return self._clients[server]

    def replicas_of(self, server):
        return [node for node in self.living if self._replication(node).get("master_port") == server.port]

    # What happens to it.

    def begin_moving(self, slot, to):
        """Half of its keys have moved (rounded up); the owner answers ASK for those."""
        owner = self.owner_of(slot)
        self._ask(to, "SETSLOT", slot, "IMPORTING", self._ids[owner])
        self._ask(owner, "SETSLOT", slot, "MIGRATING", self._ids[to])
        count = self._ask(owner, "COUNTKEYSINSLOT", slot)
        self._move_keys(owner, to, slot, (count + 1) // 2)

    def finish_moving(self, slot, to):
        owner = self.owner_of(slot)
        self._move_keys(owner, to, slot, self._ask(owner, "COUNTKEYSINSLOT", slot))
        # The new owner first: were the old one to forget the slot and the new one to die then, nobody would own it.
        for node in [to, owner]:
            self._ask(node, "SETSLOT", slot, "NODE", self._ids[to])
        self._wait(lambda: self._all_name(to, slot), f"all nodes to name the new owner of slot {slot}")

    def move_slot(self, slot, to):
        self.begin_moving(slot, to)
        self.finish_moving(slot, to)

    def kill_master(self, of_key):
        return self._lose_master(of_key, RedisServer.kill)

    def pause_master(self, of_key):
        return self._lose_master(of_key, RedisServer.pause)

    def rejoin(self):
        self._wait_until_whole()
        self._wait_until_all_follow()

    def stop(self):
        self._kept.close()

    # Its own.

    def _add(self, node):
        self._kept.callback(node.stop)
        return node

    def _ask(self, node, *words):
        return self._clients[node].execute_command("CLUSTER " + words[0], *words[1:])

    def _replication(self, node):
        return self._clients[node].info("replication")

    def _lose_master(self, of_key, lose):
        slot = self.slot_of(of_key)
        old = self.owner_of(slot)
        replicas = self.replicas_of(old)
        if not replicas:
            raise AssertionError("this master has no replica that could follow it")
        self._set("cluster-replica-no-failover", "no", replicas)
        self._set("cluster-node-timeout", IMPATIENT)
        lose(old)
        new = self._wait(lambda: next((replica for replica in replicas if self._all_name(replica, slot)), None), "a replica to follow its master")
        self._wait_until_whole()
        self._set("cluster-node-timeout", PATIENT)
        self._set("cluster-replica-no-failover", "yes", replicas)
        return new

    def _join(self, masters):
        for number, node in enumerate(self.nodes):
            self._ask(node, "SET-CONFIG-EPOCH", number + 1)
            if number < masters:
                self._ask(node, "ADDSLOTSRANGE", 16384 * number // masters, 16384 * (number + 1) // masters - 1)
        self._meet()
        self._wait(lambda: all(self._knows_all(node) for node in self.nodes), "all nodes to know each other")
        self._meet()
        self._wait_until_whole()
        for number, node in enumerate(self.nodes[masters:]):
            self._ask(node, "REPLICATE", self._ids[self.nodes[number % masters]])
        self._wait_until_all_follow()

    def _meet(self):
        """Each tells each other what it is and has. Patient nodes tell it to one a second otherwise."""
        for node in self.living:
            for other in self.living:
                if other is not node:
                    self._ask(node, "MEET", "127.0.0.1", other.port, other.bus_port)

    def _wait(self, condition, what):
        try:
            return wait_until(condition, what, FLEET_PATIENCE)
        except OutOfPatience as error:
            raise OutOfPatience("\n".join([str(error)] + [f"--- a node\n{_end_of(node.log())}" for node in self.nodes])) from None

    def _knows_all(self, node):
        return self._ask(node, "INFO")["cluster_known_nodes"] == str(len(self.nodes)) and "handshake" not in self._flags_as_seen_by(node)

    def _wait_until_whole(self):
        """Each node knows each other, and that all slots are served."""
        self._wait(lambda: all(self._knows_all(node) and self._ask(node, "INFO")["cluster_state"] == "ok" for node in self.living), "the cluster to be whole")

    def _wait_until_all_follow(self):
        """Each node serves slots or follows one that does, and all nodes know that."""
        states = {}

        def all_follow():
            states.update({node: self._replication(node) for node in self.living})
            return all(self._has_slots(node) or states[node].get("master_link_status") == "up" for node in self.living)

        self._wait(all_follow, "replicas to follow their masters")
        self._meet()
        replicas = sum(state["role"] == "slave" for state in states.values())
        self._wait(lambda: all(self._sees_alive(node, replicas) for node in self.living), "all nodes to know the replicas")

    def _has_slots(self, node):
        return any(owner[1] == node.port for _, _, owner, *_ in self._ask(node, "SLOTS"))

    def _sees_alive(self, node, replicas):
        # CLUSTER SLOTS would do for roles too, but leaves out replicas to which no byte was ever sent.
        flags = self._flags_as_seen_by(node)
        return flags.count("slave") == replicas and "fail" not in flags

    def _flags_as_seen_by(self, node):
        """All flags of those that live; `fail?` as `fail`."""
        known = self._ask(node, "NODES")
        return [flag.rstrip("?") for other in self.living for flag in known.get(f"127.0.0.1:{other.port}", {"flags": ""})["flags"].split(",")]

    def _owner_as_seen_by(self, node, slot):
        port = next((owner[1] for first, last, owner, *_ in self._ask(node, "SLOTS") if first <= slot <= last), None)
        return next((known for known in self.nodes if known.port == port), None)

    def _all_name(self, server, slot):
        return all(self._owner_as_seen_by(node, slot) is server for node in self.living)

    def _set(self, name, value, nodes=None):
        for node in self.living if nodes is None else nodes:
            self._clients[node].config_set(name, value)

    def _move_keys(self, owner, to, slot, count):
        keys = self._ask(owner, "GETKEYSINSLOT", slot, count) if count else []
        if keys:
            self._clients[owner].execute_command("MIGRATE", "127.0.0.1", to.port, "", 0, int(PATIENCE * 1000), "KEYS", *keys)
