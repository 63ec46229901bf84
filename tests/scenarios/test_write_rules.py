"""The other rows that a write changes, by writes.rules and routes.N.groups: what each shape of write ends, and what it leaves (CONSISTENCY 1.1 write, 1.2; S15, S16, S21, S22, S28)."""

import json
import random
import re
import threading
import time
import unittest

from harness import DROP, Client, Scenario, chunk, chunked, head, last_chunk, ok, respond

FRESH = ("Cache-Control", "max-age=600")
JSON = ("Content-Type", "application/json")


def row(**members):
    return json.dumps(members).encode()


class Written(Scenario):
    def read(self, target):
        return self.client.get(target)

    def store(self, *targets):
        for target in targets:
            self.origin.once("GET", target, ok(b"old", FRESH, JSON))
            self.assert_body(self.read(target), 200, b"old")

    def assert_alive(self, *targets):
        for target in targets:
            self.assert_hit(self.read(target), b"old")

    def assert_ended(self, *targets):
        for target in targets:
            self.origin.once("GET", target, ok(b"new", FRESH, JSON))
            self.assert_body(self.read(target), 200, b"new")

    def write(self, method, target, content=b"{}", *fields, answer=None, answer_fields=(JSON,), status=200):
        if answer is not None:
            self.origin.once(method, target, respond(status, answer, *answer_fields))
        return self.client.request(method, target, (JSON, *fields), content)


