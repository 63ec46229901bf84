"""Responses that nodes share in a real Redis: found there by who has none, and judged as its own."""

import itertools
import os
import tempfile
import threading
import time
import unittest
from pathlib import Path

from harness import PATIENCE, SILENCE, TO_TARGET, Client, Sidecache, issues, not_modified, ok, respond, wait_until
from harness.fleet import ClusteredFleet, FleetScenario, WatchedFleet

FRESH = ("Cache-Control", "max-age=600")


class Tier(FleetScenario):
    arguments = ("--set", "redis.pool.wait=10s")  # however slow this machine is

    def written(self, index=0):
        return self.proxies[index].metric("sidecache_redis_writes_total", result="written")

    def fetch(self, target, body, *fields, index=0, writes=1, headers=None):
        """At one node, which leaves it in Redis."""
        before = self.written(index)
        self.origin.once("GET", target, respond(200, body, FRESH, *fields))
        self.assert_body(self.clients[index].get(target, **(headers or {})), 200, body)
        wait_until(lambda: self.written(index) >= before + writes, "it to be written")

    def assert_found(self, target, body, index=1, headers=None):
        """Without the origin, in Redis; from then on in memory."""
        response = self.clients[index].get(target, **(headers or {}))
        self.assert_hit(response, body)
        self.assertEqual(response.cache_status.detail, "redis", response)
        again = self.clients[index].get(target, **(headers or {}))
        self.assert_hit(again, body)
        self.assertIsNone(again.cache_status.detail, again)

    def add_cold_node(self):
        self.clients.append(Client(self.add_node().address))
        self.wait_for_trust(2, members=3)

    def assert_recovered(self):
        """Without a restart: writes through each node are answered and end what all have, which is stored again, also in Redis."""
        for index in range(len(self.clients)):
            target = f"/recovered/{index}/"
            self.fetch(target, "old", index=index)
            for client in self.clients:
                self.assert_hit(client.get(target), "old")
            self.origin.once("PATCH", target, respond(200, b"{}"))
            self.assertEqual(self.clients[index].request("PATCH", target, (), b"{}").status, 200)
            self.fetch(target, "new", index=index)
            for client in self.clients:
                self.assert_hit(client.get(target), "new")
        self.add_cold_node()
        self.assert_found("/recovered/0/", "new", index=2)

    def values(self):
        client = self.redis.client()
        return {key: client.get(key) for key in client.keys("sidecache:r:*")}


