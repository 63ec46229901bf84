"""Traffic of every kind through a proxy before a scripted origin, at its query door, and through a fleet beside it: each round has one of each outcome and of each
cause of an invalidation at least, and what a fleet does while Redis is well."""

import contextlib
import json
import re
import threading

from fleet import Fleet
from harness import DROP, Client, ScriptedOrigin, Sidecache, head, http_date, not_modified, ok, respond
from queries import ARGUMENTS, Queries

CONFIG = """
routes:
  - {path: /api/doctors/, fresh: origin}
  - {path: "/api/doctors/{id}/", fresh: origin, refresh_on_write: true}
purge: {allow: [127.0.0.1]}
writes:
  settle: 1s
  refresh: {rate: 1000}
  rules:
    - {path: "/fenced/{id}/", groups: [fenced], fence: begin}
"""
ROUTES = {"/api/doctors/", "/api/doctors/{id}/", "other"}
OUTCOMES = {"hit", "hit_stale", "revalidated", "collapsed", "miss", "pass", "error", "own"}
CAUSES = {"write", "unknown_outcome", "begun", "announced", "purge"}
COUNTED = ("sidecache_reuse_refused_total", "sidecache_refreshes_total", "sidecache_write_refreshes_paid_total", "sidecache_soft_invalidations_total", "sidecache_bad_requests_total")
# What this traffic does not move, or not always: where an expression has one of these names in it, or is told under one, zero is as good as any number.
STILL = {
    "sidecache_client_connections", "sidecache_client_connections_refused_total", "sidecache_fill_waiting", "sidecache_fills_overtaken_total",
    "sidecache_fills_refused_total", "sidecache_head_updates_total", "sidecache_log_dropped_total", "sidecache_memory_evictions_total",
    "sidecache_memory_expirations_total", "sidecache_memory_refusals_total", "sidecache_origin_retries_total", "sidecache_origin_waiting", "sidecache_parts_total",
    "sidecache_principals_ended_total", "sidecache_reuse_refused_by_others_total", "sidecache_variants_dropped_total", "sidecache_write_answers_total",
    "sidecache_write_refreshes_left_total", "proxy_internal_error", "instance:sidecache_client_connections_refused:increase5m",
    "instance:sidecache_log_dropped:increase15m", "instance:sidecache_memory_evictions:rate1h", "instance:sidecache_memory_evictions:ratio_rate1h",
    "instance:sidecache_origin_waiting:avg5m", "instance:sidecache_restarts:changes1h", "job:sidecache_hits:fall_ratio_rate5m_avg1d",
    "job:sidecache_internal_errors:increase15m", "job:sidecache_reuse_refused_by_others:ratio_rate1h",
    # Of a fleet, while its Redis is well.
    "sidecache_fleet_incarnations_total", "sidecache_fleet_mirror_lag", "sidecache_fleet_removals_total", "sidecache_fleet_tables_read_total",
    "sidecache_fleet_writes_refused_total", "sidecache_fleet_writes_unheard_total", "sidecache_redis_breakers_open", "sidecache_redis_connections_opened_total",
    "sidecache_redis_errors_total", "sidecache_redis_redirects_total", "sidecache_redis_refused_total", "sidecache_redis_waiting",
    "instance:sidecache_fleet_turns_failed:ratio_rate5m", "instance:sidecache_redis_lookups_failed:ratio_rate5m", "instance:sidecache_redis_writes_lost:ratio_rate5m",
    "job:sidecache_fleet_incarnations:changes1h", "job:sidecache_fleet_writes_refused:increase5m", "job:sidecache_fleet_writes_unheard:increase15m",
    "job:sidecache_redis_refused:increase15m", "job_fleet:sidecache_fleet_members:missing",
}

QUERIES = ("X-Query-Count", "3")
LONG = ("Cache-Control", "max-age=600")
TAG = ("ETag", '"1"')


def shared(exchange):
    """Answered in two halves, the second one once the test says so."""
    exchange.send(head(200, LONG, QUERIES, ("Content-Length", 2)) + b"a")
    exchange.play(Load.gates[exchange.request.target])
    exchange.send(b"b")


