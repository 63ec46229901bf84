"""Nodes that share what was invalidated by a real Redis (CONSISTENCY 1.3-1.5): each scenario before two or more of them."""

import json
import signal
import time
import unittest

from harness import SILENCE, TO_CLIENT, TO_TARGET, Client, issues, ok, respond, wait_until
from harness.fleet import ClusteredFleet, FleetScenario, WatchedFleet
from harness.guide import Guide
from harness.redis_server import RedisServer

FRESH = ("Cache-Control", "max-age=600")


class Fleet(FleetScenario):
    arguments = ("--set", "redis.responses=off")  # each node has what it has fetched itself

    def store(self, target, body, *indexes):
        """At these nodes, or at all."""
        for index in indexes or range(len(self.clients)):
            self.origin.once("GET", target, respond(200, body, FRESH, ("ETag", f'"{body}"')))
            self.assert_body(self.clients[index].get(target), 200, body)
            self.assert_hit(self.clients[index].get(target), body)

    def write(self, target, index=0, status=200):
        self.origin.once("PATCH", target, respond(status, b"{}", ("Content-Type", "application/json")))
        response = self.clients[index].request("PATCH", target, (), b"{}")
        self.assertEqual((response.status, response.is_complete), (status, True), response)

    def assert_ended(self, target, index):
        self.origin.once("GET", target, ok("new", max_age=600))
        response = self.clients[index].get(target)
        self.assert_body(response, 200, "new")
        self.assertEqual(response.cache_status.detail, "invalidated", response)

    def assert_write_ends(self, target, index):
        """What all have stored."""
        self.write(target, index)
        for each in range(len(self.clients)):
            self.assert_ended(target, each)

    def assert_recovered(self, below="/recovered/"):
        """Without a restart: at each node what was fetched is stored, and a write is answered that ends what all have."""
        for index in range(len(self.clients)):
            target = f"{below}{index}/"
            self.store(target, "old")
            self.assert_write_ends(target, index)
            for client in self.clients:
                self.assert_hit(client.get(target), "new")

    def clock(self):
        """Of the fleet's state: one more with each tick."""
        return int(self.redis.client().hget("{sidecache:}ctl", "clock"))

    def intents(self):
        """Writes that are announced."""
        return self.redis.client().hlen("{sidecache:}intents")

    def hold_answer(self, index, condition):
        """Until its relay, which holds what Redis answers to turns, has the answer to one after which this is so. Those of before are lost."""
        relay = self.relays[index]

        def is_held():
            if not relay.pending(TO_CLIENT):
                return False
            if condition():
                return True
            relay.cut(issues("EVALSHA"))
            return False

        wait_until(is_held, "the answer to be kept back")

    def begin_anew(self, change):
        known = [proxy.metric("sidecache_fleet_incarnations_total") for proxy in self.proxies]
        change()
        for proxy, before in zip(self.proxies, known):
            proxy.wait_for_metric("sidecache_fleet_incarnations_total", before + 1)

    def go_on_after(self, change, target="/doctors/5/"):
        """Another state, or another server of it: all is validated, and a new incarnation begins."""
        self.store(target, "old")
        self.begin_anew(change)
        for client in self.clients:
            self.origin.once("GET", target, respond(304, b"", ("ETag", '"old"'), FRESH))
            self.assert_body(client.get(target), 200, "old")
        self.wait_for_trust()
        self.assert_write_ends(target, 1)
        self.assert_recovered(target)


class AWrite(Fleet):
    nodes = 3

    def test_at_one_node_ends_what_all_have_stored_before_it_is_answered(self):
        self.store("/doctors/5/", "old")
        self.store("/doctors/6/", "other")
        self.write("/doctors/5/", 1)
        for index in range(3):
            self.assert_ended("/doctors/5/", index)
            self.assert_hit(self.clients[index].get("/doctors/6/"), "other")

    def test_that_is_refused_by_the_origin_ends_nothing(self):
        self.store("/doctors/5/", "old")
        self.write("/doctors/5/", 0, status=403)
        for client in self.clients:
            self.assert_hit(client.get("/doctors/5/"), "old")

    def test_whose_outcome_is_unknown_ends_and_holds_at_all_nodes(self):
        self.store("/doctors/5/", "old")
        self.write("/doctors/5/", 0, status=504)
        for client in self.clients:
            for body in ("seen", "seen again"):
                self.origin.once("GET", "/doctors/5/", ok(body, max_age=600))
                self.assert_body(client.get("/doctors/5/"), 200, body)

    def test_by_purge_or_at_the_admin_door_is_heard_of_by_all(self):
        self.store("/doctors/5/", "old")
        told = Client(self.proxies[2].admin_address).request("POST", "/invalidate", (), b'{"paths": ["/doctors/5/"]}')
        self.assertEqual((told.status, json.loads(told.body)["groups"]), (200, 2), told)
        for index in range(3):
            self.assert_ended("/doctors/5/", index)

    def test_that_is_soft_makes_stale_at_all_nodes_and_ends_nothing(self):
        swr = ("Cache-Control", "max-age=600, stale-while-revalidate=600")
        for client in self.clients:
            self.origin.once("GET", "/doctors/5/", respond(200, "old", swr))
            self.assert_body(client.get("/doctors/5/"), 200, "old")
        told = Client(self.proxies[2].admin_address).request("POST", "/invalidate", (), b'{"paths": ["/doctors/5/"], "soft": true}')
        self.assertEqual((told.status, json.loads(told.body)["soft"]), (200, True), told)
        for client in self.clients:
            self.origin.once("GET", "/doctors/5/", respond(200, "new", swr))
            stale = client.get("/doctors/5/")
            self.assert_body(stale, 200, "old")
            self.assertEqual(stale.cache_status.detail, None, stale)
            wait_until(lambda: client.get("/doctors/5/").body == b"new", "it to be fetched in the background")

    def test_waits_for_a_node_that_is_gone_for_a_lease_and_a_half_at_most(self):
        self.store("/doctors/5/", "old", 0, 1)
        self.kill_node(2)
        began = time.monotonic()
        self.write("/doctors/5/", 0)
        self.assertLess(time.monotonic() - began, 4)
        for index in range(2):
            self.assert_ended("/doctors/5/", index)
        wait_until(lambda: self.proxies[0].metric("sidecache_fleet_members") == 2, "the node that is gone to be forgotten")

    def test_of_a_node_that_left_is_not_waited_for(self):
        self.proxies[2].stop()
        self.wait_for_trust(0, 1, members=2)
        self.store("/doctors/5/", "old", 0, 1)
        self.write("/doctors/5/", 0)
        self.assert_ended("/doctors/5/", 1)
        self.assertEqual(self.proxies[0].metric("sidecache_fleet_removals_total"), 0)