class AResponse(Tier):
    def test_that_another_node_has_fetched_is_not_fetched_again(self):
        self.fetch("/doctors/5/", "five", ("ETag", '"five"'), ("X-Of-The-Origin", "yes"))
        self.assert_found("/doctors/5/", "five")
        self.assertEqual(self.clients[1].get("/doctors/5/").header("x-of-the-origin"), "yes")
        self.assertEqual(self.proxies[1].metric("sidecache_redis_lookups_total", result="hit"), 1)

    def test_is_found_by_a_node_that_starts_cold(self):
        self.fetch("/doctors/5/", "five")
        self.add_cold_node()
        self.assert_found("/doctors/5/", "five", index=2)

    def test_is_as_old_as_it_is(self):
        self.fetch("/doctors/5/", "five")
        time.sleep(1.1)
        response = self.clients[1].get("/doctors/5/")
        self.assertGreaterEqual(int(response.header("age")), 1)
        self.assertLessEqual(response.cache_status.ttl, 599)

    def test_that_a_write_has_ended_is_not_reused_out_of_it_either(self):
        self.fetch("/doctors/5/", "old")
        self.origin.once("PATCH", "/doctors/5/", respond(200, b"{}"))
        self.clients[1].request("PATCH", "/doctors/5/", (), b"{}")
        self.fetch("/doctors/5/", "new", index=1)
        self.assert_found("/doctors/5/", "new", index=0)

    def test_that_a_write_has_ended_is_asked_about_where_it_has_a_strong_etag(self):
        self.fetch("/doctors/5/", "old", ("ETag", '"1"'))
        self.origin.once("PATCH", "/doctors/5/", respond(200, b"{}"))
        self.clients[1].request("PATCH", "/doctors/5/", (), b"{}")
        self.origin.once("GET", "/doctors/5/", not_modified(("ETag", '"1"'), FRESH))
        response = self.clients[1].get("/doctors/5/")
        self.assert_body(response, 200, "old")
        self.assertEqual(self.origin.last("GET").header("if-none-match"), '"1"')
        self.assertEqual(self.proxies[1].metric("sidecache_redis_lookups_total", result="validator"), 1)

    def test_of_each_variant_is_found_by_who_knows_no_variants(self):
        vary = ("Vary", "Accept-Language")
        for language in ("de", "en"):
            self.fetch("/doctors/", language, vary, writes=2, headers={"accept_language": language})
        for language in ("en", "de"):
            self.assert_found("/doctors/", language, headers={"accept_language": language})

    def test_is_found_by_who_leaves_out_what_does_not_matter(self):
        """No-Vary-Search: a node that starts cold knows of it as soon as it has looked."""
        for number in (1, 2):
            self.fetch(f"/doctors/?page={number}&utm=mail", str(number), ("No-Vary-Search", 'params=("utm")'), writes=2)
        self.add_cold_node()
        self.assert_found("/doctors/?utm=web&page=2", "2", index=2)
        self.assert_found("/doctors/?page=1", "1", index=2)
        self.origin.once("GET", "/doctors/?page=3", respond(200, "3", FRESH))
        self.assert_forwarded(self.clients[2].get("/doctors/?page=3"), "uri-miss", "3")

    def test_is_found_by_who_leaves_out_the_whole_query(self):
        self.fetch("/doctors/?utm=mail", "all", ("No-Vary-Search", "except=()"), writes=2)
        self.assert_found("/doctors/", "all")

    def test_of_each_variant_is_found_by_who_leaves_out_what_does_not_matter(self):
        """At the second look: the first learns of the one mark, and the origin answers."""
        fields = (("No-Vary-Search", "except=()"), ("Vary", "Accept-Language"))
        for language in ("de", "en"):
            self.fetch("/doctors/?a=1", language, *fields, writes=3, headers={"accept_language": language})
        self.origin.once("GET", "/doctors/?a=2", respond(200, "de", FRESH, *fields))
        self.assert_body(self.clients[1].get("/doctors/?a=2", accept_language="de"), 200, "de")
        self.assert_found("/doctors/?a=3", "en", headers={"accept_language": "en"})

    def test_is_asked_for_anew_where_its_client_wants_that(self):
        self.fetch("/doctors/5/", "old")
        self.origin.once("GET", "/doctors/5/", ok("new", max_age=600))
        self.assert_body(self.clients[1].get("/doctors/5/", cache_control="no-cache"), 200, "new")

    def test_that_the_origin_takes_back_is_not_found_there_either(self):
        self.fetch("/doctors/5/", "old", ("ETag", '"1"'))
        self.origin.once("GET", "/doctors/5/", not_modified(("ETag", '"1"'), ("Cache-Control", "no-store")))
        self.assert_body(self.clients[0].get("/doctors/5/", cache_control="no-cache"), 200, "old")
        wait_until(lambda: not self.values(), "it to be erased")
        self.origin.once("GET", "/doctors/5/", ok("new", max_age=600))
        self.assert_body(self.clients[0].get("/doctors/5/"), 200, "new")

    def test_is_gone_when_it_is_kept_no_longer(self):
        self.origin.once("GET", "/doctors/5/", respond(200, "five", ("Cache-Control", "max-age=60")))
        self.clients[0].get("/doctors/5/")
        wait_until(lambda: self.written() >= 1, "it to be written")
        left = self.redis.client().pttl(next(iter(self.values())))
        self.assertGreater(left, 60_000)       # freshness, and `stale.keep` after it
        self.assertLessEqual(left, 60_000 + 3_600_000)


class AnotherFleet(Tier):
    """In the same Redis, with another prefix: the third node."""

    redis_options = ("--set", "redis.lease=500ms", "--set", "redis.deadline=4s")

    def setUp(self):
        super().setUp()
        self.redis_options = (*self.redis_options, "--set", 'redis.prefix="another:"')
        self.clients.append(Client(self.add_node().address))
        self.wait_for_trust(2, members=1)

    def write(self, index):
        self.origin.once("PATCH", "/doctors/5/", respond(200, b"{}"))
        self.assertEqual(self.clients[index].request("PATCH", "/doctors/5/", (), b"{}").status, 200)

    def test_finds_nothing_of_ours_and_hears_of_no_write(self):
        self.fetch("/doctors/5/", "ours")
        self.fetch("/doctors/5/", "theirs", index=2)
        self.assert_found("/doctors/5/", "ours")
        self.write(0)
        self.assert_hit(self.clients[2].get("/doctors/5/"), "theirs")
        self.fetch("/doctors/5/", "ours again")
        self.write(2)
        self.fetch("/doctors/5/", "theirs again", index=2)
        self.assert_hit(self.clients[0].get("/doctors/5/"), "ours again")
        self.assert_found("/doctors/5/", "ours again")
        self.assertEqual([proxy.metric("sidecache_fleet_ticks_applied_total") for proxy in self.proxies], [1, 1, 1])
        self.assertEqual([proxy.metric("sidecache_fleet_members") for proxy in self.proxies], [2, 2, 1])


