"""Many writers and readers at once, over several nodes that are broken meanwhile: see harness/checker.py."""

import random
import signal
import time
import unittest

from harness import TO_CLIENT, Client, issues
from harness.checker import SECONDS, Checker
from harness.fleet import ClusteredFleet, FleetScenario, WatchedFleet

LEASE = 0.5
SHORT_LEASES = ("--set", f"redis.lease={round(LEASE * 1000)}ms", "--set", "redis.deadline=2s", "--set", "redis.timeouts.reply=500ms")


class Healthy(Checker, FleetScenario):
    nodes = 3

    def test_no_read_is_stale_where_the_origin_commits_before_it_answers(self):
        self.run_for("before the answer")
        self.assert_much_was_reused()

    def test_no_read_is_stale_where_the_origin_commits_before_its_last_byte(self):
        self.run_for("before the last byte")
        self.assert_much_was_reused()


class Broken(Checker, FleetScenario):
    nodes = 3
    redis_options = SHORT_LEASES
    writers_may_fail = True

    def run_beside(self, fault):
        """`fault` breaks something, and mends it again, as often as there is time."""
        def during(until):
            while time.monotonic() < until:
                fault()
                time.sleep(random.random() * LEASE)
        self.run_for("before the answer", max(SECONDS, 10 * LEASE), during, least_writes=0)
        self.assertGreater(self.reused, 0)
        self.wait_for_trust()  # it recovers by itself

    def test_connections_to_redis_are_cut(self):
        self.run_beside(lambda: random.choice(self.relays).cut())

    def test_a_node_is_cut_off(self):
        def fault():
            relay = random.choice(self.relays)
            relay.refuse()
            relay.cut()
            time.sleep(random.random() * 3 * LEASE)
            relay.accept()
        self.run_beside(fault)

    def test_connections_hang_and_go_on(self):
        def fault():
            relay = random.choice(self.relays)
            relay.hold()
            time.sleep(random.random() * 3 * LEASE)
            relay.release()
        self.run_beside(fault)

    def test_connections_are_slow(self):
        def fault():
            relay = random.choice(self.relays)
            relay.delay(random.choice([0.005, 0.05, LEASE / 2, LEASE]))
            time.sleep(random.random() * 2 * LEASE)
            relay.delay(0)
        self.run_beside(fault)

    def test_a_node_is_stopped_and_goes_on(self):
        def fault():
            process = random.choice(self.proxies).process
            process.send_signal(signal.SIGSTOP)
            time.sleep(random.choice([0.5, 1, 3]) * LEASE)
            process.send_signal(signal.SIGCONT)
        self.run_beside(fault)

    def test_redis_is_stopped_and_goes_on(self):
        def fault():
            self.redis.pause()
            time.sleep(random.choice([0.5, 1, 3]) * LEASE)
            self.redis.resume()
            time.sleep(2 * LEASE)
        self.run_beside(fault)

    def test_redis_is_stopped_for_five_seconds(self):
        def during(until):
            time.sleep(LEASE)
            self.redis.pause()
            time.sleep(5)
            self.redis.resume()
            time.sleep(max(0, until - time.monotonic()))
        self.run_for("before the answer", max(SECONDS, 5 + 4 * LEASE), during, least_writes=0)
        self.wait_for_trust()

    def test_redis_has_no_memory_left(self):
        client = self.redis.client()

        def fault():
            client.config_set("maxmemory", 1)  # noeviction: it refuses
            time.sleep(random.random() * 3 * LEASE)
            client.config_set("maxmemory", 0)
            time.sleep(2 * LEASE)
        self.run_beside(fault)

    def test_the_stream_is_trimmed_beneath_its_readers(self):
        client = self.redis.client()
        before = [proxy.metric("sidecache_fleet_tables_read_total") for proxy in self.proxies]

        def fault():
            relay = random.choice(self.relays)
            relay.hold(TO_CLIENT, only=issues("XREAD"))  # it misses what the others tick
            time.sleep(LEASE / 4)
            client.execute_command("XTRIM", "{sidecache:}stream", "MAXLEN", 1)
            relay.release()
        self.run_beside(fault)
        self.assertGreater(sum(proxy.metric("sidecache_fleet_tables_read_total") for proxy in self.proxies), sum(before))

    def test_redis_forgets_everything(self):
        def fault():
            self.redis.client().flushall()
            time.sleep(3 * LEASE)
        self.run_beside(fault)

    def test_redis_is_killed_and_started_again(self):
        def fault():
            self.redis.kill()
            time.sleep(random.random() * 2 * LEASE)
            self.redis.restart()
            time.sleep(3 * LEASE)
        self.run_beside(fault)

    def test_redis_evicts_what_it_likes(self):
        client = self.redis.client()
        client.config_set("maxmemory-policy", "allkeys-random")

        def fault():
            client.config_set("maxmemory", client.info("memory")["used_memory"] + 1_000_000)
            for number in range(40):
                client.set(f"somebody else's {random.random()} {number}", b"x" * 100_000)
            client.config_set("maxmemory", 0)
            time.sleep(3 * LEASE)

        self.run_beside(fault)
        self.assertGreater(client.info("stats")["evicted_keys"], 0)