class AFenceAtTheBeginning(Fleet):
    """`fence: begin`: what the request names is ended and held at all nodes before the origin sees it."""

    config = 'writes: {rules: [{path: "/doctors/{id}/", methods: [PATCH], fence: begin}]}'
    redis_options = ("--set", "redis.lease=1s", "--set", "redis.deadline=4s")

    def assert_stored_again(self):
        """Two leases after the write at the latest."""
        self.origin.always("GET", "/doctors/5/", ok("new", max_age=600))
        for client in self.clients:
            wait_until(lambda: client.get("/doctors/5/").cache_status.hit, "it to be stored")

    def begin(self):
        gate = self.origin.gate()
        self.origin.once("PATCH", "/doctors/5/", [gate, respond(200, b"{}")])
        writing = self.in_background(self.clients[0].request, "PATCH", "/doctors/5/", (), b"{}")
        gate.wait_for_arrivals()
        return gate, writing

    def test_holds_at_all_nodes_until_the_write_is_answered(self):
        self.store("/doctors/5/", "old")
        self.store("/doctors/6/", "six")
        gate, writing = self.begin()
        for client in self.clients:
            self.origin.once("GET", "/doctors/5/", ok("perhaps", max_age=600))
            response = client.get("/doctors/5/")
            self.assertEqual((response.body, response.cache_status.detail), (b"perhaps", "held"), response)
            self.assert_hit(client.get("/doctors/6/"), "six")
        gate.open()
        self.assertEqual(writing.result().status, 200)
        self.assert_stored_again()

    def test_holds_for_as_long_as_the_write_takes(self):
        gate, writing = self.begin()
        until = time.monotonic() + 3.5  # longer than one hold
        while time.monotonic() < until:
            self.origin.once("GET", "/doctors/5/", ok("perhaps", max_age=600))
            self.assertEqual(self.clients[1].get("/doctors/5/").cache_status.detail, "held")
            time.sleep(0.1)
        gate.open()
        self.assertEqual(writing.result().status, 200)
        self.assert_stored_again()

    def test_is_opened_again_where_nothing_was_written(self):
        self.write("/doctors/5/", 1, status=422)
        self.assert_stored_again()

    def test_holds_on_where_the_outcome_is_unknown(self):
        self.write("/doctors/5/", 1, status=504)
        for client in self.clients:
            self.origin.once("GET", "/doctors/5/", ok("seen", max_age=600))
            response = client.get("/doctors/5/")
            self.assertEqual((response.body, response.cache_status.detail), (b"seen", "held"), response)


class Metrics(Fleet):
    def test_of_a_fleet_are_those_that_are_documented(self):
        self.assertGreater(self.assert_documented("sidecache_fleet_"), 5)