class AVariant(Tier):
    workers = 1  # with one connection for responses

    def test_costs_two_exchanges_with_redis_at_most(self):
        for language in ("de", "en", "fr"):
            self.fetch("/doctors/", language, ("Vary", "Accept-Language"), writes=2, headers={"accept_language": language})
        self.fetch("/doctors/5/", "five")
        self.assert_found("/doctors/5/", "five")  # connected
        for language, most in (("fr", 2), ("de", 1), ("en", 1)):  # who has seen one knows by what they are chosen
            before = self.relays[1].exchanges(issues("GET"))
            self.assert_found("/doctors/", language, headers={"accept_language": language})
            self.assertIn(self.relays[1].exchanges(issues("GET")) - before, range(1, most + 1), language)


class AColdStart(Tier):
    """All nodes die (kill -9), and one starts with what Redis has of theirs (CONSISTENCY T20)."""

    arguments = (*Tier.arguments, "--set", "writes.settle=1s")
    redis_options = ("--set", "redis.lease=500ms", "--set", "redis.deadline=4s")

    def start_cold(self):
        for index in range(self.nodes):
            self.kill_node(index)
        self.clients.append(Client(self.add_node().address))
        self.wait_for_trust(2, members=1)

    def test_finds_nothing_that_a_write_had_ended(self):
        self.fetch("/doctors/5/", "old", ("ETag", '"5"'))
        self.fetch("/doctors/6/", "six")
        self.origin.once("PATCH", "/doctors/5/", respond(200, b"{}"))
        self.assertEqual(self.clients[1].request("PATCH", "/doctors/5/", (), b"{}").status, 200)
        self.start_cold()
        self.origin.once("GET", "/doctors/5/", ok("new", max_age=600))
        self.assert_body(self.clients[2].get("/doctors/5/"), 200, "new")
        self.assertEqual(self.origin.last("GET").header("if-none-match"), '"5"')  # of what Redis has of it
        self.assert_found("/doctors/6/", "six", index=2)

    def test_finds_nothing_that_a_write_under_way_may_replace(self):
        self.fetch("/doctors/5/", "old")
        gate, committed = self.origin.gate(), threading.Event()
        self.origin.once("PATCH", "/doctors/5/", [gate, lambda exchange: committed.set(), SILENCE])
        with self.clients[1].connect() as connection:
            connection.send_request("PATCH", "/doctors/5/", (), b"{}")
            gate.wait_for_arrivals()
            self.start_cold()
        for body in ("old", "old still"):
            self.origin.once("GET", "/doctors/5/", ok(body, max_age=600))
            self.assert_body(self.clients[2].get("/doctors/5/"), 200, body)
        gate.open()
        self.assertTrue(committed.wait(PATIENCE))
        self.origin.always("GET", "/doctors/5/", ok("new", max_age=600))

        def is_hit():
            response = self.clients[2].get("/doctors/5/")
            self.assert_body(response, 200, "new")
            return response.cache_status.hit

        wait_until(is_hit, "it to be stored")