class Appointments(Written):
    config = """
routes:
  - {path: "/api/doctors/{id}/stats/", groups: ["doctor:{id}"]}
writes:
  rules:
    - path: /api/appointments/{id}/
      groups: ["doctor:{response:/doctor}", "/api/patients/{response:/patient}/"]
      otherwise: ["/api/doctors/{rest...}", "/api/patients/{rest...}"]
"""
    ours = ("/api/doctors/5/stats/", "/api/patients/7/", "/api/patients/7/visits/")
    others = ("/api/doctors/6/stats/", "/api/patients/8/", "/api/rooms/")

    def setUp(self):
        super().setUp()
        self.store(*self.ours, *self.others)

    def test_end_the_rows_that_the_answer_names(self):
        self.write("PATCH", "/api/appointments/3/", answer=row(doctor=5, patient="7"))
        self.assert_ended(*self.ours)
        self.assert_alive(*self.others)

    def test_end_them_in_every_spelling_of_the_url(self):
        for number, target in enumerate(("/api/appointments/3", "//api/appointments/3/", "/api/appointments/3.json", "/api/%61ppointments/3/", "/api/x/../appointments/3/")):
            with self.subTest(target):
                self.origin.once("PATCH", None, respond(200, row(doctor=5, patient=None), JSON))
                self.client.request("PATCH", target, (JSON,), b"{}")
                self.assert_ended("/api/doctors/5/stats/")
                self.assert_alive(*self.others)
                self.store_again("/api/doctors/5/stats/")

    def store_again(self, target):
        self.origin.once("PUT", target, respond(204))
        self.client.put(target)
        self.store(target)

    def test_end_what_is_wider_where_a_value_is_missing(self):
        wide = (*self.ours, "/api/doctors/6/stats/", "/api/patients/8/")
        for name, content, fields in (("member", row(doctor=5), (JSON,)), ("json", b"<p>done</p>", (JSON,)), ("type", row(doctor=5, patient=7), (("Content-Type", "text/html"),)),
                                      ("coding", row(doctor=5, patient=7), (JSON, ("Content-Encoding", "x"))), ("empty", b"", ())):
            with self.subTest(name):
                self.write("PUT", "/api/appointments/3/", answer=content, answer_fields=fields)
                self.assert_ended(*wide)
                self.assert_alive("/api/rooms/")
                for target in wide:
                    self.store_again(target)

    def test_without_content_end_what_is_wider_and_hold_nothing(self):
        """DRF answers DELETE 204: the answer is whole, and says nothing."""
        for status in (204, 205, 304):
            with self.subTest(status):
                self.origin.once("DELETE", "/api/appointments/3/", respond(status, b""))
                self.client.delete("/api/appointments/3/")
                self.assert_ended("/api/doctors/6/stats/")
                self.assert_hit(self.read("/api/doctors/6/stats/"), b"new")
                self.store_again("/api/doctors/6/stats/")
        self.assertEqual(self.proxy.metric("sidecache_invalidations_total", cause="unknown_outcome"), 0)

    def test_end_what_was_read_in_another_spelling(self):
        """S12: whatever route that goes by, or none."""
        spellings = ("/api/doctors/5/stats.json", "/api/doctors/5/stats", "/api//doctors/5/stats/", "/api/doctors%2F5/stats/")
        self.store(*spellings)
        self.write("PATCH", "/api/appointments/3/", answer=row(doctor=5, patient=7))
        self.assert_ended(*spellings)

    def test_end_the_lists_above_a_path_that_they_name(self):
        self.store("/api/patients/", "/api/patients/?page=2")
        self.write("PATCH", "/api/appointments/3/", answer=row(doctor=5, patient=7))
        self.assert_ended("/api/patients/", "/api/patients/?page=2")

    def test_that_were_refused_end_nothing(self):
        self.write("PATCH", "/api/appointments/3/", answer=row(doctor=5, patient=7), status=422)
        self.assert_alive(*self.ours, *self.others)

    def test_of_unknown_outcome_end_and_hold_what_is_wider(self):
        self.origin.once("PATCH", "/api/appointments/3/", DROP)
        self.assertEqual(self.write("PATCH", "/api/appointments/3/").status, 502)
        self.origin.once("GET", "/api/doctors/6/stats/", ok(b"new", FRESH))
        self.assertEqual(self.read("/api/doctors/6/stats/").cache_status.detail, "held")
        self.assert_alive("/api/rooms/")

    def test_read_an_answer_in_pieces_before_any_of_it_is_delivered(self):
        """S15: who has the head of the answer reads nothing old, though the pointer came with its last byte."""
        content = row(patient=7, note="x" * 3000, doctor=5)
        gate = self.origin.gate()
        self.origin.once("PATCH", "/api/appointments/3/", [head(200, JSON, ("Content-Length", len(content))) + content[:2000], gate, content[2000:]])
        gate.open()
        with self.client.connect() as connection:
            connection.send_request("PATCH", "/api/appointments/3/", (JSON,), b"{}")
            begun = connection.begin_response("PATCH")
            self.assert_ended("/api/doctors/5/stats/")
            self.assert_alive("/api/doctors/6/stats/")
            self.assertEqual(begun.finish().body, content)