class WithoutRedis(Fleet):
    redis_options = ("--set", "redis.lease=500ms", "--set", "redis.deadline=1s")

    def test_what_is_stored_is_validated_and_writes_are_refused_before_they_are_sent(self):
        self.store("/doctors/5/", "old")
        self.redis.kill()
        self.wait_for_doubt(0, 1)
        for client in self.clients:
            self.origin.once("GET", "/doctors/5/", respond(304, b"", ("ETag", '"old"'), FRESH))
            response = client.get("/doctors/5/")
            self.assert_body(response, 200, "old")
            self.assertEqual((response.cache_status.fwd_status, response.cache_status.detail), (304, "unproven"), response)
        refused = self.clients[0].request("PATCH", "/doctors/5/", (), b"{}")  # of which the origin hears nothing
        self.assertEqual((refused.status, refused.header("retry-after")), (503, "1"), refused)
        self.assertEqual(self.proxies[0].metric("sidecache_fleet_writes_refused_total"), 1)

        self.redis.restart()
        self.wait_for_trust()
        self.assert_recovered()

    def test_a_fill_is_shared_with_nobody_who_asks_after_it_began(self):
        """It may have begun before a write of which this node hears nothing (CONSISTENCY F14)."""
        self.store("/doctors/5/", "old")
        self.redis.kill()
        self.wait_for_doubt(0)
        gate = self.origin.gate()
        self.origin.once("GET", "/doctors/5/", [b"", gate, respond(304, b"", ("ETag", '"old"'), FRESH)])
        before = self.in_background(self.clients[0].get, "/doctors/5/")
        gate.wait_for_arrivals()
        self.origin.once("GET", "/doctors/5/", ok("new", max_age=600))
        self.assert_body(self.clients[0].get("/doctors/5/"), 200, "new")
        gate.open()
        self.assert_body(before.result(), 200, "old")

    def test_only_the_node_that_is_cut_off_validates(self):
        self.store("/doctors/5/", "old")
        self.relays[1].refuse()
        self.relays[1].cut()
        self.wait_for_doubt(1)
        self.assert_hit(self.clients[0].get("/doctors/5/"), "old")
        self.write("/doctors/5/", 0)
        self.origin.once("GET", "/doctors/5/", ok("new", max_age=600))
        self.assert_body(self.clients[1].get("/doctors/5/"), 200, "new")
        self.relays[1].accept()
        self.wait_for_trust()
        self.assert_recovered()

    def test_readiness_tells_of_it_and_does_not_fail(self):
        ready = self.proxies[0].admin("/readyz")
        self.assertEqual((ready.status, json.loads(ready.body)["fleet"]), (200, {"trusted": True, "members": 2}))
        self.redis.kill()
        self.wait_for_doubt(0)
        ready = self.proxies[0].admin("/readyz")
        self.assertEqual((ready.status, json.loads(ready.body)["fleet"]["trusted"]), (200, False))
        self.proxies[0].wait_for_log("until it answers, everything is validated")


class ANodeThatSleeps(Fleet):
    """SIGSTOP, as a freezer or a suspended machine: what was asked of it meanwhile waits in its socket (CONSISTENCY F4)."""

    redis_options = ("--set", "redis.lease=500ms", "--set", "redis.deadline=4s")

    def setUp(self):
        super().setUp()
        self.store("/doctors/5/", "old")
        self.connection = self.clients[1].connect()
        self.addCleanup(self.connection.close)
        self.assert_hit(self.connection.get("/doctors/5/"), "old")

    def sleep(self):
        self.proxies[1].process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.wake)

    def wake(self):
        if self.proxies[1].process.poll() is None:
            self.proxies[1].process.send_signal(signal.SIGCONT)

    def test_answers_nothing_of_before_when_it_wakes(self):
        self.sleep()
        self.write("/doctors/5/", 0)  # until nobody can trust any more
        self.origin.once("GET", "/doctors/5/", ok("new", max_age=600))
        self.connection.send_request("GET", "/doctors/5/")
        time.sleep(0.2)
        self.wake()
        self.assert_body(self.connection.read_response(), 200, "new")
        self.wait_for_trust()
        self.store("/doctors/6/", "six")

    def test_for_less_than_its_lease_has_lost_nothing(self):
        self.sleep()
        time.sleep(0.1)
        self.wake()
        self.write("/doctors/5/", 0)
        self.assert_ended("/doctors/5/", 1)


class HalfOpen(Fleet):
    """One connection of a node hangs, and the other works."""

    redis_options = ("--set", "redis.lease=500ms", "--set", "redis.deadline=4s")

    def assert_told_in_time(self):
        self.write("/doctors/5/", 0)
        self.origin.once("GET", "/doctors/5/", ok("new", max_age=600))
        self.assert_body(self.clients[1].get("/doctors/5/"), 200, "new")
        self.relays[1].release()
        self.wait_for_trust()

    def test_the_stream_hangs_while_probes_pass(self):
        self.store("/doctors/5/", "old")
        self.relays[1].hold(TO_CLIENT, only=issues("XREAD"))
        self.assert_told_in_time()

    def test_probes_hang_while_the_stream_passes(self):
        self.store("/doctors/5/", "old")
        self.relays[1].hold(only=issues("EVALSHA"))
        self.assert_told_in_time()

    def lose_answer(self, writing, condition):
        """Redis has done what it was asked for, and who asked does not know: it asks once more (CONSISTENCY T15)."""
        self.hold_answer(0, condition)
        self.assertFalse(writing.is_done)
        self.relays[0].cut()
        self.relays[0].release()

    def assert_answered_once(self, connection, writing):
        self.assert_body(writing.result(), 200, "{}")
        self.origin.always("GET", "/doctors/5/", ok("new", max_age=600))
        self.assert_body(connection.get("/doctors/5/"), 200, "new")  # and no second answer to the write
        for client in self.clients:
            self.assert_body(client.get("/doctors/5/"), 200, "new")

    def begin_write(self, *answer):
        self.origin.once("PATCH", "/doctors/5/", [*answer, respond(200, b"{}")])
        connection = self.clients[0].connect()
        self.addCleanup(connection.close)
        return connection, self.in_background(connection.request, "PATCH", "/doctors/5/", (), b"{}")

    def test_a_turn_whose_answer_is_lost(self):
        self.store("/doctors/5/", "old")
        gate = self.origin.gate()
        connection, writing = self.begin_write(gate)
        gate.wait_for_arrivals()
        before = self.clock()
        self.relays[0].hold(TO_CLIENT, only=issues("EVALSHA"))
        gate.open()
        self.lose_answer(writing, lambda: self.clock() > before)
        self.assert_answered_once(connection, writing)

    def test_an_announcement_whose_answer_is_lost(self):
        self.write("/doctors/1/")  # announcements are taken by now
        self.store("/doctors/5/", "old")
        self.relays[0].hold(TO_CLIENT, only=issues("EVALSHA"))
        connection, writing = self.begin_write()
        self.lose_answer(writing, lambda: self.intents() == 1)
        self.assert_answered_once(connection, writing)
        self.assertEqual(self.intents(), 0)