class AnOldCopy(Tier):
    """Redis is killed, and starts with a copy of its disk from before (CONSISTENCY F10, T19)."""

    redis_directives = {"appendonly": True, "appendfsync": "always"}
    redis_options = ("--set", "redis.lease=500ms", "--set", "redis.deadline=4s")

    def go_back(self, copy):
        known = [proxy.metric("sidecache_fleet_incarnations_total") for proxy in self.proxies]
        self.redis.kill()
        self.redis.put_back(copy)
        self.redis.restart()
        for proxy, before in zip(self.proxies, known):
            proxy.wait_for_metric("sidecache_fleet_incarnations_total", before + 1)
        self.wait_for_trust()

    def assert_validated(self, target, body, index):
        self.origin.once("GET", target, not_modified(("ETag", f'"{body}"'), FRESH))
        response = self.clients[index].get(target)
        self.assert_body(response, 200, body)
        self.assertEqual(response.cache_status.fwd_status, 304, response)

    def test_of_the_state_makes_nothing_of_before_reusable(self):
        self.fetch("/doctors/5/", "old", ("ETag", '"old"'))
        self.fetch("/doctors/6/", "six", ("ETag", '"six"'))
        copy = self.redis.copy_disk()
        for _ in range(3):
            self.origin.once("PATCH", "/doctors/5/", respond(200, b"{}"))
            self.assertEqual(self.clients[0].request("PATCH", "/doctors/5/", (), b"{}").status, 200)
        self.fetch("/doctors/5/", "newer", ("ETag", '"newer"'))
        self.fetch("/doctors/7/", "seven", ("ETag", '"seven"'))
        self.go_back(copy)
        # Redis has what the writes had ended, and not what came after; each node what it has.
        self.assertEqual(sum(b"old" in form for form in self.values().values()), 1)
        self.assertEqual(sum(b"seven" in form for form in self.values().values()), 0)
        self.origin.once("GET", "/doctors/5/", ok("newest", ("ETag", '"newest"'), max_age=600))
        self.assert_body(self.clients[1].get("/doctors/5/"), 200, "newest")
        self.assert_validated("/doctors/6/", "six", 1)
        self.assert_validated("/doctors/7/", "seven", 0)

    def test_is_gone_on_from_without_a_restart(self):
        self.go_back(self.redis.copy_disk())
        self.assert_recovered()


class RedisIsKilled(Tier):
    redis_options = ("--set", "redis.lease=500ms", "--set", "redis.deadline=4s")

    def test_and_started_again_with_nothing(self):
        self.fetch("/doctors/5/", "five")
        self.redis.kill()
        self.wait_for_doubt(0, 1)
        self.redis.restart()
        self.wait_for_trust()
        self.assert_recovered()


class WatchedBySentinels(WatchedFleet, Tier):
    """Another master takes over: all connections follow it."""

    redis_options = ("--set", "redis.lease=500ms", "--set", "redis.deadline=4s")

    def test_all_goes_on_with_the_new_master(self):
        self.fetch("/doctors/5/", "old", ("ETag", '"old"'))
        self.sentinels.failover_to_new_master()
        self.origin.once("GET", "/doctors/5/", not_modified(("ETag", '"old"'), FRESH))
        self.assert_body(self.clients[1].get("/doctors/5/"), 200, "old")
        self.wait_for_trust()
        self.assert_recovered()

    def test_a_replica_is_not_taken_for_the_master(self):
        """What the sentinels tell is late, or wrong: it is asked what it is, and nothing else."""
        master, replica = self.sentinels.master, self.sentinels.replicas[0]
        relay, client = self.sentinels.relay_of(master), replica.client()

        def was_asked(command):
            return "cmdstat_" + command in client.info("commandstats")

        relay.target = replica.port
        client.config_resetstat()
        relay.cut()
        self.wait_for_doubt(0, 1)
        for target in ("/doctors/5/", "/doctors/6/"):
            self.origin.once("GET", target, ok("fetched", max_age=600))
            self.assert_body(self.clients[0].get(target), 200, "fetched")
        self.assertEqual({command for command in ("role", "evalsha", "script|load", "xread", "get", "set") if was_asked(command)}, {"role"})

        relay.target = master.port
        relay.cut()
        self.sentinels.rejoin()
        self.wait_for_trust()
        self.assert_recovered()


class Softened(Tier):
    """What is made stale is not found fresh in Redis, neither by who refreshes it nor by who comes later."""

    swr = ("Cache-Control", "max-age=600, stale-while-revalidate=600")

    def soften(self):
        told = Client(self.proxies[0].admin_address).request("POST", "/invalidate", (), b'{"paths": ["/doctors/5/"], "soft": true}')
        self.assertEqual(told.status, 200, told)

    def test_is_refreshed_from_the_origin(self):
        self.origin.once("GET", "/doctors/5/", respond(200, "old", self.swr))
        self.clients[0].get("/doctors/5/")
        wait_until(lambda: self.written() == 1, "it to be written")
        self.soften()
        self.origin.once("GET", "/doctors/5/", respond(200, "new", self.swr))
        self.assert_body(self.clients[0].get("/doctors/5/"), 200, "old")
        wait_until(lambda: self.clients[0].get("/doctors/5/").body == b"new", "it to be fetched in the background")

    def test_is_not_fresh_for_a_node_that_starts_later(self):
        self.fetch("/doctors/5/", "old", ("ETag", '"5"'))
        self.soften()
        self.add_cold_node()
        self.origin.once("GET", "/doctors/5/", not_modified(("ETag", '"5"'), FRESH))
        self.assert_body(self.clients[2].get("/doctors/5/"), 200, "old")
        self.assertEqual(self.origin.last("GET").header("if-none-match"), '"5"')


