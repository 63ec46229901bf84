"""Another service that the records API asks, with a sidecache of its own before it: what it said is asked for once."""

import re
import sys
import threading
import time
import unittest

import harness_django
from test_django import Person

from harness import Sidecache

sys.path.append(str(harness_django.EXAMPLE))
from drug_register.server import Handler, make_server  # noqa: E402


# As the API's README.md starts it.
SETTING = re.search(r"--set '(routes=.*if_error.*)'", (harness_django.EXAMPLE / "README.md").read_text()).group(1)
HOUR = 3600  # for which the register's answers are fresh


class CountingRegister:
    """The drug register of examples/, in this process. It dates its answers `age` seconds back."""

    def __init__(self):
        self.asked = []
        self.age = 0
        register = self

        class Counting(Handler):
            protocol_version = "HTTP/1.0"  # so that no connection outlives the register

            def do_GET(self):
                register.asked.append(self.path)
                super().do_GET()

            def date_time_string(self, timestamp=None):
                return super().date_time_string((timestamp or time.time()) - register.age)

        self._server = make_server("127.0.0.1", 0)
        self._server.RequestHandlerClass = Counting
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self._server.server_address[1]

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def setUpModule():
    reason = harness_django.missing()
    if reason is not None:
        raise unittest.SkipTest(reason)
    global api
    api = harness_django.RecordsApi(doctors=1, patients=1, appointments=1)
    unittest.addModuleCleanup(api.close)


class Egress(unittest.TestCase):
    def setUp(self):
        self.register = CountingRegister()
        self.addCleanup(self.register.close)
        self.egress = Sidecache(self.register.url, "--set", SETTING)
        self.addCleanup(self.egress.stop)
        api.stop()
        api.start(RECORDS_DRUG_REGISTER="http://127.0.0.1:%d" % self.egress.address[1])
        self.client = Person(api.port)
        self.addCleanup(self.client.close)

    def test_what_the_register_said_is_asked_for_once(self):
        first = self.client.get("/api/drugs/B01AA03/interactions/")
        self.assertEqual((first.status, first.json["name"]), (200, "warfarin"))
        second = self.client.get("/api/drugs/B01AA03/interactions/")
        self.assertEqual(second.content, first.content)
        self.assertEqual(self.register.asked, ["/drugs/B01AA03/interactions"])

    def test_after_an_hour_it_is_asked_again(self):
        self.register.age = HOUR + 1
        for _ in range(2):
            self.assertEqual(self.client.get("/api/drugs/B01AA03/interactions/").status, 200)
        self.assertEqual(len(self.register.asked), 2)

    def test_what_it_said_outlives_it_fresh_or_not(self):
        for code, age in (("C10AA01", 0), ("B01AA03", HOUR + 1), ("M01AE01", 24 * HOUR)):
            self.register.age = age
            self.client.get(f"/api/drugs/{code}/interactions/")
        self.register.close()
        for code, name in (("C10AA01", "simvastatin"), ("B01AA03", "warfarin"), ("M01AE01", "ibuprofen")):
            answer = self.client.get(f"/api/drugs/{code}/interactions/")
            self.assertEqual((answer.status, answer.json["name"]), (200, name))

    def test_but_not_for_more_than_a_day_past_that_hour(self):
        self.register.age = 25 * HOUR + 1
        self.assertEqual(self.client.get("/api/drugs/B01AA03/interactions/").status, 200)
        self.register.close()
        failed = self.client.get("/api/drugs/B01AA03/interactions/")
        self.assertEqual((failed.status, failed.headers["Cache-Control"]), (502, "no-store"))

    def test_a_drug_that_it_does_not_know_is_asked_for_each_time(self):
        for _ in range(2):
            self.assertEqual(self.client.get("/api/drugs/X00/interactions/").status, 404)
        self.assertEqual(len(self.register.asked), 2)