class ANodeDies(Checker, FleetScenario):
    """kill -9, with writes under way; then another one comes in its place (CONSISTENCY F12, T20)."""

    nodes = 3
    redis_options = SHORT_LEASES
    writers_may_fail = True

    def nodes_read(self):
        return self.clients[:2]

    def test_and_no_read_at_the_others_is_stale(self):
        def during(until):
            mortal = 2
            while time.monotonic() < until:
                time.sleep(random.random() * 2 * LEASE)
                self.kill_node(mortal)
                time.sleep(random.random() * 3 * LEASE)
                self.clients[2] = Client(self.add_node().address)
                mortal = len(self.proxies) - 1
                time.sleep(2 * LEASE)

        self.run_for("before the answer", max(SECONDS, 10 * LEASE), during, least_writes=0)
        self.assertGreater(self.reused, 0)
        self.assertGreater(self.unheard, 0)
        self.wait_for_trust(0, 1)


class Verified(Checker, FleetScenario):
    """Reads trust no clock: a node that was stopped for however long may not be wrong when it goes on."""

    nodes = 3
    redis_options = ("--set", "redis.consistency=verified", *SHORT_LEASES, "--set", "redis.timeouts.verify=10s")
    writers_may_fail = True

    def test_no_read_is_stale(self):
        self.run_for("before the answer")
        self.assertGreater(self.reused, 0)

    def test_a_node_is_stopped_and_goes_on(self):
        def during(until):
            while time.monotonic() < until:
                process = random.choice(self.proxies).process
                process.send_signal(signal.SIGSTOP)
                time.sleep(random.choice([0.5, 1, 3]) * LEASE)
                process.send_signal(signal.SIGCONT)
                time.sleep(random.random() * LEASE)
        self.run_for("before the answer", max(SECONDS, 10 * LEASE), during, least_writes=0)
        self.assertGreater(self.reused, 0)


class ACluster(Checker, ClusteredFleet):
    """The slot of the fleet's state moves from master to master, and a master is lost."""

    redis_options = SHORT_LEASES
    writers_may_fail = True
    state = "{sidecache:}ctl"

    def run_beside(self, fault):
        def during(until):
            while time.monotonic() < until:
                fault()
                time.sleep(3 * LEASE)
        self.run_for("before the answer", max(SECONDS, 10 * LEASE), during, least_writes=0)
        self.assertGreater(self.reused, 0)
        self.wait_for_trust()

    def test_its_slot_moves_and_no_read_is_stale(self):
        slot = self.cluster.slot_of(self.state)

        def fault():
            owner = self.cluster.owner_of(slot)
            self.cluster.move_slot(slot, random.choice([node for node in self.cluster.masters if node is not owner]))
        self.run_beside(fault)

    def test_its_master_is_killed_and_no_read_is_stale(self):
        def fault():
            old = self.cluster.owner_of(self.state)
            self.cluster.kill_master(self.state)
            old.restart()
            self.cluster.rejoin()
        self.run_beside(fault)


class AnotherMaster(Checker, WatchedFleet):
    """Sentinels make a master of a replica, and of the other one, in turns."""

    redis_options = SHORT_LEASES
    writers_may_fail = True

    def test_takes_over_and_no_read_is_stale(self):
        def during(until):
            while time.monotonic() < until:
                self.sentinels.failover_to_new_master()
                time.sleep(3 * LEASE)

        self.run_for("before the answer", max(SECONDS, 10 * LEASE), during, least_writes=0)
        self.assertGreater(self.reused, 0)
        self.wait_for_trust()


if __name__ == "__main__":
    unittest.main()