class WhatIsNotShared(Tier):
    config = """
forwarded: {trust: [127.0.0.0/8]}
principals: {user: {cookie: sessionid}}
routes:
  - {path: "/mine/{rest...}", principal: user}
  - {path: "/{rest...}"}
"""

    def test_is_what_belongs_to_one_principal(self):
        for client in self.clients:
            self.origin.once("GET", "/mine/1/", respond(200, "ann's", ("Cache-Control", "private, max-age=600")))
            self.assert_body(client.get("/mine/1/", cookie="sessionid=ann"), 200, "ann's")
        self.fetch("/doctors/5/", "five")  # whatever was to be written before it has been
        self.assertEqual(len(self.values()), 1)
        self.assertNotIn(b"ann", b"".join(self.values().values()))

    def test_is_what_was_chosen_by_a_credential(self):
        self.origin.once("GET", "/doctors/6/", respond(200, "six", FRESH, ("Vary", "Cookie")))
        self.clients[0].get("/doctors/6/", cookie="a=secret")
        self.origin.once("GET", "/doctors/7/", respond(200, "seven", FRESH, ("Vary", "X-Api-Key")))
        self.clients[0].get("/doctors/7/", x_api_key="secret")
        self.fetch("/doctors/5/", "five")
        self.assertEqual(len(self.values()), 1)

    def test_is_what_a_proxy_before_it_says_of_somebody(self):
        self.origin.once("GET", "/me/", respond(200, "ann's", FRESH))
        self.clients[0].get("/me/", x_forwarded_user="ann")
        self.fetch("/doctors/5/", "five")
        self.assertEqual(len(self.values()), 1)
        self.assertNotIn(b"ann", b"".join(self.values().values()))

    def test_is_what_is_too_large(self):
        self.origin.once("GET", "/large/", respond(200, b"x" * 1_500_000, FRESH))
        self.clients[0].get("/large/")
        wait_until(lambda: self.proxies[0].metric("sidecache_redis_writes_total", result="too_large") == 1, "it to be refused")
        self.assertEqual(self.values(), {})


class Damaged(Tier):
    """Whatever stands under our names: a miss that is counted, and never an error of a client's."""

    def assert_fetched(self, value, reason):
        target = f"/{reason}/"
        self.fetch(target, "good")
        name = next(key for key, form in self.values().items() if target.encode() in form)
        self.redis.client().set(name, value(self.values()[name]))
        self.origin.once("GET", target, ok("fetched", max_age=600))
        self.assert_body(self.clients[1].get(target), 200, "fetched")
        self.assertEqual(self.proxies[1].metric("sidecache_redis_refused_total", reason=reason), 1)

    def test_is_a_miss(self):
        for reason, value in {
            "foreign": lambda form: b"garbage of somebody else's, and rather long",
            "truncated": lambda form: form[:-3],
            "damaged": lambda form: form[:-9] + bytes([form[-9] ^ 1]) + form[-8:],
            "newer_version": lambda form: form[:4] + bytes([form[4] + 1]) + form[5:],
        }.items():
            with self.subTest(reason):
                self.assert_fetched(value, reason)

    def test_of_another_type_is_a_miss(self):
        self.fetch("/doctors/5/", "good")
        name = next(iter(self.values()))
        client = self.redis.client()
        client.delete(name)
        client.lpush(name, "a list")
        self.origin.once("GET", "/doctors/5/", ok("fetched", max_age=600))
        self.assert_body(self.clients[1].get("/doctors/5/"), 200, "fetched")
        self.assertEqual(self.proxies[1].metric("sidecache_redis_errors_total", error="error"), 1)
        self.assertEqual(self.proxies[1].metric("sidecache_redis_lookups_total", result="miss"), 1)

    def test_of_another_key_is_a_miss(self):
        self.fetch("/a/", "a")
        first = next(iter(self.values()))
        self.fetch("/b/", "b")
        second = next(key for key in self.values() if key != first)
        client = self.redis.client()
        client.set(second, client.get(first))
        self.origin.once("GET", "/b/", ok("b again", max_age=600))
        self.assert_body(self.clients[1].get("/b/"), 200, "b again")
        self.assertEqual(self.proxies[1].metric("sidecache_redis_refused_total", reason="key"), 1)


