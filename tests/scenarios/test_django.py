"""The real records API (Django REST framework under gunicorn) behind sidecache: what clients rely on."""

import contextlib
import http.client
import itertools
import json
import os
import random
import re
import threading
import time
import unittest

import harness_django
from harness_django import authorization

from harness import PATIENCE, Sidecache


class Answer:
    def __init__(self, status, headers, content):
        self.status = status
        self.headers = headers
        self.content = content
        self.cache_status = headers.get("Cache-Status", "")

    @property
    def json(self):
        return json.loads(self.content)

    @property
    def is_hit(self):
        return "; hit" in self.cache_status


class Person:
    """One client with one connection, kept open."""

    def __init__(self, port, headers=None):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE * 3)
        self._headers = dict(headers or {})

    def close(self):
        self._connection.close()

    def ask(self, method, target, body=None, headers=None):
        fields = {**self._headers, **(headers or {})}
        if body is not None:
            fields["Content-Type"] = "application/json"
            body = json.dumps(body)
        self._connection.request(method, target, body, fields)
        response = self._connection.getresponse()
        return Answer(response.status, response.headers, response.read())

    def get(self, target, **headers):
        return self.ask("GET", target, headers={name.replace("_", "-"): value for name, value in headers.items()})


def setUpModule():
    reason = harness_django.missing()
    if reason is not None:
        raise unittest.SkipTest(reason)
    global api
    api = harness_django.RecordsApi()
    unittest.addModuleCleanup(api.close)


class RecordsCase(unittest.TestCase):
    """A sidecache with an empty store for each test, before the one API."""

    settings = ()

    def setUp(self):
        self.proxy = Sidecache(api.url, *self.settings)
        self.addCleanup(self.proxy.stop)
        self.port = self.proxy.address[1]
        self.anonymous = self.person()
        self.doctor = self.person("doctor")

    def person(self, user=None, headers=None):
        person = Person(self.port, authorization(user) if user else headers)
        self.addCleanup(person.close)
        return person

    def assert_stored(self, target):
        """The first read is fetched, the second comes out of the store and is the same."""
        first = self.anonymous.get(target)
        self.assertEqual(first.status, 200, first.content)
        self.assertFalse(first.is_hit, first.cache_status)
        self.assertIn("stored", first.cache_status)
        second = self.anonymous.get(target)
        self.assertTrue(second.is_hit, second.cache_status)
        self.assertEqual((second.status, second.content), (200, first.content))
        self.assertIn("Age", second.headers)
        return second

    def new_doctor(self, name):
        return {"first_name": name, "last_name": "Zyx", "specialty": "Testing", "department": 1, "email": f"{name}@hospital.example".lower(),
                "licence_number": f"NEW-{name}"[:20]}