class AWriterThatIsRemoved(Fleet):
    """The second node has a write under way when it falls silent: those who are left end what it had announced, and hold it (CONSISTENCY F12, T20)."""

    settle = 1
    arguments = (*Fleet.arguments, "--set", f"writes.settle={settle}s")
    redis_options = ("--set", "redis.lease=500ms", "--set", "redis.deadline=4s")

    def setUp(self):
        super().setUp()
        self.committed = "old"
        self.origin.always("GET", "/doctors/5/", lambda exchange: exchange.play(self.show()))
        for client in self.clients:
            self.assert_body(client.get("/doctors/5/"), 200, "old")
            self.assert_hit(client.get("/doctors/5/"), "old")

    def show(self):
        return respond(200, self.committed, FRESH, ("ETag", f'"{self.committed}"'))

    def commit(self, exchange=None):
        self.committed = "new"

    def wait_for_commit(self):
        wait_until(lambda: self.committed == "new", "the origin to commit")

    def send_write(self):
        connection = self.clients[1].connect()
        self.addCleanup(connection.close)
        connection.send_request("PATCH", "/doctors/5/", (), b"{}")
        return connection

    def begin_write(self, *answer):
        """Until the origin has it, which goes on with `answer` where the gate is opened."""
        gate = self.origin.gate()
        self.origin.once("PATCH", "/doctors/5/", [gate, *answer])
        connection = self.send_write()
        gate.wait_for_arrivals()
        return gate, connection

    def wait_for_removal(self):
        wait_until(lambda: self.proxies[0].metric("sidecache_fleet_members") == 1, "the writer to be removed")

    def assert_not_reused(self, *indexes):
        for index in indexes:
            response = self.clients[index].get("/doctors/5/")
            self.assert_body(response, 200, self.committed)
            self.assertFalse(response.cache_status.hit, response)

    def assert_stored_again(self, *indexes):
        """What is shown meanwhile is what the origin has."""
        def is_hit(index):
            response = self.clients[index].get("/doctors/5/")
            self.assert_body(response, 200, self.committed)
            return response.cache_status.hit

        for index in indexes:
            wait_until(lambda: is_hit(index), "it to be stored")


class AWriterThatDies(AWriterThatIsRemoved):
    """kill -9 after the write was forwarded."""

    def test_leaves_nothing_that_it_may_have_replaced(self):
        gate, _ = self.begin_write(self.commit, SILENCE)
        gate.open()
        self.wait_for_commit()
        self.assert_hit(self.clients[0].get("/doctors/5/"), "old")  # nobody has an answer
        self.kill_node(1)
        self.wait_for_removal()
        for _ in range(2):  # and held: it may commit yet
            self.assert_not_reused(0)
        self.assert_stored_again(0)

    def test_before_its_origin_commits_leaves_nothing_that_was_fetched_until_then(self):
        gate, _ = self.begin_write(self.commit)
        killed = time.monotonic()
        self.kill_node(1)
        self.wait_for_removal()
        for _ in range(3):
            self.assert_not_reused(0)
        gate.open()
        self.wait_for_commit()
        self.assert_not_reused(0)
        self.assert_stored_again(0)
        self.assertGreater(time.monotonic() - killed, self.settle)

    def test_leaves_no_fill_that_its_origin_commits_beside(self):
        """Begun right after the removal: it has the old row, and ends when that is replaced."""
        gate, _ = self.begin_write(self.commit)
        self.kill_node(1)
        self.wait_for_removal()
        filling = self.origin.gate()
        self.origin.once("GET", "/doctors/5/", [filling, self.show()])
        read = self.in_background(self.clients[0].get, "/doctors/5/")
        filling.wait_for_arrivals()
        gate.open()
        self.wait_for_commit()
        filling.open()
        self.assert_body(read.result(), 200, "old")
        self.assert_not_reused(0)
        self.assert_stored_again(0)