class SlowRedis(Tier):
    wait = 0.5
    arguments = ("--set", f"redis.pool.wait={round(wait * 1000)}ms")

    def test_costs_a_miss_no_more_than_what_it_may_wait(self):
        self.fetch("/doctors/5/", "five")
        self.relays[1].delay(10 * self.wait)
        for target in ("/doctors/7/", "/doctors/8/"):
            began = time.monotonic()
            self.assert_body_of_origin(target, target)
            self.assertLess(time.monotonic() - began, 4 * self.wait)
        self.assertGreaterEqual(self.proxies[1].metric("sidecache_redis_lookups_total", result="failure"), 1)
        self.relays[1].delay(0)

    def assert_body_of_origin(self, target, body):
        self.origin.once("GET", target, ok(body, max_age=600))
        self.assert_body(self.clients[1].get(target), 200, body)


class AFullQueue(Tier):
    """More was fetched than Redis takes: what there is no room for is not written, and nobody waits."""

    arguments = ("--set", "redis.pool.wait=20ms", "--set", "redis.queue=2")

    def test_drops_what_comes_and_counts_it(self):
        self.relays[0].hold(TO_TARGET, only=lambda connection: not issues("EVALSHA", "XREAD")(connection))
        numbers = itertools.count()

        def fetch_another(result):
            """Returns how many of those until now have come to this."""
            target = f"/doctors/{next(numbers)}/"
            self.origin.once("GET", target, ok(target, max_age=600))
            self.assert_body(self.clients[0].get(target), 200, target)
            self.assert_hit(self.clients[0].get(target), target)
            return self.proxies[0].metric("sidecache_redis_writes_total", result=result)

        wait_until(lambda: fetch_another("dropped"), "one to be dropped")
        self.assertEqual(self.written(), 0)
        self.relays[0].release()
        wait_until(lambda: fetch_another("written"), "one to be written")


class Sealed(Tier):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="sidecache-test-keys-")
        self.addCleanup(directory.cleanup)
        self.files = [os.path.join(directory.name, name) for name in ("old.key", "new.key")]
        for file in self.files:
            Path(file).write_text(os.urandom(32).hex() + "\n")
        self.redis_options = ("--set", f"redis.seal=[{self.files[0]}]")
        super().setUp()

    def test_shows_neither_key_nor_content(self):
        self.fetch("/patients/miller/", "diagnosis", ("ETag", '"tag-of-it"'))
        self.assert_found("/patients/miller/", "diagnosis")
        told = b"".join(key + value for key, value in self.values().items())
        for secret in (b"miller", b"patients", b"diagnosis", b"tag-of-it", b"max-age"):
            self.assertNotIn(secret, told)

    def test_is_opened_with_an_older_key_after_a_rotation_and_asked_about_once(self):
        self.fetch("/doctors/5/", "five", ("ETag", '"5"'))
        self.redis_options = ("--set", f"redis.seal=[{self.files[1]}, {self.files[0]}]")
        self.add_cold_node()
        self.origin.once("GET", "/doctors/5/", not_modified(("ETag", '"5"'), FRESH))
        self.assert_body(self.clients[2].get("/doctors/5/"), 200, "five")

    def test_under_another_key_is_a_miss(self):
        self.fetch("/doctors/5/", "five")
        name = next(iter(self.values()))
        client = self.redis.client()
        value = client.get(name)
        client.set(name, value[:-1] + bytes([value[-1] ^ 1]))
        self.origin.once("GET", "/doctors/5/", ok("fetched", max_age=600))
        self.assert_body(self.clients[1].get("/doctors/5/"), 200, "fetched")
        self.assertEqual(self.proxies[1].metric("sidecache_redis_refused_total", reason="seal"), 1)


