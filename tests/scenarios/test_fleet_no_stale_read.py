"""Many writers and readers at once, over several nodes that are broken meanwhile: see harness/checker.py.

SIDECACHE_TEST_NODES is how many nodes there are [3]; SIDECACHE_TEST_MACHINE, by how many seconds two CPUs with as many threads as this make the slowest answer slower [1].
"""

import os
import random
import signal
import time
import unittest

from harness import TO_CLIENT, Client, issues, wait_until
from harness.checker import SECONDS, Checker
from harness.fleet import ClusteredFleet, FleetScenario, WatchedFleet

NODES = int(os.environ.get("SIDECACHE_TEST_NODES") or 3)
LEASE = 0.5
DEADLINE = 2
ORIGIN = 0.02  # what it takes at most of itself
MACHINE = float(os.environ.get("SIDECACHE_TEST_MACHINE") or 1)
SHORT_LEASES = ("--set", f"redis.lease={round(LEASE * 1000)}ms", "--set", f"redis.deadline={DEADLINE}s", "--set", "redis.timeouts.reply=500ms")


class Healthy(Checker, FleetScenario):
    nodes = NODES

    def test_no_read_is_stale_where_the_origin_commits_before_it_answers(self):
        self.run_for("before the answer")
        self.assert_much_was_reused()
        self.assertGreater(self.counts.from_redis, 0)

    def test_no_read_is_stale_where_the_origin_commits_before_its_last_byte(self):
        self.run_for("before the last byte")
        self.assert_much_was_reused()


class BrokenFleet(Checker):
    """What a fault may cost: reads nothing but the origin's time and the configured deadline, writes that twice (to be announced, and to be heard of)."""

    redis_options = SHORT_LEASES
    writers_may_fail = True
    reads_within = ORIGIN + DEADLINE + MACHINE
    writes_within = ORIGIN + 2 * DEADLINE + MACHINE

    def run_beside(self, fault, pause=lambda: random.random() * LEASE, seconds=10 * LEASE):
        """`fault` breaks something, and mends it again, as often as there is time. Then all is as before without anybody's help."""
        def during(until):
            while time.monotonic() < until:
                fault()
                time.sleep(pause())
            self.wait_for_recovery()

        self.run_for("before the answer", max(SECONDS, seconds), during, least_writes=0)
        self.wait_for_trust(*self.living())

    def living(self):
        return [index for index, proxy in enumerate(self.proxies) if not getattr(proxy, "was_killed", False)]


class Broken(BrokenFleet, FleetScenario):
    """Something beneath nodes that all live on: what they refuse they count."""

    nodes = NODES

    def run_beside(self, fault, **named):
        super().run_beside(fault, **named)
        refused, unheard = (sum(proxy.metric(f"sidecache_fleet_writes_{what}_total") for proxy in self.proxies) for what in ("refused", "unheard"))
        self.assertEqual((refused, unheard), (self.counts.refused, self.counts.unheard))


class TheNetworkFails(Broken):
    def test_connections_to_redis_are_cut(self):
        self.run_beside(lambda: random.choice(self.relays).cut())

    def test_the_connections_of_one_kind_are_cut(self):
        """By which the ticks come, or by which turns are taken."""
        self.run_beside(lambda: random.choice(self.relays).cut(issues(random.choice(["XREAD", "EVALSHA"]))))

    def test_the_connections_of_one_kind_are_slow(self):
        def fault():
            relay = random.choice(self.relays)
            relay.delay(random.choice([0.05, LEASE / 2, LEASE]), only=issues(random.choice(["XREAD", "EVALSHA"])))
            time.sleep(random.random() * 2 * LEASE)
            relay.delay(0)
        self.run_beside(fault)

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
            relay.delay(random.choice([0.005, LEASE / 2, LEASE]))
            time.sleep(random.random() * 2 * LEASE)
            relay.delay(0)
        self.run_beside(fault)

    def test_redis_is_50_ms_away(self):
        for relay in self.relays:
            relay.delay(0.025)
        self.run_beside(lambda: None, pause=lambda: LEASE)
        self.assert_much_was_reused()
        self.assertEqual((self.counts.refused, self.counts.unheard), (0, 0))