class AnAnswerThatTakesItsTime(Written):
    config = Appointments.config.replace("writes:", "writes:\n  answer_wait: 200ms\n  answer_size: 1KiB")

    def setUp(self):
        super().setUp()
        self.store("/api/doctors/5/stats/", "/api/doctors/6/stats/")

    def test_is_not_kept_back_for_longer_than_that(self):
        """S16: and what it ends is ended again before its last byte, since the origin may commit as late as that."""
        gate = self.origin.gate()
        content = row(doctor=5, patient=7)
        self.origin.once("PATCH", "/api/appointments/3/", chunked(content[:5], gate, content[5:], fields=(JSON,)))
        with self.client.connect() as connection:
            connection.send_request("PATCH", "/api/appointments/3/", (JSON,), b"{}")
            begun = connection.begin_response("PATCH")
            begun.read(5)
            self.assert_ended("/api/doctors/5/stats/", "/api/doctors/6/stats/")
            gate.open()
            self.assertEqual(begun.finish().body, content)
        self.origin.once("GET", "/api/doctors/6/stats/", ok(b"newer", FRESH))
        self.assert_body(self.read("/api/doctors/6/stats/"), 200, b"newer")

    def test_is_not_kept_back_over_its_size(self):
        content = row(doctor=5, patient=7, note="x" * 5000)
        self.assertEqual(self.write("PATCH", "/api/appointments/3/", answer=content).body, content)
        self.assert_ended("/api/doctors/5/stats/", "/api/doctors/6/stats/")

    def test_reaches_its_client_whole_however_it_comes(self):
        content = row(doctor=5, patient=7)
        drips = [head(200, JSON, ("Transfer-Encoding", "chunked"))] + [chunk(content[at:at + 1]) for at in range(len(content))] + [last_chunk()]
        for answer in (respond(200, content, JSON), drips, [head(200, JSON) + content, DROP], respond(204)):
            self.origin.once("PATCH", "/api/appointments/3/", answer)
            response = self.client.request("PATCH", "/api/appointments/3/", (JSON,), b"{}")
            self.assertTrue(response.is_complete)
            self.assertEqual(response.body, b"" if response.status == 204 else content)

    def test_that_breaks_off_is_of_unknown_outcome(self):
        content = row(doctor=5, patient=7)
        self.origin.once("PATCH", "/api/appointments/3/", [head(200, JSON, ("Content-Length", len(content))) + content[:8], DROP])
        self.assertFalse(self.write("PATCH", "/api/appointments/3/").is_complete)
        self.origin.once("GET", "/api/doctors/6/stats/", ok(b"new", FRESH))
        self.assertEqual(self.read("/api/doctors/6/stats/").cache_status.detail, "held")

    def test_whose_client_is_gone_meanwhile_ends_what_it_names(self):
        gate = self.origin.gate()
        content = row(doctor=5, patient=7)
        self.origin.once("PATCH", "/api/appointments/3/", chunked(content[:5], gate, content[5:], fields=(JSON,)))
        with self.client.connect() as connection:
            connection.send_request("PATCH", "/api/appointments/3/", (JSON,), b"{}")
            connection.begin_response("PATCH").read(5)
            connection.reset()
        gate.open()
        self.proxy.wait_for_metric("sidecache_epoch", 2)
        self.origin.once("GET", "/api/doctors/6/stats/", ok(b"new", FRESH))
        self.assert_body(self.read("/api/doctors/6/stats/"), 200, b"new")


class MovedRows(Written):
    """A list rule: the old value too."""

    config = """
routes:
  - {path: "/api/doctors/{id}/stats/", groups: ["doctor:{id}"]}
writes:
  rules:
    - {path: "/api/appointments/{id}/", groups: ["doctor:{stored:/doctor}", "doctor:{response:/doctor}"], otherwise: ["/api/doctors/{rest...}"]}
"""
    lists = tuple(f"/api/doctors/{number}/stats/" for number in (3, 4, 5, 6))

    def setUp(self):
        super().setUp()
        self.store(*self.lists)

    def store_row(self, doctor):
        self.origin.once("GET", "/api/appointments/1/", ok(row(doctor=doctor), FRESH, JSON))
        self.read("/api/appointments/1/")

    def test_end_the_lists_that_they_left_and_that_they_came_to(self):
        self.store_row(3)
        self.write("PATCH", "/api/appointments/1/", answer=row(doctor=5))
        self.assert_ended("/api/doctors/3/stats/", "/api/doctors/5/stats/")
        self.assert_alive("/api/doctors/4/stats/", "/api/doctors/6/stats/")

    def test_end_all_lists_where_nothing_is_known_of_before(self):
        self.write("PATCH", "/api/appointments/1/", answer=row(doctor=5))
        self.assert_ended(*self.lists)

    def test_end_all_lists_where_what_is_stored_of_before_was_ended(self):
        self.store_row(3)
        self.write("DELETE", "/api/appointments/1/notes/", answer=b"", status=204)  # of another URL, and of the row that it stands below
        self.write("PATCH", "/api/appointments/1/", answer=row(doctor=5))
        self.assert_ended(*self.lists)

    def test_by_two_writes_at_once_end_the_lists_between(self):
        """S21: 3 -> 4 and 4 -> 5, and both read "3" in what is stored: list 4 must not stay."""
        for first_ends_first in (True, False):
            with self.subTest(first_ends_first=first_ends_first):
                self.store_row(3)
                gates = [self.origin.gate(), self.origin.gate()]
                self.origin.once("PATCH", "/api/appointments/1/", [gates[0], respond(200, row(doctor=4), JSON)], [gates[1], respond(200, row(doctor=5), JSON)])
                writing = []
                for gate in gates:
                    writing.append(self.in_background(self.client.request, "PATCH", "/api/appointments/1/", (JSON,), b"{}"))
                    gate.wait_for_arrivals()
                for each in ((0, 1) if first_ends_first else (1, 0)):
                    gates[each].open()
                    writing[each].result()
                self.assert_ended(*self.lists)
                for target in self.lists:
                    self.origin.once("PUT", target, respond(204))
                    self.client.put(target)
                self.store(*self.lists)