class AWriterThatIsStopped(AWriterThatIsRemoved):
    """SIGSTOP at each step of a write, until it is removed; then it goes on."""

    def stop_writer(self):
        process = self.proxies[1].process
        process.send_signal(signal.SIGSTOP)
        self.addCleanup(lambda: process.poll() is None and process.send_signal(signal.SIGCONT))
        self.wait_for_removal()

    def go_on(self, connection, then=lambda: None):
        """What was asked of it meanwhile shows what the origin has, as do all reads from its answer on."""
        waiting = self.clients[1].connect()
        self.addCleanup(waiting.close)
        waiting.send_request("GET", "/doctors/5/")
        committed = self.committed
        self.proxies[1].process.send_signal(signal.SIGCONT)
        self.relays[1].release()
        then()
        self.assertIn(waiting.read_response().body.decode(), {committed, self.committed})
        self.assert_body(connection.read_response("PATCH"), 200, "{}")
        self.assertEqual(self.committed, "new")
        for client in self.clients:
            self.assert_body(client.get("/doctors/5/"), 200, "new")
        self.wait_for_trust()
        self.assert_stored_again(0, 1)

    def answer(self):
        return self.commit, respond(200, b"{}")

    def test_before_it_is_announced(self):
        self.relays[1].hold(TO_TARGET, only=issues("EVALSHA"))
        self.relays[1].wait_for_pending(TO_TARGET)
        self.origin.once("PATCH", "/doctors/5/", self.answer())
        connection = self.send_write()
        self.stop_writer()
        self.assertEqual((self.intents(), self.origin.count("PATCH")), (0, 0))
        self.assert_hit(self.clients[0].get("/doctors/5/"), "old")
        self.go_on(connection)

    def test_when_it_is_announced_and_does_not_know(self):
        self.write("/doctors/1/")  # announcements are taken by now
        self.origin.once("PATCH", "/doctors/5/", self.answer())
        self.relays[1].hold(TO_CLIENT, only=issues("EVALSHA"))
        connection = self.send_write()
        self.hold_answer(1, lambda: self.intents() == 1)
        self.assertEqual(self.origin.count("PATCH", "/doctors/5/"), 0)
        self.stop_writer()
        self.assertEqual(self.intents(), 0)
        self.assert_not_reused(0)
        self.go_on(connection)

    def test_while_its_origin_works(self):
        gate, connection = self.begin_write(*self.answer())
        self.stop_writer()
        self.assert_not_reused(0)
        gate.open()
        self.wait_for_commit()
        self.assert_not_reused(0)
        self.go_on(connection)

    def test_and_goes_on_before_its_origin_commits(self):
        gate, connection = self.begin_write(*self.answer())
        self.stop_writer()
        self.go_on(connection, gate.open)

    def test_when_its_origin_has_answered_and_the_fleet_does_not_know(self):
        gate, connection = self.begin_write(*self.answer())
        self.relays[1].hold(TO_TARGET, only=issues("EVALSHA"))
        gate.open()
        self.proxies[1].wait_for_metric("sidecache_invalidations_total", 1, cause="write")
        self.assert_hit(self.clients[0].get("/doctors/5/"), "old")  # nobody has an answer
        self.stop_writer()
        self.assert_not_reused(0)
        self.go_on(connection)

    def test_when_the_fleet_has_heard_and_it_does_not_know(self):
        gate, connection = self.begin_write(*self.answer())
        before = self.clock()
        self.relays[1].hold(TO_CLIENT, only=issues("EVALSHA"))
        gate.open()
        self.hold_answer(1, lambda: self.clock() > before)
        self.stop_writer()
        self.assert_not_reused(0)
        self.go_on(connection)

    def test_for_longer_than_what_it_announced_is_held(self):
        gate, connection = self.begin_write(*self.answer())
        self.stop_writer()
        self.assert_stored_again(0)
        gate.open()
        self.wait_for_commit()
        self.assert_hit(self.clients[0].get("/doctors/5/"), "old")  # nobody has an answer
        self.go_on(connection)


class WhatRedisLoses(Fleet):
    """Wholly or in part, by whatever means: then everything is validated, and a new incarnation begins."""

    redis_options = ("--set", "redis.lease=500ms", "--set", "redis.deadline=4s")
    keys = ("ctl", "nodes", "intents", "holds", "slots", "stream")

    def test_is_all_of_it(self):
        self.go_on_after(lambda: self.redis.client().flushall())

    def test_makes_validators_of_what_is_stored_for_good(self):
        self.store("/doctors/5/", "old")
        self.begin_anew(lambda: self.redis.client().flushall())
        self.wait_for_trust()
        for client in self.clients:
            self.origin.once("GET", "/doctors/5/", respond(304, b"", ("ETag", '"old"'), FRESH))
            response = client.get("/doctors/5/")
            self.assert_body(response, 200, "old")
            self.assertEqual((response.cache_status.fwd_status, response.cache_status.detail), (304, "invalidated"), response)

    def test_is_one_of_the_keys(self):
        for key in ("ctl", "nodes", "slots", "stream"):
            with self.subTest(key):
                if key == "stream":
                    self.write("/doctors/1/")  # it has no message before
                self.go_on_after(lambda: self.redis.client().unlink("{sidecache:}" + key), f"/{key}/5/")

    def test_is_overwritten_by_somebody_else(self):
        for key in self.keys:
            with self.subTest(key):
                self.go_on_after(lambda: self.redis.client().set("{sidecache:}" + key, b"\x00garbage"), f"/{key}/5/")

    def test_is_a_key_of_another_type(self):
        for key in ("ctl", "nodes", "intents", "holds", "slots", "stream", "settled"):
            with self.subTest(key):
                def overwrite():
                    transaction = self.redis.client().pipeline()
                    transaction.delete("{sidecache:}" + key)
                    transaction.sadd("{sidecache:}" + key, "nothing of ours")
                    transaction.execute()
                self.go_on_after(overwrite, f"/{key}/6/")

    def test_is_a_field_of_it(self):
        for key, field in (("ctl", "incarnation"), ("ctl", "clock"), ("ctl", "lease"), ("nodes", None)):
            with self.subTest(key=key, field=field):
                def overwrite():
                    client = self.redis.client()
                    client.hset("{sidecache:}" + key, field or client.hkeys("{sidecache:}" + key)[0], "nothing of ours")
                self.go_on_after(overwrite, f"/{key}{field}/5/")


