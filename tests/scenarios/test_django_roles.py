"""The staffing page of the records API, slow on purpose: made once for all of a role, and anew after a write that it shows."""

import unittest

import harness_django
from harness_django import authorization
from test_django import Person

from harness import Sidecache

NEEDS = "/api/jobs/needs/"
OTHER = {"Authorization": "Token other-doctors-token"}


def setUpModule():
    reason = harness_django.missing()
    if reason is not None:
        raise unittest.SkipTest(reason)
    global api
    api = harness_django.RecordsApi(doctors=1, patients=1, appointments=1)
    unittest.addModuleCleanup(api.close)
    api.manage("shell", "-c", "\n".join((
        "from django.contrib.auth.models import User",
        "from rest_framework.authtoken.models import Token",
        "from records.models import StaffMember",
        "user = User.objects.create_user('other')",
        "StaffMember.objects.create(user=user, role='doctor')",
        "Token.objects.create(user=user, key='other-doctors-token')",
    )))


class Needs(unittest.TestCase):
    def setUp(self):
        self.proxy = Sidecache(api.url, "--set", "principals.role={header: Authorization, role_header: X-Role}", "--set",
                               f"routes=[{{path: {NEEDS}, principal: role, fresh: 5m}}]")
        self.addCleanup(self.proxy.stop)
        self.doctor, self.other = self.person(authorization("doctor")), self.person(OTHER)

    def person(self, headers):
        person = Person(self.proxy.address[1], headers)
        self.addCleanup(person.close)
        return person

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
        receptionist = self.known(self.person(authorization("receptionist")))
        self.assertFalse(receptionist.get(NEEDS).is_hit)
        for _ in range(2):
            self.assertEqual(self.person(None).get(NEEDS).status, 401)

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
