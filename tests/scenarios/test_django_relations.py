"""The records API at random: appointments move between doctors, and every list and statistic that an answered write has changed is new for the next reader,
whether the API names the rows that its responses show (sidecache_django) or the proxy's rules do; and old where neither does, which shows that it is found."""

import contextlib
import os
import random
import threading
import time
import unittest

import harness_django
from harness_django import authorization
from test_django import Person, run_together

from harness import Sidecache

SECONDS = 5.0
LEAST_MOVES = 3  # of each writer, however slow the machine: the readers look on so long
WRITERS = 3
DOCTORS_OF_A_WRITER = 3  # nobody else moves appointments to them or away from them
READERS = 12
SEEDED = {"doctors": 25, "patients": 30, "appointments": 60}

RULES = (
    "--set", "routes=[{path: '/api/doctors/{id}/stats/', groups: ['doctor:{id}']}]",
    "--set", "writes.rules=[{path: '/api/appointments/{id}/', groups: ['doctor:{stored:/doctor}', 'doctor:{response:/doctor}'], otherwise: ['/api/doctors/{rest...}']}]",
)


def setUpModule():
    reason = harness_django.missing()
    if reason is not None:
        raise unittest.SkipTest(reason)


class MovedAppointments(unittest.TestCase):
    variables = {}
    settings = ()

    @classmethod
    def setUpClass(cls):
        cls.api = harness_django.RecordsApi(**SEEDED)
        cls.addClassCleanup(cls.api.close)
        if cls.variables:
            cls.api.stop()
            cls.api.start(**cls.variables)

    def setUp(self):
        self.proxy = Sidecache(self.api.url, *self.settings)
        self.addCleanup(self.proxy.stop)
        self.stale, self.counts, self.lock = [], {"reads": 0, "hits": 0, "moves": 0}, threading.Lock()
        self.until = time.monotonic() + SECONDS
        self.writers = WRITERS  # who still move

    @contextlib.contextmanager
    def person(self, user=None):
        with contextlib.closing(Person(self.proxy.port, authorization(user) if user else None)) as person:
            yield person

    def read(self, person, target):
        answer = person.get(target)
        self.assertEqual(answer.status, 200, answer.content)
        with self.lock:
            self.counts["reads"] += 1
            self.counts["hits"] += answer.is_hit
        return answer.json

    def total(self, person, doctor):
        return self.read(person, f"/api/doctors/{doctor}/stats/")["appointments"]["total"]

    def move(self, number):
        """Moves the appointments of its doctors among them, and asks after each move what it made of the statistics."""
        chance = random.Random(number)
        doctors = [number * DOCTORS_OF_A_WRITER + each + 1 for each in range(DOCTORS_OF_A_WRITER)]
        with self.person("doctor") as writer, self.person() as reader:
            own = {row["id"]: row["doctor"] for row in writer.get("/api/appointments/?page_size=100").json["results"] if row["doctor"] in doctors}
            expected = {doctor: sum(each == doctor for each in own.values()) for doctor in doctors}
            moves = 0
            while time.monotonic() < self.until or moves < LEAST_MOVES:
                appointment = chance.choice(list(own))
                old, new = own[appointment], chance.choice([each for each in doctors if each != own[appointment]])
                answer = writer.ask("PATCH", f"/api/appointments/{appointment}/", {"doctor": new})
                self.assertEqual((answer.status, answer.json["doctor"]), (200, new), answer.content)
                own[appointment] = new
                expected[old] -= 1
                expected[new] += 1
                for doctor in doctors:
                    shown = self.total(reader, doctor)
                    if shown != expected[doctor]:
                        self.stale.append(f"doctor {doctor} has {expected[doctor]} appointments, shown were {shown}")
                moves += 1
                with self.lock:
                    self.counts["moves"] += 1
                time.sleep(chance.uniform(0, 0.02))

    def move_and_leave(self, number):
        try:
            self.move(number)
        finally:
            with self.lock:
                self.writers -= 1

    def look_on(self, seed):
        chance = random.Random(seed)
        with self.person() as reader:
            while self.writers:
                self.total(reader, chance.randrange(WRITERS * DOCTORS_OF_A_WRITER) + 1)
                time.sleep(chance.uniform(0, 0.01))

    def move_at_random(self):
        run_together([lambda number=number: self.move_and_leave(number) for number in range(WRITERS)] + [lambda seed=seed: self.look_on(seed) for seed in range(READERS)])
        if os.environ.get("SIDECACHE_TEST_VERBOSE"):
            print(f"{self.id()}: {self.counts}, {len(self.stale)} stale", flush=True)
        self.assertGreater(self.counts["hits"], 0, self.counts)


class WithTheApp(MovedAppointments):
    """The API names rows; the proxy has no rule."""

    def test_no_statistic_is_stale(self):
        self.move_at_random()
        self.assertEqual(self.stale[:5], [], f"{len(self.stale)} of {self.counts}")


class WithRules(MovedAppointments):
    """The proxy has rules; the API names nothing."""

    variables = {"RECORDS_SIDECACHE": "off"}
    settings = RULES

    def test_no_statistic_is_stale(self):
        self.move_at_random()
        self.assertEqual(self.stale[:5], [], f"{len(self.stale)} of {self.counts}")


class WithNeither(MovedAppointments):
    variables = {"RECORDS_SIDECACHE": "off"}

    def test_statistics_are_stale_and_that_is_found(self):
        self.move_at_random()
        self.assertGreater(len(self.stale), 0, self.counts)


if __name__ == "__main__":
    unittest.main()