class AListOfNodesThatIsLost(Fleet):
    """As by an eviction of that key alone (CONSISTENCY F10)."""

    redis_options = ("--set", "redis.lease=2s", "--set", "redis.deadline=8s")

    def test_lets_no_write_be_answered_of_which_a_node_has_not_heard(self):
        self.write("/doctors/1/")  # until the state is settled: what follows waits for nodes alone
        self.store("/doctors/5/", "old")
        self.relays[1].hold()
        self.redis.client().unlink("{sidecache:}nodes")
        self.write("/doctors/5/", 0)  # until nobody can trust any more
        self.origin.once("GET", "/doctors/5/", ok("new", max_age=600))
        self.assert_body(self.clients[1].get("/doctors/5/"), 200, "new")
        self.relays[1].release()
        self.wait_for_trust()


class AFullRedis(Fleet):
    """noeviction and no memory left: nothing can be told any more."""

    redis_options = ("--set", "redis.lease=500ms", "--set", "redis.deadline=1s")

    def test_refuses_writes_and_leaves_reads(self):
        self.store("/doctors/5/", "old")
        client = self.redis.client()
        client.config_set("maxmemory", "1")
        self.wait_for_doubt(0, 1)
        refused = self.clients[0].request("PATCH", "/doctors/5/", (), b"{}")
        self.assertEqual(refused.status, 503, refused)
        self.origin.once("GET", "/doctors/5/", respond(304, b"", ("ETag", '"old"'), FRESH))
        self.assert_body(self.clients[0].get("/doctors/5/"), 200, "old")
        self.proxies[0].wait_for_log("OOM")
        client.config_set("maxmemory", "0")
        self.wait_for_trust()
        self.write("/doctors/5/")
        self.assert_ended("/doctors/5/", 1)
        self.assert_recovered()


class TooManyWrites(Fleet):
    nodes = 1
    redis_options = ("--set", "redis.lease=500ms", "--set", "redis.deadline=1s", "--set", "redis.writes=1")

    def test_are_refused_at_once(self):
        gate = self.origin.gate()

        def patch(exchange):
            gate.pass_through()
            exchange.play(respond(200, b"{}"))

        self.origin.once("PATCH", "/doctors/1/", patch)
        first = self.in_background(self.clients[0].request, "PATCH", "/doctors/1/", (), b"{}")
        gate.wait_for_arrivals()
        refused = self.clients[0].request("PATCH", "/doctors/2/", (), b"{}")
        self.assertEqual(refused.status, 503, refused)
        gate.open()
        self.assertEqual(first.result().status, 200)
        self.write("/doctors/2/")


class ARollingChange(Fleet):
    """Nodes whose rules differ name other groups: every write ends everything (CONSISTENCY F13)."""

    config = "routes:\n  - {path: '/{rest...}', fresh: 10m}\n"

    def test_of_rules_loses_no_name_meanwhile(self):
        self.store("/sums/", "old")
        self.proxies[1].reload("routes:\n  - {path: /sums/, fresh: 10m, groups: [sums]}\n  - {path: '/{rest...}', fresh: 10m}\nwrites: {rules: [{path: '/doctors/{id}/', groups: [sums]}]}\n")
        self.wait_for_trust()
        self.store("/sums/", "older", 0)
        self.store("/sums/", "older still", 1)
        self.write("/doctors/5/", 1)
        self.assert_ended("/sums/", 0)  # whose rules know of no group of that name
        self.assert_ended("/sums/", 1)


class Bounded(Fleet):
    """A node that has not heard of a write reuses what it has for a lease at most, and never what was ended a lease before (CONSISTENCY F15)."""

    lease = 1
    redis_options = ("--set", "redis.consistency=bounded", "--set", f"redis.lease={lease}s", "--set", "redis.deadline=2s")

    def assert_bounded(self):
        """Of a write that ends what all have stored. Returns the first answer of the other node that shows it."""
        self.write("/doctors/5/", 0)
        ticked = time.monotonic()  # or before
        self.assertEqual(self.proxies[0].metric("sidecache_fleet_members"), 2)  # nobody was waited for
        self.assert_ended("/doctors/5/", 0)
        self.origin.always("GET", "/doctors/5/", ok("new", max_age=600))
        first = None
        while first is None or time.monotonic() < ticked + self.lease:
            sent = time.monotonic()
            response = self.clients[1].get("/doctors/5/")
            if first is None and response.body == b"old":
                self.assertLess(sent, ticked + self.lease)
            else:
                self.assert_body(response, 200, "new")
                first = first or response
        return first

    def assert_bounded_without(self, begin, end):
        self.store("/doctors/5/", "old")
        self.store("/doctors/6/", "six")
        begin()
        self.assertEqual(self.assert_bounded().cache_status.detail, "unproven")
        self.origin.once("GET", "/doctors/6/", *[respond(304, b"", ("ETag", '"six"'), FRESH)] * 2)
        for _ in range(2):  # what no write has ended, too
            response = self.clients[1].get("/doctors/6/")
            self.assert_body(response, 200, "six")
            self.assertEqual((response.cache_status.fwd_status, response.cache_status.detail), (304, "unproven"), response)
        self.assert_hit(self.clients[0].get("/doctors/6/"), "six")
        end()
        self.wait_for_trust()
        self.assert_hit(self.clients[1].get("/doctors/6/"), "six")

    def test_a_write_ends_at_once_at_its_own_node_and_within_a_lease_at_the_others(self):
        self.store("/doctors/5/", "old")
        self.assert_bounded()

    def test_a_node_that_is_cut_off_validates_after_a_lease(self):
        def cut():
            self.relays[1].refuse()
            self.relays[1].cut()
        self.assert_bounded_without(cut, self.relays[1].accept)

    def test_a_node_whose_stream_hangs_validates_after_a_lease(self):
        self.assert_bounded_without(lambda: self.relays[1].hold(TO_CLIENT, only=issues("XREAD")), self.relays[1].release)


