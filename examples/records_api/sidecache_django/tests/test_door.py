"""The admin door that answers, answers wrongly, or does not."""

import os
import socket
import threading
from time import monotonic

from django.db import transaction
from django.test import SimpleTestCase, TransactionTestCase

from records.models import Department
from records.tests.factories import make_department
from sidecache_django import InvalidationFailed
from sidecache_django.door import announce
from sidecache_django.groups import Changed
from sidecache_django.tests.support import Door, free_address, sidecache, silent_door

LOGGER = "sidecache_django.door"


class DoorTests(SimpleTestCase):
    def setUp(self):
        self.changed = Changed()
        self.changed.add_member("records.doctor", "5")

    def door(self, *statuses: int) -> Door:
        door = Door(*statuses)
        self.addCleanup(door.close)
        return door

    def assert_told(self, door: Door, requests: int = 1):
        self.assertEqual(door.announcements, [{"records.doctor", "records.doctor:5"}])
        self.assertEqual(door.requests, [("/invalidate", "application/json")] * requests)

    def assert_failure(self, wanted: str, **settings) -> float:
        """It is logged, and where so asked raised; returns how long both took."""
        began = monotonic()
        with sidecache(**settings), self.assertLogs(LOGGER, "ERROR") as logged:
            announce(self.changed)
        self.assertEqual(len(logged.output), 1)
        self.assertRegex(logged.output[0], wanted)
        self.assertIn("records.doctor:5", logged.output[0])
        with sidecache(ON_FAILURE="raise", **settings), self.assertLogs(LOGGER, "ERROR"):
            with self.assertRaisesRegex(InvalidationFailed, wanted):
                announce(self.changed)
        return monotonic() - began

    def test_it_is_told(self):
        door = self.door()
        with sidecache(ADMIN=door.address):
            announce(self.changed)
        self.assert_told(door)

    def test_every_door_is_told_though_one_is_shut(self):
        one, other = self.door(), self.door()
        doors = [one.address, free_address(), other.address]
        with sidecache(ADMIN=doors), self.assertLogs(LOGGER, "ERROR") as logged:
            announce(self.changed)
        self.assertIn(doors[1], logged.output[0])
        self.assertNotIn(doors[2], logged.output[0])
        self.assert_told(one)
        self.assert_told(other)

    def test_what_may_pass_is_tried_again(self):
        door = self.door(503, 500, 200)
        with sidecache(ADMIN=door.address):
            announce(self.changed)
        self.assert_told(door, requests=3)

    def test_but_not_for_ever(self):
        door = self.door(503)
        self.assert_failure("503", ADMIN=door.address, RETRIES=1)
        self.assertEqual(len(door.requests), 4)

    def test_a_refusal_is_not_tried_again(self):
        door = self.door(400)
        self.assert_failure("400", ADMIN=door.address)
        self.assertEqual(len(door.requests), 2)

    def test_a_redirect_is_a_refusal(self):
        self.assert_failure("302", ADMIN=self.door(302).address)

    def test_nobody_listens(self):
        self.assert_failure("refused", ADMIN=free_address())

    def test_silence_ends_with_the_deadline(self):
        with silent_door() as address:
            seconds = self.assert_failure("deadline|timed out", ADMIN=address, TIMEOUT=0.2)
        self.assertLess(seconds, 5)

    def test_an_answer_that_never_ends_does_too(self):
        """Byte by byte: no single read takes long."""
        listening = socket.create_server(("127.0.0.1", 0))
        ended = threading.Event()

        def trickle():
            for _ in range(2):
                peer, _address = listening.accept()
                with peer:
                    try:
                        peer.sendall(b"HTTP/1.1 ")
                        while not ended.wait(0.02):
                            peer.sendall(b"2")
                    except OSError:
                        continue

        thread = threading.Thread(target=trickle)
        thread.start()
        self.addCleanup(listening.close)
        self.addCleanup(thread.join, 10)
        self.addCleanup(ended.set)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        seconds = self.assert_failure("deadline|timed out", ADMIN=address, TIMEOUT=0.2, RETRIES=0)
        self.assertLess(seconds, 5)

    def test_no_proxy_of_the_environment_is_asked(self):
        door = self.door()
        os.environ["http_proxy"] = free_address()
        self.addCleanup(os.environ.pop, "http_proxy")
        with sidecache(ADMIN=door.address):
            announce(self.changed)
        self.assert_told(door)


class FailureTests(TransactionTestCase):
    """The write is committed whatever becomes of its announcement."""

    def write(self):
        with transaction.atomic():
            make_department(name="Written")

    def test_log(self):
        with sidecache(ADMIN=free_address()), self.assertLogs(LOGGER, "ERROR"):
            self.write()
        self.assertEqual(Department.objects.get().name, "Written")

    def test_raise(self):
        with sidecache(ADMIN=free_address(), ON_FAILURE="raise"):
            with self.assertLogs(LOGGER, "ERROR"), self.assertRaises(InvalidationFailed):
                self.write()
        self.assertEqual(Department.objects.get().name, "Written")