def validated(exchange):
    """Stale when it is answered first, and confirmed for ever."""
    if exchange.request.header("If-None-Match"):
        exchange.play(not_modified(TAG, LONG, QUERIES, ("Date", http_date())))
    else:
        exchange.play(respond(200, b"a", TAG, ("Cache-Control", "max-age=60"), QUERIES, date=-100))


def make_origin():
    origin = ScriptedOrigin()
    origin.always("GET", None, ok(b"[]", LONG, QUERIES))
    for method in ("PATCH", "PUT"):
        origin.always(method, None, ok(b"{}", QUERIES))
    origin.always("PATCH", re.compile("/cut/.*"), DROP)
    origin.always("GET", re.compile("/broken/.*"), [b"HTTP/1.1 200", DROP])
    origin.always("GET", re.compile("/shared/.*"), shared)
    origin.always("GET", re.compile("/validated/.*"), validated)
    origin.always("GET", re.compile("/stale/.*"), respond(200, b"old", ("Cache-Control", "max-age=60, stale-while-revalidate=600"), QUERIES, date=-100))
    return origin


class Load:
    """Runs rounds in a thread from `with` to its end; `failure` is what ended them early."""

    gates = {}

    def __enter__(self):
        self.failure, self.rounds = None, 0
        self._stop = threading.Event()
        with contextlib.ExitStack() as started:
            self.origin = make_origin()
            started.callback(self.origin.close)
            self.proxy = Sidecache(self.origin.url, *ARGUMENTS, config=CONFIG)
            started.callback(self.proxy.kill)
            self.queries = Queries(self.proxy)
            started.callback(self.queries.close)
            self.fleet = Fleet(self.origin.url)
            started.callback(self.fleet.kill)
            self._started = started.pop_all()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        try:
            self.queries.close()
            self.origin.close_connections()  # so that no late answer to a write is waited for
            self.proxy.stop()
            self.fleet.stop()
        finally:
            self._started.close()

    @property
    def proxies(self):
        return [self.proxy, *self.fleet.nodes]

    def _run(self):
        try:
            while not self._stop.is_set():
                self._round(self.rounds)
                self.rounds += 1
                self._stop.wait(0.1)
        except BaseException as error:  # told by whoever started it
            self.failure = error

    def _round(self, number):
        client = self.proxy.client()
        with client.connect() as connection:
            # A row, a list and what no route names are read often, and the row is written, which ends it and the list. It is fetched again at once, and needed.
            row, targets = f"/api/doctors/{number % 50}/", (f"/api/doctors/?page={number % 50}", f"/unnamed/{number % 50}/")
            self.origin.requests.clear()
            for target in (row, *targets):
                for _ in range(4):
                    connection.get(target)
            asked = self.origin.count("GET", row)
            connection.request("PATCH", row, body=b"{}")
            self.origin.wait_for(asked + 1, "GET", row)
            for target in (*targets, row):
                connection.get(target)

            for target in (f"/stale/{number}/", f"/validated/{number}/"):
                connection.get(target)
                connection.get(target)
            connection.request("PUT", f"/fenced/{number % 50}/", body=b"{}")
            connection.request("PURGE", targets[0])
        self._share(client, f"/shared/{number}/")
        client.get(f"/broken/{number}/")
        client.patch(f"/cut/{number % 10}/")
        with client.connect() as connection:
            connection.send(b"what is this?\r\n\r\n")
            connection.read_response()
        door = Client(self.proxy.admin_address)
        for words in ({"groups": ["staff"]}, {"paths": ["/announced/"], "soft": True}):
            door.post("/invalidate", json.dumps(words).encode())
        self.queries.round(number)
        self.fleet.round(number)

    def _share(self, client, target):
        gate = Load.gates[target] = self.origin.gate()
        with client.connect() as leader, client.connect() as follower:
            begun = []
            for connection in (leader, follower):
                connection.send_request("GET", target)
                begun.append(connection.begin_response())
                begun[-1].read(1)
            gate.open()
            for each in begun:
                each.finish()
        del Load.gates[target]
