"""The records API behind the configuration that is shipped: what each role is given of what is private, and the slow page of staffing,
made once for all of a role, and anew after a write that it shows."""

import pathlib
import unittest

import harness_django
from harness_django import authorization
from test_django import Person

from harness import Sidecache

SHIPPED = pathlib.Path(__file__).resolve().parents[2] / "config" / "sidecache.yaml"
NEEDS = "/api/jobs/needs/"
OF_A_ROLE = (NEEDS, "/api/patients/", "/api/appointments/")  # kept for all of a role; all else that is private is the browser's
OTHER = {"Authorization": "Token other-doctors-token"}
GUEST = {"Authorization": "Token guests-token"}

PEOPLE = ("admin", "doctor", "receptionist", "guest", None)  # a guest has an account and no role; None is nobody
STATUSES = {  # of each private area, in the order of PEOPLE
    "/api/patients/": (200, 200, 200, 403, 401),
    "/api/appointments/": (200, 200, 200, 403, 401),
    "/api/medical-records/": (200, 200, 403, 403, 401),
    "/api/lab-results/": (200, 200, 403, 403, 401),
    NEEDS: (200, 200, 200, 403, 401),
}


def setUpModule():
    reason = harness_django.missing()
    if reason is not None:
        raise unittest.SkipTest(reason)
    global api
    api = harness_django.RecordsApi(doctors=5, patients=10, appointments=40)
    unittest.addModuleCleanup(api.close)
    api.manage("shell", "-c", "\n".join((
        "from django.contrib.auth.models import User",
        "from rest_framework.authtoken.models import Token",
        "from records.models import StaffMember",
        "user = User.objects.create_user('other')",
        "StaffMember.objects.create(user=user, role='doctor')",
        "Token.objects.create(user=user, key='other-doctors-token')",
        "guest = User.objects.create_user('guest', password='guest')",
        "Token.objects.create(user=guest, key='guests-token')",
    )))