class ALease(Tier):
    """Of all nodes that miss the same at once, one asks the origin."""

    nodes = 3
    config = "routes:\n  - {path: '/slow/{rest...}', lease: 5s}\n  - {path: '/{rest...}', lease: 300ms}\n"

    def ask_all(self, target):
        return [self.in_background(client.get, target) for client in self.clients for _ in range(4)]

    def count(self, result):
        return sum(proxy.metric("sidecache_redis_leases_total", result=result) for proxy in self.proxies)

    def test_makes_one_request_of_those_of_all_nodes(self):
        gate = self.origin.gate()

        def get(exchange):
            gate.pass_through()
            exchange.play(respond(200, "once", FRESH))

        self.origin.once("GET", "/slow/1/", get)
        asked = self.ask_all("/slow/1/")
        gate.wait_for_arrivals()
        time.sleep(0.2)
        gate.open()
        for each in asked:
            self.assert_body(each.result(), 200, "once")
        self.assertEqual((self.count("taken"), self.count("awaited"), self.count("in_vain")), (1, 2, 0))

    def test_is_over_with_an_answer_that_is_not_stored(self):
        self.origin.always("GET", "/slow/2/", respond(200, "each", ("Cache-Control", "no-store")))
        began = time.monotonic()
        for each in self.ask_all("/slow/2/"):
            self.assert_body(each.result(), 200, "each")
        self.assertLess(time.monotonic() - began, 4)

    def test_is_waited_for_no_longer_than_it_may_be(self):
        gate = self.origin.gate()
        self.origin.always("GET", "/1/", lambda exchange: (gate.pass_through(), exchange.play(respond(200, "late", FRESH))))
        asked = self.ask_all("/1/")
        gate.wait_for_arrivals(2)  # the second does not wait for the first any more
        gate.open()
        for each in asked:
            self.assert_body(each.result(), 200, "late")
        self.assertGreaterEqual(self.count("in_vain") + self.count("taken"), 2)

    def test_of_a_node_that_died_is_over_in_time(self):
        asked = self.origin.gate()
        self.origin.once("GET", "/2/", lambda exchange: (asked.pass_through(), exchange.play(respond(200, "lost", FRESH))))
        self.clients[2].connect().send_request("GET", "/2/")
        asked.wait_for_arrivals()
        self.kill_node(2)
        client = self.redis.client()
        for key in client.keys("sidecache:r:*"):
            self.assertIn(client.pttl(key), {-2, *range(301)})  # -2: it is over by now
        asked.open()
        self.origin.once("GET", "/2/", respond(200, "fetched", FRESH))
        began = time.monotonic()
        self.assert_body(self.clients[0].get("/2/"), 200, "fetched")
        self.assertLess(time.monotonic() - began, 2)  # 0.3 s of it for the lease


class ALeaseWithoutRedis(Tier):
    """Nobody waits for another node by a Redis that does not answer: for as long as for a stored response, and not for the lease."""

    wait = 0.5
    arguments = ("--set", f"redis.pool.wait={round(wait * 1000)}ms")
    config = "routes:\n  - {path: '/{rest...}', lease: 1m}\n"

    def setUp(self):
        super().setUp()
        self.gate = self.origin.gate()
        self.origin.once("GET", "/1/", *[[self.gate, respond(200, each, FRESH)] for each in ("one", "another")])

    def pause_redis(self):
        self.redis.pause()
        self.addCleanup(self.redis.resume)

    def ask(self, index):
        return self.in_background(self.clients[index].get, "/1/")

    def assert_each_asks_the_origin(self, asked, since):
        self.gate.wait_for_arrivals(2)
        self.assertLess(time.monotonic() - since, 4 * self.wait)
        self.gate.open()
        self.assertEqual({each.result().body for each in asked}, {b"one", b"another"})

    def test_each_node_asks_the_origin(self):
        self.pause_redis()
        began = time.monotonic()
        self.assert_each_asks_the_origin([self.ask(0), self.ask(1)], began)

    def test_who_waits_for_another_node_asks_the_origin(self):
        asked = [self.ask(0)]
        self.gate.wait_for_arrivals()
        asked.append(self.ask(1))
        self.relays[1].wait_for_connections(only=issues("SET"))
        self.pause_redis()
        self.assert_each_asks_the_origin(asked, time.monotonic())