class RedisFails(Broken):
    def test_it_is_killed_and_started_again(self):
        def fault():
            self.redis.kill()
            time.sleep(random.random() * 2 * LEASE)
            self.redis.restart()
        self.run_beside(fault, pause=lambda: 3 * LEASE)

    def test_it_is_stopped_and_goes_on(self):
        def fault():
            self.redis.pause()
            time.sleep(random.choice([0.5, 1, 3]) * LEASE)
            self.redis.resume()
        self.run_beside(fault, pause=lambda: 2 * LEASE)

    def test_it_is_stopped_for_five_seconds(self):
        def fault():
            self.redis.pause()
            time.sleep(5)
            self.redis.resume()
        self.run_beside(fault)

    def test_it_ends_all_connections_again_and_again(self):
        client = self.redis.client()

        def fault():
            until = time.monotonic() + LEASE
            while time.monotonic() < until:
                client.client_kill_filter(_type="normal", skipme=True)
                time.sleep(0.01)
        self.run_beside(fault, pause=lambda: LEASE)

    def test_it_has_no_memory_left(self):
        client = self.redis.client()

        def fault():
            client.config_set("maxmemory", 1)  # noeviction: it refuses
            time.sleep(random.random() * 3 * LEASE)
            client.config_set("maxmemory", 0)
        self.run_beside(fault, pause=lambda: 2 * LEASE)


class RedisLosesKeys(Broken):
    def test_it_evicts_what_was_not_asked_for_lately(self):
        self.run_beside_evictions("allkeys-lru")

    def test_it_evicts_what_it_likes(self):
        self.run_beside_evictions("allkeys-random")

    def run_beside_evictions(self, policy):
        client = self.redis.client()
        client.config_set("maxmemory-policy", policy)

        def fault():
            client.config_set("maxmemory", client.info("memory")["used_memory"] + 1_000_000)
            for number in range(40):
                client.set(f"somebody else's {random.random()} {number}", b"x" * 100_000)
            client.config_set("maxmemory", 0)

        self.run_beside(fault, pause=lambda: 3 * LEASE)
        self.assertGreater(client.info("stats")["evicted_keys"], 0)

    def test_it_forgets_everything(self):
        self.run_beside(self.redis.client().flushall, pause=lambda: 3 * LEASE)

    def test_somebody_writes_into_them(self):
        client = self.redis.client()

        def spoil(key):
            garbage = b"{sidecache:}garbage"
            if random.random() < 0.5:
                client.set(garbage, os.urandom(200))
            else:
                client.rpush(garbage, b"of another type")
            client.rename(garbage, key)

        def fault():
            stored = client.keys("sidecache:r:*")
            for key in random.sample(stored, min(4, len(stored))) + [random.choice(client.keys("{sidecache:}*"))]:
                spoil(key)

        self.run_beside(fault, pause=lambda: 3 * LEASE)

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


class ANodeThatIsStopped(BrokenFleet, FleetScenario):
    """It must not serve what is stale when it goes on."""

    nodes = NODES
    longest_pause = 3

    @staticmethod
    def breathe():
        """So long that what it was asked is answered before it is stopped again."""
        return (1 + random.random()) * LEASE

    def stop(self, seconds):
        self.stopped.add(self.clients[-1])
        process = self.proxies[-1].process
        process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        process.send_signal(signal.SIGCONT)

    def test_goes_on(self):
        self.run_beside(lambda: self.stop(random.choice([0.5, 1, 3]) * LEASE), pause=self.breathe)

    def test_goes_on_after_three_seconds(self):
        self.run_beside(lambda: self.stop(3), pause=self.breathe, seconds=14 * LEASE)


class NodesComeAndGo(BrokenFleet, FleetScenario):
    """Others are asked all the while, and who is new from its first moment on (CONSISTENCY T15)."""

    nodes = NODES

    def replace_last(self, end):
        """The last node ends, and another one comes in its place after a while."""
        leaving = self.clients[-1]
        wait_until(lambda: self.counts.under_way[leaving] > 0, "a write at the node that goes")
        self.down.add(leaving)
        end(len(self.proxies) - 1)
        time.sleep(random.random() * 3 * LEASE)
        self.clients[-1] = Client(self.add_node().address)

    def stop_node(self, index):
        self.proxies[index].was_killed = True
        self.proxies[index].stop()

    def test_one_is_killed_with_writes_under_way(self):
        """Who removes it ends them (CONSISTENCY F12, T20)."""
        self.run_beside(lambda: self.replace_last(self.kill_node), pause=lambda: (1 + random.random()) * 2 * LEASE)
        self.assertGreater(self.counts.unheard_at.total(), 0)

    def test_one_leaves_in_order(self):
        """No write at the others is lost."""
        self.run_beside(lambda: self.replace_last(self.stop_node), pause=lambda: random.random() * 2 * LEASE)
        self.assertLessEqual(set(self.counts.unheard_at), self.down)

    def test_one_joins(self):
        def fault():
            self.clients.append(Client(self.add_node().address))

        self.run_beside(fault, pause=lambda: (1 + random.random()) * 2 * LEASE, seconds=6 * LEASE)
        self.assertGreater(len(self.clients), self.nodes + 1)

    def wait_for_trust(self, *indexes, **named):
        members = len(self.clients) if hasattr(self, "clients") else None
        super().wait_for_trust(*indexes, **{"members": members, **named})