class WhatTheRequestSays(Written):
    config = """
routes:
  - {path: /api/needs/, groups: ["person:{query:people}", "bu:{query:bu}"]}
writes:
  rules:
    - {path: /api/people/, methods: [POST], groups: ["person:{request:/id}"], otherwise: ["/api/needs/"]}
    - {path: "/api/units/{bu}/", groups: ["bu:{bu}"]}
"""
    lists = ("/api/needs/?people=1&bu=x", "/api/needs/?people=2&bu=x", "/api/needs/?people=2&bu=y", "/api/needs/?bu=y")

    def setUp(self):
        super().setUp()
        self.store(*self.lists)

    def assert_leaves(self, *alive):
        self.assert_alive(*alive)
        self.assert_ended(*(each for each in self.lists if each not in alive))

    def test_ends_what_shows_it_and_what_shows_all(self):
        self.write("POST", "/api/people/", row(id=1), answer=b"", status=200)
        self.assert_leaves("/api/needs/?people=2&bu=x", "/api/needs/?people=2&bu=y")

    def test_of_several_rows_at_once_ends_what_shows_any(self):
        self.write("POST", "/api/people/", json.dumps([{"id": 1}, {"id": 2}]).encode(), answer=b"", status=200)
        self.assert_leaves()

    def test_counts_when_it_comes_in_pieces(self):
        content = row(id=1)
        self.origin.once("POST", "/api/people/", respond(200, b""))
        with self.client.connect() as connection:
            fields = (JSON, ("Transfer-Encoding", "chunked"))
            connection.send(b"POST /api/people/ HTTP/1.1\r\nHost: test\r\n" + b"".join(f"{name}: {value}\r\n".encode() for name, value in fields) + b"\r\n")
            for piece in (content[:3], content[3:]):
                connection.send(chunk(piece))
            connection.send(last_chunk())
            self.assertEqual(connection.read_response("POST").status, 200)
        self.assert_leaves("/api/needs/?people=2&bu=x", "/api/needs/?people=2&bu=y")

    def test_is_missing_where_it_cannot_be_read(self):
        self.write("POST", "/api/people/", b"id=1", answer=b"", status=200)
        self.assert_leaves()

    def test_counts_though_nobody_knows_what_became_of_the_write(self):
        self.origin.once("GET", "/cards/1/", ok(b"old", FRESH, ("Cache-Groups", '"person:1"')), ok(b"new", FRESH, ("Cache-Groups", '"person:1"')))
        self.read("/cards/1/")
        self.origin.once("POST", "/api/people/", DROP)
        self.assertEqual(self.write("POST", "/api/people/", row(id=1)).status, 502)
        self.assertEqual(self.read("/cards/1/").cache_status.detail, "held")

    def test_named_by_the_application_ends_what_shows_all_too(self):
        self.store("/api/needs/")
        self.write("POST", "/api/other/", answer=b"", answer_fields=(("Cache-Group-Invalidation", '"person:1"'),))
        self.assert_ended("/api/needs/", "/api/needs/?people=1&bu=x")
        self.assert_alive("/api/needs/?people=2&bu=x")

    def test_announced_at_the_admin_door_ends_what_shows_all_too(self):
        self.store("/api/needs/")
        response = Client(self.proxy.admin_address).post("/invalidate", b'{"groups": ["person:1"]}', content_type="application/json")
        self.assertEqual(response.status, 200)
        self.assert_ended("/api/needs/", "/api/needs/?people=1&bu=x")
        self.assert_alive("/api/needs/?people=2&bu=x")

    def test_of_its_path_counts_too(self):
        self.write("DELETE", "/api/units/x/", answer=b"", status=204)
        self.assert_leaves("/api/needs/?people=2&bu=y", "/api/needs/?bu=y")

    def test_of_another_method_is_not_asked(self):
        self.write("PUT", "/api/people/", row(id=1), answer=b"", status=200)
        self.assert_leaves(*self.lists)

    def test_the_application_names_the_same_groups_by_itself(self):
        self.origin.once("GET", "/api/people/1/card/", ok(b"old", FRESH, ("Cache-Groups", '"person:1"')))
        self.read("/api/people/1/card/")
        self.write("POST", "/api/people/", row(id=1), answer=b"", status=200)
        self.assert_ended("/api/people/1/card/")