class PublicReads(RecordsCase):
    def test_a_list_is_fetched_once(self):
        answer = self.assert_stored("/api/doctors/")
        self.assertEqual(answer.json["count"], 25)

    def test_a_detail_is_fetched_once(self):
        self.assertEqual(self.assert_stored("/api/doctors/1/").json["id"], 1)

    def test_statistics_are_fetched_once(self):
        self.assertEqual(self.assert_stored("/api/doctors/1/stats/").json["doctor"], 1)

    def test_each_search_is_fetched_once_and_has_its_own_answer(self):
        everybody = self.assert_stored("/api/doctors/").json["count"]
        specialty = self.anonymous.get("/api/doctors/2/").json["specialty"].split()[0]
        found = self.assert_stored(f"/api/doctors/?search={specialty}").json
        self.assertTrue(0 < found["count"] < everybody)
        self.assertEqual(self.assert_stored("/api/doctors/?search=nobody-at-all").json["count"], 0)

    def test_the_order_of_parameters_makes_no_difference(self):
        self.anonymous.get("/api/doctors/?page=2&page_size=5")
        self.assertTrue(self.anonymous.get("/api/doctors/?page_size=5&page=2").is_hit)

    def test_hosts_share_nothing_since_links_name_the_host(self):
        first = self.anonymous.get("/api/doctors/?page_size=5")
        other = self.anonymous.get("/api/doctors/?page_size=5", Host=f"localhost:{self.port}")
        self.assertFalse(other.is_hit)
        self.assertIn("//127.0.0.1:", first.json["next"])
        self.assertIn("//localhost:", other.json["next"])

    def test_who_is_logged_in_gets_the_public_answer_of_the_store(self):
        first = self.anonymous.get("/api/doctors/3/")
        second = self.doctor.get("/api/doctors/3/")
        self.assertTrue(second.is_hit, second.cache_status)
        self.assertEqual(second.content, first.content)

    def test_a_refusal_of_html_is_not_given_to_who_wants_json(self):
        self.assertEqual(self.anonymous.get("/api/doctors/4/", Accept="text/html").status, 406)
        self.assertEqual(self.anonymous.get("/api/doctors/4/", Accept="application/json").status, 200)
        self.assertEqual(self.anonymous.get("/api/doctors/4/", Accept="text/html").status, 406)

    def test_head_is_answered_from_the_stored_get(self):
        stored = self.assert_stored("/api/doctors/5/")
        head = self.anonymous.ask("HEAD", "/api/doctors/5/")
        self.assertTrue(head.is_hit, head.cache_status)
        self.assertEqual((head.content, head.headers["Content-Length"]), (b"", str(len(stored.content))))

    def test_a_client_that_has_it_gets_304_from_the_store(self):
        tag = self.assert_stored("/api/doctors/6/").headers["ETag"]
        answer = self.anonymous.get("/api/doctors/6/", If_None_Match=tag)
        self.assertEqual((answer.status, answer.content, answer.headers["ETag"]), (304, b"", tag))
        self.assertTrue(answer.is_hit, answer.cache_status)
        self.assertEqual(self.anonymous.get("/api/doctors/6/", If_None_Match='"other"').status, 200)

    def test_a_client_that_has_what_was_replaced_does_not_get_304(self):
        old = self.assert_stored("/api/doctors/7/").headers["ETag"]
        self.assertEqual(self.doctor.ask("PATCH", "/api/doctors/7/", {"specialty": "Replaced"}).status, 200)
        answer = self.anonymous.get("/api/doctors/7/", If_None_Match=old)
        self.assertEqual((answer.status, answer.json["specialty"]), (200, "Replaced"))
        self.assertNotEqual(answer.headers["ETag"], old)


class Writes(RecordsCase):
    def test_after_a_patch_list_search_detail_and_statistics_are_fresh(self):
        targets = {name: f"/api/doctors/{rest}" for name, rest in
                   (("list", "?page_size=100"), ("detail", "8/"), ("search", "?search=Zymurgy"), ("stats", "8/stats/"))}
        for target in targets.values():
            self.assert_stored(target)
        patched = self.doctor.ask("PATCH", "/api/doctors/8/", {"specialty": "Zymurgy", "first_name": "Renamed"})
        self.assertEqual(patched.status, 200)
        self.assertFalse(patched.is_hit)
        seen = {name: self.anonymous.get(target) for name, target in targets.items()}
        for name, answer in seen.items():
            self.assertFalse(answer.is_hit, f"{name}: {answer.cache_status}")
        self.assertEqual(seen["detail"].json["specialty"], "Zymurgy")
        self.assertEqual([each["specialty"] for each in seen["list"].json["results"] if each["id"] == 8], ["Zymurgy"])
        self.assertEqual([each["id"] for each in seen["search"].json["results"]], [8])
        self.assertIn("Renamed", seen["stats"].json["doctor_name"])
        for target in targets.values():
            self.assertTrue(self.anonymous.get(target).is_hit, "and stored again")

    def test_a_patch_leaves_other_rows_stored(self):
        self.assert_stored("/api/doctors/10/")
        self.assert_stored("/api/departments/")
        self.assertEqual(self.doctor.ask("PATCH", "/api/doctors/9/", {"specialty": "Elsewhere"}).status, 200)
        self.assertTrue(self.anonymous.get("/api/doctors/10/").is_hit)
        self.assertTrue(self.anonymous.get("/api/departments/").is_hit)

    def test_a_put_replaces_what_is_stored(self):
        row = self.assert_stored("/api/doctors/11/").json
        row["specialty"] = "Put"
        self.assertEqual(self.doctor.ask("PUT", "/api/doctors/11/", row).status, 200)
        self.assertEqual(self.anonymous.get("/api/doctors/11/").json["specialty"], "Put")

    def test_a_post_shows_in_the_list_and_ends_the_404_of_its_new_row(self):
        before = self.assert_stored("/api/doctors/?page_size=100").json
        probe = self.doctor.ask("POST", "/api/doctors/", self.new_doctor("Probe")).json["id"]
        self.assertEqual(self.doctor.ask("DELETE", f"/api/doctors/{probe}/").status, 204)
        next_id = probe + 1  # ids are never given twice
        for _ in range(2):
            self.assertEqual(self.anonymous.get(f"/api/doctors/{next_id}/").status, 404)
        created = self.doctor.ask("POST", "/api/doctors/", self.new_doctor("Posted"))
        self.assertEqual((created.status, created.json["id"]), (201, next_id))
        self.addCleanup(self.doctor.ask, "DELETE", f"/api/doctors/{next_id}/")
        self.assertEqual(self.anonymous.get("/api/doctors/?page_size=100").json["count"], before["count"] + 1)
        self.assertEqual(self.anonymous.get(f"/api/doctors/{next_id}/").json["first_name"], "Posted")

    def test_a_delete_ends_detail_statistics_and_its_place_in_the_list(self):
        row = self.doctor.ask("POST", "/api/doctors/", self.new_doctor("Deleted")).json["id"]
        before = self.assert_stored("/api/doctors/?page_size=100").json["count"]
        self.assert_stored(f"/api/doctors/{row}/")
        self.assert_stored(f"/api/doctors/{row}/stats/")
        self.assertEqual(self.doctor.ask("DELETE", f"/api/doctors/{row}/").status, 204)
        self.assertEqual(self.anonymous.get(f"/api/doctors/{row}/").status, 404)
        self.assertEqual(self.anonymous.get(f"/api/doctors/{row}/stats/").status, 404)
        self.assertEqual(self.anonymous.get("/api/doctors/?page_size=100").json["count"], before - 1)

    def test_a_write_that_is_refused_leaves_everything_stored(self):
        self.assert_stored("/api/doctors/12/")
        self.assertEqual(self.anonymous.ask("PATCH", "/api/doctors/12/", {"specialty": "No"}).status, 401)
        self.assertEqual(self.doctor.ask("PATCH", "/api/doctors/12/", {"email": "no address"}).status, 400)
        self.assertTrue(self.anonymous.get("/api/doctors/12/").is_hit)

    def test_an_appointment_that_is_moved_is_moved_for_the_next_reader(self):
        row = self.doctor.get("/api/appointments/1/").json
        moved = self.doctor.ask("PATCH", "/api/appointments/1/", {"doctor": row["doctor"] % 25 + 1, "starts_at": "2030-01-01T08:00:00Z"})
        self.assertEqual(moved.status, 200)
        self.assertEqual(self.doctor.get("/api/appointments/1/").json["starts_at"], "2030-01-01T08:00:00Z")
        self.assertEqual(self.doctor.get("/api/appointments/").json["results"][0]["id"], 1)