class ShippedConfiguration(unittest.TestCase):
    """Addresses apart, as ./run.sh starts it."""

    def setUp(self):
        self.proxy = Sidecache(api.url, "--config", str(SHIPPED))
        self.addCleanup(self.proxy.stop)

    def person(self, headers):
        person = Person(self.proxy.address[1], headers)
        self.addCleanup(person.close)
        return person

    def by_token(self, who):
        return self.person(GUEST if who == "guest" else authorization(who) if who else None)

    def by_session(self, who):
        """Logged in through the proxy, and what it sends to log out."""
        answer = self.person(None).ask("POST", "/api/auth/login/", {"username": who, "password": who})
        self.assertEqual(answer.status, 200, answer.content)
        cookies = dict(value.partition(";")[0].split("=", 1) for value in answer.headers.get_all("Set-Cookie"))
        person = self.person({"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())})
        return person, {"X-CSRFToken": cookies["csrftoken"]}

    def assert_refused(self, answer, status):
        """With the API's own words and no others."""
        self.assertEqual((answer.status, list(answer.json)), (status, ["detail"]), answer.content)
        self.assertFalse(answer.is_hit, answer.cache_status)


class Private(ShippedConfiguration):
    def assert_each_is_given_what_is_theirs(self, people):
        """Each asks twice by token and, who has an account, twice in a session; the rows are there for whoever may see them."""
        askers = [(who, asker) for who in people for asker in ([self.by_token(who)] + ([self.by_session(who)[0]] if who else []))]
        for address, statuses in STATUSES.items():
            expected, hits = dict(zip(PEOPLE, statuses)), 0
            for who, asker in askers:
                for _ in range(2):
                    with self.subTest(address, who=who):
                        answer = asker.get(address)
                        if expected[who] != 200:
                            self.assert_refused(answer, expected[who])
                            continue
                        self.assertEqual(answer.status, 200, answer.content)
                        self.assertTrue(answer.json["results"])
                        hits += answer.is_hit
            with self.subTest(address):
                self.assertEqual(hits > 0, address in OF_A_ROLE)

    def test_each_role_is_given_what_is_its_own_whoever_asked_before(self):
        self.assert_each_is_given_what_is_theirs(PEOPLE)

    def test_and_if_those_ask_first_who_are_refused(self):
        self.assert_each_is_given_what_is_theirs(tuple(reversed(PEOPLE)))

    def test_a_write_of_one_role_is_seen_by_every_other_at_once(self):
        doctor, admin, receptionist = map(self.by_token, ("doctor", "admin", "receptionist"))
        for turn in range(5):
            for reader in (doctor, admin):
                for address in ("/api/patients/", "/api/patients/1/", "/api/patients/?search=0", "/api/appointments/"):
                    reader.get(address)
                self.assertTrue(reader.get("/api/patients/1/").is_hit)
            phone = f"+1-555-{turn:04}"
            self.assertEqual(receptionist.ask("PATCH", "/api/patients/1/", {"phone": phone}).status, 200)
            for reader in (doctor, admin):
                self.assertEqual(reader.get("/api/patients/1/").json["phone"], phone)
                rows = [row for row in reader.get("/api/patients/").json["results"] if row["id"] == 1]
                self.assertEqual([row["phone"] for row in rows], [phone])

    def test_who_has_logged_out_is_given_nothing_more(self):
        doctor, token = self.by_session("doctor")
        for address in STATUSES:
            self.assertEqual([doctor.get(address).status for _ in range(3)], [200] * 3)
        for address in OF_A_ROLE:
            self.assertTrue(doctor.get(address).is_hit, address)
        self.assertEqual(doctor.ask("POST", "/api/auth/logout/", headers=token).status, 204)
        for address in STATUSES:
            for _ in range(2):
                with self.subTest(address):
                    self.assert_refused(doctor.get(address), 401)


class Needs(ShippedConfiguration):
    def setUp(self):
        super().setUp()
        self.doctor, self.other = self.by_token("doctor"), self.person(OTHER)

    def known(self, person):
        """Whose role the proxy has heard: the first answer tells it."""
        self.assertFalse(person.get(NEEDS).is_hit)
        return person

    def store(self):
        self.known(self.doctor).get(NEEDS)
        answer = self.doctor.get(NEEDS)
        self.assertTrue(answer.is_hit, answer.cache_status)
        return answer

    def test_what_one_doctor_asked_for_answers_the_other(self):
        stored = self.store()
        answer = self.known(self.other).get(NEEDS)
        self.assertTrue(answer.is_hit, answer.cache_status)
        self.assertEqual(answer.content, stored.content)
        self.assertNotIn("X-Role", answer.headers)

    def test_another_role_and_nobody_get_none_of_it(self):
        self.store()
        receptionist = self.known(self.by_token("receptionist"))
        self.assertFalse(receptionist.get(NEEDS).is_hit)
        for _ in range(2):
            self.assert_refused(self.by_token(None).get(NEEDS), 401)

    def test_who_is_sent_to_a_job_is_shown_by_the_next_read(self):
        job = self.store().json["results"][0]["id"]
        people = f"Job.objects.get(pk={job}).people"
        for write, is_shown in ((f"{people}.add(Person.objects.create(first_name='New', last_name='Person'))", True),
                                (f"{people}.remove(Person.objects.get(first_name='New'))", False)):
            api.manage("shell", "-c", f"from records.models import Job, Person; {write}",
                       RECORDS_SIDECACHE_ADMIN="http://%s:%d" % self.proxy.admin_address)
            answer = self.doctor.get(NEEDS)
            self.assertFalse(answer.is_hit, answer.cache_status)
            names = [person["name"] for person in answer.json["results"][0]["people"]]
            self.assertEqual("New Person" in names, is_shown)
            self.assertTrue(self.doctor.get(NEEDS).is_hit)
