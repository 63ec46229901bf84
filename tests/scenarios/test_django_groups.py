"""The records API with sidecache_django: writes that never pass the proxy, told after their commit by whoever made them."""

import contextlib
import socket
import subprocess
import threading
import unittest

import harness_django
from harness_django import authorization
from test_django import Person

from harness import PATIENCE, Gate, ScriptedOrigin, Sidecache, head

DOCTORS = 25


def setUpModule():
    reason = harness_django.missing()
    if reason is not None:
        raise unittest.SkipTest(reason)
    global api
    api = harness_django.RecordsApi(doctors=DOCTORS)
    unittest.addModuleCleanup(api.close)


class GroupsCase(unittest.TestCase):
    """A sidecache with an empty store, and without rules, for each test, before the one API."""

    def setUp(self):
        self.proxy = Sidecache(api.url)
        self.addCleanup(self.proxy.stop)
        self.door = "http://%s:%d" % self.proxy.admin_address
        self.anonymous = self.person(self.proxy.port)
        self.doctor = self.person(self.proxy.port, "doctor")

    def person(self, port, user=None):
        person = Person(port, authorization(user) if user else None)
        self.addCleanup(person.close)
        return person

    def shell(self, *lines, door=True):
        """What a developer types elsewhere; it has been committed and told when this returns."""
        code = "\n".join(("from records.models import *", "from django.db import transaction", "from sidecache_django import invalidate", *lines))
        api.manage("shell", "-c", code, **({"RECORDS_SIDECACHE_ADMIN": self.door} if door else {}))

    def store(self, *targets):
        """Each is read twice: what the second read brings out of the store."""
        found = []
        for target in targets:
            self.assertEqual(self.anonymous.get(target).status, 200)
            answer = self.anonymous.get(target)
            self.assertTrue(answer.is_hit, f"{target}: {answer.cache_status}")
            found.append(answer.json)
        return found

    def read(self, target):
        """What is no longer out of the store."""
        answer = self.anonymous.get(target)
        self.assertEqual(answer.status, 200)
        self.assertFalse(answer.is_hit, f"{target}: {answer.cache_status}")
        return answer.json

    def assert_left(self, *targets):
        for target in targets:
            answer = self.anonymous.get(target)
            self.assertTrue(answer.is_hit, f"{target}: {answer.cache_status}")