class StaticFiles(RecordsCase):
    def test_a_file_is_fetched_once_by_the_name_that_the_start_page_gives_it(self):
        page = self.anonymous.get("/").content.decode()
        name = re.search(r'href="(/static/records\.[0-9a-f]+\.css)"', page)[1]
        self.assertIn("immutable", self.assert_stored(name).headers["Cache-Control"])


class PrivateReads(RecordsCase):
    def test_patients_are_nobodys_but_who_may_see_them(self):
        for _ in range(2):
            self.assertEqual(self.anonymous.get("/api/patients/").status, 401)
            self.assertEqual(self.doctor.get("/api/patients/").json["count"], 30)
            self.assertEqual(self.person(headers={"Authorization": "Token wrong"}).get("/api/patients/").status, 401)

    def test_patients_are_never_stored(self):
        for _ in range(3):
            answer = self.doctor.get("/api/patients/1/")
            self.assertEqual(answer.status, 200)
            self.assertNotIn("hit", answer.cache_status)
            self.assertNotIn("stored", answer.cache_status)
            self.assertIn("X-Query-Count", answer.headers)

    def test_a_client_that_has_its_patient_gets_304_from_the_api(self):
        tag = self.doctor.get("/api/patients/2/").headers["ETag"]
        answer = self.doctor.get("/api/patients/2/", If_None_Match=tag)
        self.assertEqual((answer.status, answer.content), (304, b""))
        self.assertEqual(self.anonymous.get("/api/patients/2/", If_None_Match=tag).status, 401)

    def test_a_patient_that_is_changed_is_changed_for_everybody_who_may_see_it(self):
        receptionist = self.person("receptionist")
        receptionist.get("/api/patients/3/")
        self.assertEqual(self.doctor.ask("PATCH", "/api/patients/3/", {"phone": "+1-000"}).status, 200)
        self.assertEqual(receptionist.get("/api/patients/3/").json["phone"], "+1-000")

    def test_answers_to_different_people_never_mix(self):
        # One address, asked at once by people who must get different answers.
        wanted = {None: (401, "Authentication credentials were not provided."), "wrong": (401, "Invalid token."),
                  "doctor": (200, 30), "receptionist": (200, 30)}
        mixed = []

        def told(answer):
            content = answer.json
            return answer.status, content["detail"] if "detail" in content else content["count"]

        def read(who):
            headers = authorization(who) if who in harness_django.TOKENS else {"Authorization": "Token wrong"} if who else None
            with contextlib.closing(Person(self.port, headers)) as person:
                for _ in range(20):
                    answer = person.get("/api/patients/?page_size=1")
                    if told(answer) != wanted[who] or answer.is_hit:
                        mixed.append((who, answer.status, answer.cache_status, answer.content))

        run_together(itertools.chain.from_iterable([lambda who=who: read(who)] * 3 for who in wanted))
        self.assertEqual(mixed, [])

    def test_tokens_and_sessions_of_different_people_never_mix(self):
        mixed = []

        def log_in(who):
            with contextlib.closing(Person(self.port)) as person:
                for _ in range(5):
                    credentials = {"username": who, "password": who}
                    token = person.ask("POST", "/api/auth/token/", credentials)
                    if token.json.get("token") != harness_django.TOKENS[who]:
                        mixed.append((who, token.content))
                    session = person.ask("POST", "/api/auth/login/", credentials)
                    if session.json.get("username") != who:
                        mixed.append((who, session.content))

        run_together([lambda who=who: log_in(who) for who in ("doctor", "receptionist", "doctor", "receptionist")])
        self.assertEqual(mixed, [])