class BluntAndSafe(Written):
    config = """
writes:
  rules:
    - {path: "/api/admin/{rest...}", invalidate: everything}
    - {path: /api/search/, safe: true}
"""

    def test_everything_ends(self):
        self.store("/a/", "/api/doctors/")
        self.write("POST", "/api/admin/import/", answer=b"", status=200)
        self.assert_ended("/a/", "/api/doctors/")

    def test_what_is_declared_safe_ends_nothing(self):
        """S28: a search, or a login, by POST."""
        self.store("/api/", "/api/search/", "/api/search/?q=1")
        for _ in range(3):
            response = self.write("POST", "/api/search/", answer=b"[]")
            self.assert_forwarded(response, "method", b"[]")
        self.assert_alive("/api/", "/api/search/", "/api/search/?q=1")
        self.assertEqual(self.proxy.metric("sidecache_epoch"), 0)

    def test_what_is_declared_safe_is_sent_once_all_the_same(self):
        """RFC 9110 9.2.2: a login by POST may be no harm to the cache, and is not to run twice."""
        self.origin.once("GET", "/warm/", respond(200, b""))
        with self.client.connect() as connection:
            connection.get("/warm/")
            self.origin.once("POST", "/api/search/", DROP)
            self.assertEqual(connection.request("POST", "/api/search/", (("Content-Length", "0"),)).status, 502)
        self.assertEqual(self.origin.count("POST"), 1)

    def test_what_is_not_declared_is_never_guessed(self):
        self.store("/api/find/")
        self.write("POST", "/api/find/", answer=b"[]")
        self.assert_ended("/api/find/")


class AHoldOfTheRule(Written):
    """A database replica that lags: fills that begin within it bring what was before."""

    config = 'writes: {rules: [{path: "/api/doctors/{id}/", hold: 2s}]}'

    def test_answers_and_does_not_store_for_so_long(self):
        self.store("/api/doctors/5/", "/api/rooms/")
        self.write("PATCH", "/api/doctors/5/", answer=b"{}")
        self.origin.once("GET", "/api/doctors/5/", ok(b"old", FRESH), ok(b"new", FRESH))
        response = self.read("/api/doctors/5/")
        self.assertEqual((response.body, response.cache_status.stored, response.cache_status.detail), (b"old", False, "held"))
        time.sleep(2.1)
        self.assert_body(self.read("/api/doctors/5/"), 200, b"new")
        self.assert_hit(self.read("/api/doctors/5/"), b"new")
        self.assert_alive("/api/rooms/")
        self.assertEqual(self.proxy.metric("sidecache_invalidations_total", cause="unknown_outcome"), 0)