class ABoundedTickThatFails(Fleet):
    """Nobody else knows of it: until it has gone through its node reuses nothing, however long its lease goes on (CONSISTENCY 1.4)."""

    lease = 8  # probed each 2 s, so that 6 are left at least
    redis_options = ("--set", "redis.consistency=bounded", "--set", f"redis.lease={lease}s", "--set", "redis.deadline=30s")

    def test_ends_all_reuse_at_its_node(self):
        self.store("/doctors/6/", "six")
        self.relays[0].refuse()
        self.relays[0].cut()
        cut = time.monotonic()
        self.origin.once("PATCH", "/doctors/5/", respond(200, b"{}"))
        writing = self.in_background(self.clients[0].request, "PATCH", "/doctors/5/", (), b"{}")
        self.wait_for_doubt(0)
        self.assertLess(time.monotonic() - cut, self.lease / 2)
        self.origin.once("GET", "/doctors/6/", respond(304, b"", ("ETag", '"six"'), FRESH))
        response = self.clients[0].get("/doctors/6/")
        self.assert_body(response, 200, "six")
        self.assertEqual(response.cache_status.detail, "unproven")
        self.assert_hit(self.clients[1].get("/doctors/6/"), "six")
        self.relays[0].accept()
        self.assertEqual(writing.result().status, 200)
        self.wait_for_trust(0)
        self.assert_hit(self.clients[0].get("/doctors/6/"), "six")


class Verified(Fleet):
    """Each read asks Redis what was written, and trusts no clock (CONSISTENCY 1.4): for machines that may be frozen."""

    redis_options = ("--set", "redis.consistency=verified", "--set", "redis.lease=500ms", "--set", "redis.deadline=4s", "--set", "redis.timeouts.verify=10s")

    def test_what_is_stored_answers_once_that_is_proven(self):
        self.store("/doctors/5/", "old")
        self.assertGreaterEqual(self.proxies[1].metric("sidecache_fleet_verifications_total", result="verified"), 2)
        self.assert_write_ends("/doctors/5/", 0)

    def test_requests_in_one_segment_are_proven_together(self):
        self.store("/doctors/5/", "five")
        before = self.proxies[0].metric("sidecache_fleet_verifications_total", result="verified")
        connection = self.clients[0].connect()
        self.addCleanup(connection.close)
        connection.send(b"GET /doctors/5/ HTTP/1.1\r\nHost: test\r\n\r\n" * 8)
        for _ in range(8):
            self.assert_hit(connection.read_response(), "five")
        self.assertEqual(self.proxies[0].metric("sidecache_fleet_verifications_total", result="verified"), before + 1)

    def test_a_write_does_not_wait_for_other_nodes_and_no_read_at_them_is_stale(self):
        self.store("/doctors/5/", "old")
        self.relays[1].hold(TO_CLIENT, only=issues("XREAD"))  # it hears of nothing
        self.write("/doctors/5/", 0)
        self.origin.once("GET", "/doctors/5/", ok("new", max_age=600))
        read = self.in_background(self.clients[1].get, "/doctors/5/")
        self.relays[1].release()
        self.assert_body(read.result(), 200, "new")


class MixedConsistency(Fleet):
    """Nodes may differ, as while that is changed: who verifies waits for who trusts by time."""

    def start_node(self):
        self.redis_options = ("--set", "redis.consistency=" + ("verified" if self.proxies else "strict"), "--set", "redis.lease=500ms", "--set", "redis.deadline=4s",
                              "--set", "redis.timeouts.verify=10s")
        return super().start_node()

    def test_a_write_at_one_that_verifies_is_heard_of_by_one_that_trusts(self):
        self.store("/doctors/5/", "old")
        self.relays[0].hold(TO_CLIENT, only=issues("XREAD"))
        self.write("/doctors/5/", 1)  # until nobody can trust any more
        self.origin.once("GET", "/doctors/5/", ok("new", max_age=600))
        self.assert_body(self.clients[0].get("/doctors/5/"), 200, "new")
        self.relays[0].release()

    def test_a_write_at_one_that_trusts_is_seen_by_one_that_verifies(self):
        self.store("/doctors/5/", "old")
        self.assert_write_ends("/doctors/5/", 0)


class VerifiedInTime(Fleet):
    redis_options = ("--set", "redis.consistency=verified", "--set", "redis.lease=500ms", "--set", "redis.deadline=1s", "--set", "redis.timeouts.verify=1s")

    def test_a_node_that_hears_of_nothing_validates(self):
        self.store("/doctors/5/", "old")
        self.relays[1].hold(TO_CLIENT, only=issues("XREAD"))
        self.write("/doctors/5/", 0)
        self.origin.once("GET", "/doctors/5/", ok("new", max_age=600))
        response = self.clients[1].get("/doctors/5/")
        self.assert_body(response, 200, "new")
        self.assertEqual(response.cache_status.detail, "unproven", response)
        self.assertGreaterEqual(self.proxies[1].metric("sidecache_fleet_verifications_total", result="failed"), 1)

    def test_without_redis_reads_are_validated_and_writes_refused(self):
        self.store("/doctors/5/", "old")
        self.redis.kill()
        self.wait_for_doubt(0, 1)
        for client in self.clients:
            self.origin.once("GET", "/doctors/5/", respond(304, b"", ("ETag", '"old"'), FRESH))
            response = client.get("/doctors/5/")
            self.assert_body(response, 200, "old")
            self.assertEqual(response.cache_status.detail, "unproven", response)
        refused = self.clients[0].request("PATCH", "/doctors/5/", (), b"{}")
        self.assertEqual(refused.status, 503, refused)
        self.redis.restart()
        self.wait_for_trust()
        self.assert_recovered()