class ByTls(Tier):
    """The server shows a certificate of 127.0.0.1, and wants one of us."""

    redis_directives = {"tls": True, "tls_auth_clients": True}

    def redis_url(self):
        return f"rediss://127.0.0.1:{self.redis.tls_port}"

    def make_redis(self):
        server = super().make_redis()
        files = {"ca": "ca.crt", "certificate": "client.crt", "key": "client.key"}
        self.redis_options = tuple(word for key, file in files.items() for word in ("--set", f"redis.tls.{key}={server.file(file)}"))
        return server

    def test_all_is_as_without(self):
        self.fetch("/doctors/5/", "x" * 300_000)
        self.assert_found("/doctors/5/", "x" * 300_000)
        self.origin.once("PATCH", "/doctors/5/", respond(200, b"{}"))
        self.assertEqual(self.clients[1].request("PATCH", "/doctors/5/", (), b"{}").status, 200)
        self.origin.once("GET", "/doctors/5/", ok("new", max_age=600))
        self.assert_body(self.clients[0].get("/doctors/5/"), 200, "new")

    def assert_not_trusted(self, url, *options):
        proxy = Sidecache(self.origin.url, "--redis", url, *options)
        self.addCleanup(proxy.kill)
        proxy.wait_for_log("until it answers, everything is validated")
        self.assertEqual(proxy.metric("sidecache_fleet_trusted"), 0)
        proxy.stop()

    def test_a_server_that_nobody_vouches_for_is_not_spoken_to(self):
        self.assert_not_trusted(self.redis_url())

    def test_a_server_with_the_certificate_of_another_is_not_spoken_to(self):
        self.assert_not_trusted(f"rediss://127.0.0.2:{self.redis.tls_port}", *self.redis_options)

    def test_who_shows_no_certificate_is_not_spoken_to(self):
        self.assert_not_trusted(self.redis_url(), "--set", f"redis.tls.ca={self.redis.file('ca.crt')}")


class InACluster(ClusteredFleet, Tier):
    """Responses are of as many slots as there are keys; each is asked for at its owner."""

    workers = 1  # each of them learns by itself who owns what
    redis_options = ("--set", "redis.deadline=10s")
    targets = [f"/doctors/{number}/" for number in range(12)]

    def values(self):
        found = {}
        for node in self.cluster.masters:
            client = self.cluster.client_at(node)
            found.update({key: client.get(key) for key in client.keys("sidecache:r:*")})
        return found

    def fetch_all(self):
        for target in self.targets:
            self.fetch(target, target)

    def redirected(self, kind):
        return sum(proxy.metric("sidecache_redis_redirects_total", kind=kind) for proxy in self.proxies)

    def slot_of(self, target):
        return self.cluster.slot_of(next(key for key, form in self.values().items() if target.encode() in form))

    def another_master_than_that_of(self, slot):
        owner = self.cluster.owner_of(slot)
        return next(node for node in self.cluster.masters if node is not owner)

    def test_is_found_wherever_it_is(self):
        self.fetch_all()
        held = [sum(key.startswith(b"sidecache:r:") for key in self.cluster.client_at(node).keys()) for node in self.cluster.masters]
        self.assertGreater(sum(count > 0 for count in held), 1, held)
        for target in self.targets:
            self.assert_found(target, target)
        self.assertEqual(self.redirected("moved"), 0)

    def test_is_found_where_its_slot_has_moved_to(self):
        self.fetch_all()
        slot = self.slot_of(self.targets[0])
        self.assert_found(self.targets[1], self.targets[1])  # the other node knows who owned what
        self.cluster.move_slot(slot, self.another_master_than_that_of(slot))
        self.assert_found(self.targets[0], self.targets[0])
        self.assertEqual(self.redirected("moved"), 1)

    def test_is_found_while_its_slot_moves(self):
        self.fetch_all()
        slot = self.slot_of(self.targets[0])
        other = self.another_master_than_that_of(slot)
        self.cluster.begin_moving(slot, other)  # its only key is there already
        self.assert_found(self.targets[0], self.targets[0])
        self.assertEqual(self.redirected("ask"), 1)
        self.cluster.finish_moving(slot, other)

    def test_of_a_master_that_is_lost_is_found_at_its_successor(self):
        self.fetch_all()
        self.cluster.kill_master(self.slot_of(self.targets[0]))
        self.wait_for_trust()
        for target in self.targets:
            # Those of before the new incarnation, where the fleet's state was lost with it, are asked about.
            self.origin.always("GET", target, ok(target, max_age=600))
            self.assert_body(self.clients[1].get(target), 200, target)
        self.fetch("/new/", "new")
        self.assert_found("/new/", "new")


class Metrics(Tier):
    def test_of_the_tier_are_those_that_are_documented(self):
        self.assertGreater(self.assert_documented("sidecache_redis_"), 5)


if __name__ == "__main__":
    unittest.main()