class Verified(BrokenFleet, FleetScenario):
    """Reads trust no clock: a node that was stopped for however long may not be wrong when it goes on."""

    nodes = NODES
    redis_options = ("--set", "redis.consistency=verified", *SHORT_LEASES, "--set", "redis.timeouts.verify=10s")
    reads_within = None  # of redis.timeouts.verify
    longest_pause = 3 * LEASE

    def test_no_read_is_stale(self):
        self.run_for("before the answer")
        self.assertGreater(self.counts.reused, 0)

    def test_a_node_is_stopped_and_goes_on(self):
        def during(until):
            while time.monotonic() < until:
                index = random.randrange(len(self.proxies))
                self.stopped.add(self.clients[index])
                process = self.proxies[index].process
                process.send_signal(signal.SIGSTOP)
                time.sleep(random.choice([0.5, 1, 3]) * LEASE)
                process.send_signal(signal.SIGCONT)
                time.sleep(random.random() * LEASE)
            self.wait_for_recovery()
        self.run_for("before the answer", max(SECONDS, 10 * LEASE), during, least_writes=0)


class ACluster(BrokenFleet, ClusteredFleet):
    """The slot of the fleet's state moves from master to master, and a master is lost."""

    nodes = NODES
    state = "{sidecache:}ctl"

    def test_its_slot_moves_and_no_read_is_stale(self):
        slot = self.cluster.slot_of(self.state)

        def fault():
            owner = self.cluster.owner_of(slot)
            self.cluster.move_slot(slot, random.choice([node for node in self.cluster.masters if node is not owner]))
        self.run_beside(fault, pause=lambda: 3 * LEASE)

    def test_its_master_is_killed_and_no_read_is_stale(self):
        def fault():
            old = self.cluster.owner_of(self.state)
            self.cluster.kill_master(self.state)
            old.restart()
            self.cluster.rejoin()
        self.run_beside(fault, pause=lambda: 3 * LEASE)


class AnotherMaster(BrokenFleet, WatchedFleet):
    """Sentinels make a master of a replica, and of the other one, in turns."""

    nodes = NODES

    def test_takes_over_and_no_read_is_stale(self):
        self.run_beside(self.sentinels.failover_to_new_master, pause=lambda: 3 * LEASE)

    def test_takes_over_where_the_old_one_is_killed_and_no_read_is_stale(self):
        def fault():
            old = self.sentinels.master
            self.sentinels.kill_master()
            old.restart()
            self.sentinels.rejoin()
        self.run_beside(fault, pause=lambda: 3 * LEASE)

    def test_takes_over_that_has_not_heard_of_the_last_ticks_and_no_read_is_stale(self):
        def fault():
            old = self.sentinels.master
            self.sentinels.relay_of(old).hold(TO_CLIENT, only=issues("PSYNC"))
            time.sleep(LEASE / 2)
            self.sentinels.kill_master()
            self.sentinels.relay_of(old).release()
            old.restart()
            self.sentinels.rejoin()
        self.run_beside(fault, pause=lambda: 3 * LEASE)

    def test_takes_over_beside_an_old_one_that_goes_on_and_no_read_is_stale(self):
        """It answers the nodes that know it, and a node that comes meanwhile goes by the new one (CONSISTENCY F9)."""
        def during(until):
            time.sleep(LEASE)
            self.sentinels.cut_off_master()
            self.sentinels.master.client().hset("{sidecache:}ctl", "replicas", 0)  # it has none, and its operator knows that
            self.clients.append(Client(self.add_node().address))
            time.sleep(6 * LEASE)
            self.sentinels.rejoin()
            self.wait_for_recovery()

        self.run_for("before the answer", 10 * LEASE, during, least_writes=0)


if __name__ == "__main__":
    unittest.main()