class WritesOfAnotherProcess(GroupsCase):
    def test_a_row_that_is_changed_in_a_shell_is_new_for_the_next_reader(self):
        detail, page, search, other = "/api/doctors/1/", "/api/doctors/?page_size=100", "/api/doctors/?search=Shelled", "/api/doctors/2/"
        self.store(detail, page, search, other, "/api/departments/")
        self.shell("doctor = Doctor.objects.get(pk=1)", "doctor.specialty = 'Shelled'", "doctor.save()")
        self.assertEqual(self.read(detail)["specialty"], "Shelled")
        self.assertIn("Shelled", [row["specialty"] for row in self.read(page)["results"]])
        self.assertEqual([row["id"] for row in self.read(search)["results"]], [1])
        self.assert_left(other, "/api/departments/")
        self.assert_left(detail, page, search)

    def test_without_the_door_the_same_read_is_stale(self):
        """What the other tests would see if nobody told."""
        target = "/api/doctors/3/"
        (before,) = self.store(target)
        self.shell("doctor = Doctor.objects.get(pk=3)", "doctor.specialty = 'Untold'", "doctor.save()", door=False)
        self.assertEqual(api_row(target)["specialty"], "Untold")
        answer = self.anonymous.get(target)
        self.assertTrue(answer.is_hit)
        self.assertEqual(answer.json["specialty"], before["specialty"])

    def test_a_row_shown_with_another(self):
        (before,) = self.store("/api/doctors/4/")
        self.shell(f"department = Department.objects.get(pk={before['department']})", "department.name = 'Renamed by hand'", "department.save()")
        self.assertEqual(self.read("/api/doctors/4/")["department_name"], "Renamed by hand")

    def test_a_search_that_found_nobody_before_a_department_was_renamed(self):
        target = "/api/doctors/?search=Zymology&page_size=100"
        (before,) = self.store(target)
        self.assertEqual(before["count"], 0)
        self.shell("department = Department.objects.get(pk=1)", "department.name = 'Zymology'", "department.save()")
        self.assertEqual({row["department"] for row in self.read(target)["results"]}, {1})

    def test_a_moved_appointment_counts_for_both_doctors(self):
        row = self.doctor.get("/api/appointments/1/").json
        old, new = row["doctor"], row["doctor"] % DOCTORS + 1
        targets = [f"/api/doctors/{each}/stats/" for each in (old, new)]
        before = self.store(*targets)
        self.shell("appointment = Appointment.objects.get(pk=1)", f"appointment.doctor_id = {new}", "appointment.save()")
        totals = [each["appointments"]["total"] for each in before]
        after = [self.read(target)["appointments"]["total"] for target in targets]
        self.assertEqual(after, [totals[0] - 1, totals[1] + 1])

    def test_a_new_row_and_one_that_goes(self):
        target = "/api/doctors/?page_size=100"
        (before,) = self.store(target)
        self.shell("Doctor.objects.create(department_id=1, first_name='N', last_name='N', specialty='N', email='n@n.example', licence_number='N')")
        self.assertEqual(self.read(target)["count"], before["count"] + 1)
        self.store(target)
        self.shell("Doctor.objects.get(email='n@n.example').delete()")
        self.assertEqual(self.read(target)["count"], before["count"])

    def test_a_rollback_leaves_what_is_stored(self):
        target = "/api/doctors/5/"
        self.store(target)
        self.shell("with transaction.atomic():", "    doctor = Doctor.objects.get(pk=5)", "    doctor.specialty = 'Undone'", "    doctor.save()",
                   "    transaction.set_rollback(True)")
        self.assert_left(target)
        self.assertEqual(self.proxy.metric("sidecache_invalidations_total", cause="announced"), 0)

    def test_a_savepoint_that_is_rolled_back_loses_its_own_names_only(self):
        self.store("/api/doctors/6/", "/api/doctors/7/")
        self.shell("with transaction.atomic():",
                   "    doctor = Doctor.objects.get(pk=6); doctor.specialty = 'Kept'; doctor.save()",
                   "    try:",
                   "        with transaction.atomic():",
                   "            other = Doctor.objects.get(pk=7); other.specialty = 'Lost'; other.save()",
                   "            raise LookupError",
                   "    except LookupError:",
                   "        pass")
        self.assertEqual(self.read("/api/doctors/6/")["specialty"], "Kept")
        self.assert_left("/api/doctors/7/")
        self.assertEqual(self.proxy.metric("sidecache_invalidations_total", cause="announced"), 1)

    def test_an_update_without_signals_that_names_its_model(self):
        self.store("/api/doctors/8/", "/api/doctors/")
        self.shell("Doctor.objects.filter(pk=8).update(specialty='Updated')", "invalidate(Doctor)")
        self.assertEqual(self.read("/api/doctors/8/")["specialty"], "Updated")
        self.read("/api/doctors/")

    def test_a_read_that_began_before_the_commit_is_not_kept(self):
        """The API's answer is held back until the write was told: it is delivered, and then asked for again."""
        gate = Gate()
        origin, target = ScriptedOrigin(), "/api/doctors/9/"

        def held_back(exchange):
            with contextlib.closing(Person(api.port)) as person:
                answer = person.get(target)
            gate.pass_through()
            kept = [(name, answer.headers[name]) for name in ("Date", "Cache-Control", "Cache-Groups", "ETag", "Content-Length")]
            exchange.send(head(200, *kept) + answer.content)

        origin.always("GET", target, held_back)
        self.addCleanup(origin.close)
        proxy = Sidecache(origin.url)
        self.addCleanup(proxy.stop)
        self.addCleanup(gate.open)
        self.door = "http://%s:%d" % proxy.admin_address
        first, second = self.person(proxy.port), self.person(proxy.port)
        answers = []
        reading = threading.Thread(target=lambda: answers.append(first.get(target)), daemon=True)
        reading.start()
        gate.wait_for_arrivals()
        self.shell("doctor = Doctor.objects.get(pk=9)", "doctor.specialty = 'Overtook'", "doctor.save()")
        gate.open()
        reading.join(PATIENCE * 3)
        self.assertNotEqual(answers[0].json["specialty"], "Overtook")
        self.assertEqual(second.get(target).json["specialty"], "Overtook")

    def test_a_door_that_is_shut_fails_loudly_where_so_asked(self):
        """The write stands; the command that made it ends with an error."""
        (before,) = self.store("/api/doctors/10/")
        loud = ("from django.conf import settings", "from sidecache_django.conf import options", "settings.SIDECACHE['ON_FAILURE'] = 'raise'", "options.cache_clear()")
        shut = socket.socket()
        self.addCleanup(shut.close)
        shut.bind(("127.0.0.1", 0))  # taken, and nobody listens
        self.door = "http://127.0.0.1:%d" % shut.getsockname()[1]
        with self.assertRaises(subprocess.CalledProcessError):
            self.shell(*loud, "doctor = Doctor.objects.get(pk=10)", "doctor.specialty = 'Unheard'", "doctor.save()")
        self.assertEqual(api_row("/api/doctors/10/")["specialty"], "Unheard")
        self.assert_left("/api/doctors/10/")
        self.assertNotEqual(before["specialty"], "Unheard")