class AFenceAtTheBeginning(Written):
    config = 'writes: {rules: [{path: "/api/doctors/{id}/", methods: [PATCH], fence: begin}]}'

    def begin(self):
        gate = self.origin.gate()
        self.origin.once("PATCH", "/api/doctors/5/", [gate, respond(200, b"{}")])
        writing = self.in_background(self.client.request, "PATCH", "/api/doctors/5/", (JSON,), b"{}")
        gate.wait_for_arrivals()
        return gate, writing

    def test_ends_what_is_stored_before_the_origin_sees_the_write(self):
        self.store("/api/doctors/5/", "/api/rooms/")
        gate, writing = self.begin()
        self.origin.once("GET", "/api/doctors/5/", ok(b"perhaps", FRESH))
        response = self.read("/api/doctors/5/")
        self.assertEqual((response.body, response.cache_status.detail), (b"perhaps", "held"))
        self.assert_alive("/api/rooms/")
        gate.open()
        self.assertEqual(writing.result().status, 200)
        self.assert_ended("/api/doctors/5/")
        self.assert_hit(self.read("/api/doctors/5/"), b"new")
        self.assertEqual(self.proxy.metric("sidecache_invalidations_total", cause="begun"), 1)

    def test_is_opened_again_by_whatever_becomes_of_the_write(self):
        for answer, status in ((respond(422, b"{}"), 422), (respond(404, b"{}"), 404), (respond(500, b"{}"), 500), (chunked(b"{", b"}"), 200)):
            with self.subTest(status):
                self.origin.once("PATCH", "/api/doctors/5/", answer)
                self.assertEqual(self.write("PATCH", "/api/doctors/5/").status, status)
                self.assert_ended("/api/doctors/5/")
                self.assert_hit(self.read("/api/doctors/5/"), b"new")
                self.origin.once("PUT", "/api/doctors/5/", respond(204))
                self.client.put("/api/doctors/5/")

    def test_without_it_what_is_stored_answers_until_the_write_is_answered(self):
        self.store("/api/doctors/5/")
        gate = self.origin.gate()
        self.origin.once("PUT", "/api/doctors/5/", [gate, respond(200, b"{}")])
        writing = self.in_background(self.client.request, "PUT", "/api/doctors/5/", (JSON,), b"{}")
        gate.wait_for_arrivals()
        self.assert_alive("/api/doctors/5/")
        gate.open()
        writing.result()
        self.assert_ended("/api/doctors/5/")


class AReload(Written):
    """Writes and fetches that are under way go by the rules that they began with; what is stored by the new ones ends with them all the same."""

    config = "routes: []\n"
    rules = Appointments.config

    def reload(self):
        self.proxy.write_config(self.rules)
        self.proxy.hang_up()
        self.proxy.wait_for_log('"event":"reloaded"')

    def test_between_a_write_and_its_answer_loses_no_name(self):
        gate = self.origin.gate()
        self.origin.once("PATCH", "/api/appointments/3/", [gate, respond(200, row(doctor=5, patient=7), JSON)])
        writing = self.in_background(self.client.request, "PATCH", "/api/appointments/3/", (JSON,), b"{}")
        gate.wait_for_arrivals()
        self.reload()
        self.store("/api/doctors/5/stats/")
        gate.open()
        self.assertEqual(writing.result().status, 200)
        self.assert_ended("/api/doctors/5/stats/")

    def test_between_a_fetch_and_its_answer_leaves_nothing_without_its_groups(self):
        gate = self.origin.gate()
        self.origin.once("GET", "/api/doctors/5/stats/", [gate, ok(b"old", FRESH)])
        reading = self.in_background(self.read, "/api/doctors/5/stats/")
        gate.wait_for_arrivals()
        self.reload()
        gate.open()
        self.assert_body(reading.result(), 200, b"old")
        self.write("PATCH", "/api/appointments/3/", answer=row(doctor=5, patient=7))
        self.assert_ended("/api/doctors/5/stats/")