class Sessions(RecordsCase):
    def log_in(self):
        answer = self.anonymous.ask("POST", "/api/auth/login/", {"username": "doctor", "password": "doctor"})
        self.assertEqual(answer.status, 200)
        cookies = [value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie")]
        return answer, dict(cookie.split("=", 1) for cookie in cookies)

    def test_a_login_sets_its_own_cookies_each_time_and_is_not_stored(self):
        first, cookies = self.log_in()
        self.assertEqual(set(cookies), {"sessionid", "csrftoken"})
        second, others = self.log_in()
        self.assertNotEqual(cookies["sessionid"], others["sessionid"])
        for answer in (first, second):
            self.assertNotIn("hit", answer.cache_status)
            self.assertNotIn("stored", answer.cache_status)

    def test_a_session_reads_and_writes_what_the_anonymous_may_not(self):
        _, cookies = self.log_in()
        member = self.person(headers={"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())})
        self.assertEqual(member.get("/api/patients/").status, 200)
        self.assertEqual(self.anonymous.get("/api/patients/").status, 401)
        self.assert_stored("/api/doctors/13/")
        self.assertEqual(member.ask("PATCH", "/api/doctors/13/", {"specialty": "Refused"}).status, 403)  # no CSRF token
        self.assertTrue(self.anonymous.get("/api/doctors/13/").is_hit)
        written = member.ask("PATCH", "/api/doctors/13/", {"specialty": "Session"}, {"X-CSRFToken": cookies["csrftoken"]})
        self.assertEqual(written.status, 200)
        self.assertEqual(self.anonymous.get("/api/doctors/13/").json["specialty"], "Session")

    def test_public_reads_of_a_session_hand_out_no_cookie(self):
        _, cookies = self.log_in()
        member = self.person(headers={"Cookie": f"sessionid={cookies['sessionid']}"})
        self.assertNotIn("Set-Cookie", member.get("/api/doctors/14/").headers)
        answer = self.anonymous.get("/api/doctors/14/")
        self.assertTrue(answer.is_hit, answer.cache_status)
        self.assertNotIn("Set-Cookie", answer.headers)


class Cost(RecordsCase):
    def test_the_access_log_tells_the_queries_that_a_fetch_cost_and_none_for_a_hit(self):
        for _ in range(2):
            self.anonymous.get("/api/doctors/15/stats/")
        fetched, hit = self.proxy.access_log(2)
        self.assertEqual((fetched["outcome"], fetched["origin_queries"]), ("miss", 5))
        self.assertEqual(hit["outcome"], "hit")
        self.assertNotIn("origin_queries", hit)

    def test_a_crowd_costs_the_api_one_fetch(self):
        run_together([lambda: self.read_once("/api/doctors/16/stats/")] * 20)
        lines = self.proxy.access_log(20)
        self.assertEqual(sum("origin_queries" in line for line in lines), 1, [line["outcome"] for line in lines])

    def read_once(self, target):
        with contextlib.closing(Person(self.port)) as person:
            self.assertEqual(person.get(target).status, 200)


class NoStaleReads(RecordsCase):
    """Writers raise a number in a doctor's specialty; whoever asks after the answer to n must see n or more."""

    written_rows = (17, 18, 19, 20)
    reader_count = 100
    least_writes, most_writes = 20, 400  # of each row
    least_reads = 500                    # of each kind, while writes go on

    def test_no_reader_sees_what_an_answered_write_replaced(self):
        answered = {row: 0 for row in self.written_rows}  # each is raised by its one writer only
        for row in self.written_rows:
            self.assertEqual(self.doctor.ask("PATCH", f"/api/doctors/{row}/", {"specialty": "v0"}).status, 200)
        stale, failed, counts = [], [], {"detail": 0, "list": 0, "hits": 0}
        lock = threading.Lock()
        writing = set(self.written_rows)

        # It ends with what has been done and never with the time: a busy machine does as much, later. SQLite's lock is not taken in turn, so that
        # one writer may wait for the others to end.
        def is_enough(version):
            with lock:
                return version > self.most_writes or version > self.least_writes and min(counts.values()) > self.least_reads

        def note(kind, answer, seen, least):
            with lock:
                counts[kind] += 1
                counts["hits"] += answer.is_hit
                stale.extend((kind, row, seen.get(row), least[row], answer.cache_status) for row in least if seen.get(row, -1) < least[row])

        def read(seed):
            chance = random.Random(seed)
            with contextlib.closing(Person(self.port)) as person:
                while writing:
                    if chance.random() < 0.5:
                        row = chance.choice(self.written_rows)
                        least = {row: answered[row]}
                        answer = person.get(f"/api/doctors/{row}/")
                        rows = [answer.json]
                        kind = "detail"
                    else:
                        least = dict(answered)
                        answer = person.get("/api/doctors/?page_size=100")
                        rows = answer.json["results"]
                        kind = "list"
                    note(kind, answer, {each["id"]: version_of(each["specialty"]) for each in rows}, least)
                    time.sleep(chance.uniform(0.005, 0.03))  # a thinking reader: the writers need the CPU as well

        def write(row):
            try:
                raise_number(row)
            finally:
                writing.remove(row)

        def raise_number(row):
            with contextlib.closing(Person(self.port, authorization("doctor"))) as person:
                for version in itertools.count(1):
                    if is_enough(version):
                        break
                    answer = person.ask("PATCH", f"/api/doctors/{row}/", {"specialty": f"v{version}"})
                    if answer.status != 200:
                        failed.append((row, version, answer.status, answer.content))
                        break
                    answered[row] = version
                    time.sleep(0.02)

        readers = [lambda seed=seed: read(seed) for seed in range(self.reader_count)]
        run_together(readers + [lambda row=row: write(row) for row in self.written_rows])
        if os.environ.get("SIDECACHE_TEST_VERBOSE"):
            print(f"{self.id()}: {counts}, writes {sum(answered.values())}", flush=True)
        self.assertEqual(failed, [])
        self.assertEqual(stale[:5], [], f"{len(stale)} stale reads of {counts}")
        self.assertGreaterEqual(min(answered.values()), self.least_writes, answered)
        self.assertGreater(min(counts.values()), self.least_reads, counts)


class OriginDown(RecordsCase):
    def test_the_api_may_stop_and_come_back_without_a_restart(self):
        self.assert_stored("/api/doctors/21/")
        self.addCleanup(lambda: api.is_running or api.start())
        api.stop()
        answer = self.anonymous.get("/api/doctors/22/")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (502, "application/json"))
        self.assertEqual((answer.json["status"], answer.json["error"]), (502, "connection_refused"))
        self.assertIn("error=connection_refused", answer.headers["Proxy-Status"])
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(self.doctor.ask("PATCH", "/api/doctors/22/", {"specialty": "Lost"}).status, 502)
        self.assertTrue(self.anonymous.get("/api/doctors/21/").is_hit, "what is stored and fresh needs no API")
        api.start()
        self.assertEqual(self.anonymous.get("/api/doctors/22/").status, 200)
        self.assertEqual(self.doctor.ask("PATCH", "/api/doctors/22/", {"specialty": "Back"}).status, 200)
        self.assertEqual(self.anonymous.get("/api/doctors/22/").json["specialty"], "Back")


def version_of(specialty):
    return int(specialty[1:]) if specialty[:1] == "v" and specialty[1:].isdigit() else -1


def run_together(works):
    """Runs all at once; what one of them raises is raised here."""
    raised = []

    def guarded(work):
        try:
            work()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 60
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
        if thread.is_alive():
            raise TimeoutError("somebody still waits")
    if raised:
        raise raised[0]


if __name__ == "__main__":
    unittest.main()