class WritesThroughTheProxy(GroupsCase):
    def test_the_response_tells_what_no_address_does(self):
        row = self.doctor.get("/api/appointments/2/").json
        old, new = row["doctor"], row["doctor"] % DOCTORS + 1
        targets = [f"/api/doctors/{each}/stats/" for each in (old, new)]
        before = self.store(*targets)
        moved = self.doctor.ask("PATCH", "/api/appointments/2/", {"doctor": new})
        self.assertEqual(moved.status, 200)
        self.assertIn(f'"records.appointment:doctor={old}"', moved.headers["Cache-Group-Invalidation"])
        totals = [each["appointments"]["total"] for each in before]
        after = [self.read(target)["appointments"]["total"] for target in targets]
        self.assertEqual(after, [totals[0] - 1, totals[1] + 1])
        self.assertEqual(self.proxy.metric("sidecache_invalidations_total", cause="announced"), 0)

    def test_a_write_that_is_refused_leaves_everything_stored(self):
        self.store("/api/doctors/11/stats/", "/api/doctors/")
        self.assertEqual(self.doctor.ask("PATCH", "/api/appointments/3/", {"doctor": 0}).status, 400)
        self.assert_left("/api/doctors/11/stats/", "/api/doctors/")


class WritesPastTheProxy(GroupsCase):
    """An admin site on another host: the same application, with the door, which nobody reaches through the proxy."""

    def setUp(self):
        super().setUp()
        api.stop()
        api.start(RECORDS_SIDECACHE_ADMIN=self.door)
        self.addCleanup(api.start)
        self.addCleanup(api.stop)

    def test_of_the_application_itself_are_told_before_it_answers(self):
        self.store("/api/doctors/12/", "/api/doctors/13/")
        beside = self.person(api.port, "doctor")
        for number in range(5):
            self.store("/api/doctors/12/")
            written = beside.ask("PATCH", "/api/doctors/12/", {"specialty": f"Beside {number}"})
            self.assertEqual(written.status, 200)
            self.assertNotIn("Cache-Group-Invalidation", written.headers)
            self.assertEqual(self.read("/api/doctors/12/")["specialty"], f"Beside {number}")
        self.assert_left("/api/doctors/13/")
        self.assertEqual(self.proxy.metric("sidecache_invalidations_total", cause="announced"), 5)

    def test_through_the_proxy_the_door_is_not_needed(self):
        self.store("/api/doctors/14/")
        self.assertEqual(self.doctor.ask("PATCH", "/api/doctors/14/", {"specialty": "Through"}).status, 200)
        self.assertEqual(self.read("/api/doctors/14/")["specialty"], "Through")
        self.assertEqual(self.proxy.metric("sidecache_invalidations_total", cause="announced"), 0)


def api_row(target):
    """What the API itself says."""
    with contextlib.closing(Person(api.port)) as person:
        return person.get(target).json


if __name__ == "__main__":
    unittest.main()