class MovesAtRandom(Scenario):
    """Appointments move from doctor to doctor by writes that overlap, and the lists of the doctors are read meanwhile: one that is asked for after a move was
    answered shows it, whether the doctor lost or got the row."""

    doctors, rows = 4, 6

    def setUp(self):
        super().setUp()
        self.lock = threading.Lock()
        self.version = 0
        self.doctor_of = {number: number % self.doctors for number in range(self.rows)}
        self.versions = [0] * self.doctors  # of each list at the origin
        self.least = [0] * self.doctors     # what whoever asks now has to see

    def show_row(self, exchange):
        with self.lock:
            doctor = self.doctor_of[int(exchange.request.target.split("/")[3])]
        exchange.play(ok(row(doctor=doctor), FRESH, JSON))

    def show_list(self, exchange):
        with self.lock:
            version = self.versions[int(exchange.request.target.split("/")[3])]
        time.sleep(random.random() * 0.004)
        exchange.play(ok(str(version).encode(), FRESH))

    def move(self, exchange):
        number, doctor = int(exchange.request.target.split("/")[3]), json.loads(exchange.request.body)["doctor"]
        time.sleep(random.random() * 0.004)
        with self.lock:
            self.version += 1
            before, self.doctor_of[number] = self.doctor_of[number], doctor
            self.versions[before] = self.versions[doctor] = version = self.version
        time.sleep(random.random() * 0.004)
        exchange.play(respond(200, row(doctor=doctor, before=before, version=version), JSON))

    def write_for_a_while(self, seed):
        rng = random.Random(seed)
        with self.client.connect() as connection:
            while time.monotonic() < self.end:
                target = f"/api/appointments/{rng.randrange(self.rows)}/"
                connection.request("GET", target)
                answer = json.loads(connection.request("PATCH", target, (JSON,), row(doctor=rng.randrange(self.doctors))).body)
                with self.lock:
                    for doctor in (answer["before"], answer["doctor"]):
                        self.least[doctor] = max(self.least[doctor], answer["version"])
                time.sleep(rng.random() * 0.02)

    def read_for_a_while(self, seed):
        rng = random.Random(seed)
        hits = 0
        with self.client.connect() as connection:
            while time.monotonic() < self.end:
                doctor = rng.randrange(self.doctors)
                with self.lock:
                    least = self.least[doctor]
                response = connection.request("GET", f"/api/doctors/{doctor}/stats/")
                self.assertGreaterEqual(int(response.body), least, (doctor, response))
                hits += bool(response.cache_status.hit)
        return hits

    def hits_of_all(self, seconds=6):
        self.origin.always("GET", re.compile("/api/appointments/.*"), self.show_row)
        self.origin.always("GET", re.compile("/api/doctors/.*"), self.show_list)
        self.origin.always("PATCH", re.compile(".*"), self.move)
        self.end = time.monotonic() + seconds
        writing = [self.in_background(self.write_for_a_while, seed) for seed in range(4)]
        reading = [self.in_background(self.read_for_a_while, seed) for seed in range(8)]
        for each in writing:
            each.result()
        return sum(each.result() for each in reading)


class NoMoveIsMissed(MovesAtRandom):
    config = MovedRows.config

    def test_by_who_asks_after_it(self):
        self.assertGreater(self.hits_of_all(), 0, "nothing was reused: this test has shown nothing")


class WithoutTheRule(MovesAtRandom):
    """What the check is worth."""

    def test_moves_are_missed_and_that_is_found(self):
        with self.assertRaises(AssertionError):
            self.hits_of_all()


class WithoutTheOldValue(MovesAtRandom):
    config = MovedRows.config.replace('"doctor:{stored:/doctor}", ', "")

    def test_moves_are_missed_and_that_is_found(self):
        with self.assertRaises(AssertionError):
            self.hits_of_all()


if __name__ == "__main__":
    unittest.main()