class WatchedBySentinels(WatchedFleet, Fleet):
    """A master with a replica, and sentinels that name another master where it is lost (CONSISTENCY F8, F9)."""

    redis_options = ("--set", "redis.lease=500ms", "--set", "redis.deadline=4s")

    def fail_over(self, lose):
        self.store("/doctors/5/", "old")
        lose()
        for client in self.clients:
            self.origin.once("GET", "/doctors/5/", respond(304, b"", ("ETag", '"old"'), FRESH))
            self.assert_body(client.get("/doctors/5/"), 200, "old")

    def go_on(self):
        self.wait_for_trust()
        self.assert_write_ends("/doctors/5/", 1)
        self.assert_recovered()

    def test_an_orderly_failover_makes_validators_of_what_is_stored(self):
        self.fail_over(self.sentinels.failover_to_new_master)
        self.go_on()

    def test_a_master_that_is_cut_off_gives_no_trust(self):
        """It still answers the nodes that it knows; another one has taken over, and a node there writes (CONSISTENCY F9)."""
        self.store("/doctors/5/", "old")
        self.sentinels.cut_off_master()
        self.sentinels.master.client().hset("{sidecache:}ctl", "replicas", 0)  # it has none, and its operator knows that
        client = Client(self.add_node().address)
        wait_until(lambda: self.is_trusted(2), "a node to begin anew with the new master")
        self.origin.once("PATCH", "/doctors/5/", respond(200, b"{}"))
        self.assertEqual(client.request("PATCH", "/doctors/5/", (), b"{}").status, 200)
        for client in self.clients:
            self.origin.once("GET", "/doctors/5/", ok("new", max_age=600))
            self.assert_body(client.get("/doctors/5/"), 200, "new")

    def test_a_replica_that_is_lost_for_good_is_left_out_by_its_operator(self):
        self.store("/doctors/5/", "old")
        self.sentinels.replicas[0].kill()
        self.wait_for_doubt(0, 1)
        self.sentinels.master.client().hset("{sidecache:}ctl", "replicas", 0)
        self.go_on()

    def test_a_master_that_is_lost_is_waited_for_by_writes_until_there_is_a_replica_again(self):
        old = self.sentinels.master
        self.fail_over(self.sentinels.kill_master)
        old.restart()
        self.sentinels.rejoin()
        self.go_on()


class SentinelsWithAPassword(WatchedFleet, Fleet):
    redis_options = ("--set", "redis.sentinel.password=secret")

    def make_redis(self):
        watched = super().make_redis()
        watched.ask_for_password("secret")
        return watched

    def test_are_asked_with_it(self):
        self.store("/doctors/5/", "old")
        self.assert_write_ends("/doctors/5/", 1)


class AClusterThatIsWrong(Fleet):
    """Its server names an owner of the slots who is a replica."""

    redis_options = ("--set", "redis.lease=500ms", "--set", "redis.deadline=4s")

    def make_redis(self):
        master = RedisServer()
        self.addCleanup(master.stop)
        self.replica = RedisServer(replicaof=master)
        self.addCleanup(self.replica.stop)
        self.guide = Guide(master)
        self.addCleanup(self.guide.close)
        return master

    def redis_url(self):
        return self.guide.url

    def was_asked(self, *commands):
        """Which of these the replica was asked, by anybody."""
        known = self.replica.client().info("commandstats")
        return {command for command in commands if "cmdstat_" + command in known}

    def test_is_not_believed(self):
        self.store("/doctors/5/", "old")
        self.replica.client().config_resetstat()
        self.guide.owner = self.replica
        self.redis.client().client_kill_filter(_type="normal", skipme=True)
        self.wait_for_doubt(0, 1)
        wait_until(lambda: self.was_asked("role"), "the replica to be asked what it is")
        self.assertEqual(self.was_asked("evalsha", "script|load", "xread", "getrange"), set())
        self.guide.owner = self.redis
        self.wait_for_trust()
        self.assert_recovered()


class InACluster(ClusteredFleet, Fleet):
    """The state is of one slot, which may move to another server, or have another master (CONSISTENCY F16)."""

    redis_options = ("--set", "redis.lease=500ms", "--set", "redis.deadline=4s")
    state = "{sidecache:}ctl"

    def test_a_write_ends_what_all_have_stored(self):
        self.store("/doctors/5/", "old")
        self.assert_write_ends("/doctors/5/", 0)

    def test_the_slot_of_the_state_moves(self):
        slot = self.cluster.slot_of(self.state)
        owner = self.cluster.owner_of(slot)
        self.go_on_after(lambda: self.cluster.move_slot(slot, next(node for node in self.cluster.masters if node is not owner)))

    def test_its_master_is_killed_and_replaced(self):
        def lose():
            old = self.cluster.owner_of(self.state)
            self.cluster.kill_master(self.state)
            old.restart()  # as a replica: what all hold that are online is what counts
            self.cluster.rejoin()
        self.go_on_after(lose)


if __name__ == "__main__":
    unittest.main()
