"""Another service that the records API asks, with a sidecache of its own before it: what it said is asked for once."""

import sys
import threading
import unittest

import harness_django
from test_django import Person

from harness import Sidecache

sys.path.append(str(harness_django.EXAMPLE))
from drug_register.server import Handler, make_server  # noqa: E402


class CountingRegister:
    """The drug register of examples/, in this process."""

    def __init__(self):
        self.asked = []
        register = self

        class Counting(Handler):
            protocol_version = "HTTP/1.0"  # so that no connection outlives the register

            def do_GET(self):
                register.asked.append(self.path)
                super().do_GET()

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
        self.egress = Sidecache(self.register.url)
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

    def test_what_it_said_outlives_it(self):
        first = self.client.get("/api/drugs/C10AA01/interactions/")
        self.register.close()
        self.assertEqual(self.client.get("/api/drugs/C10AA01/interactions/").content, first.content)
        failed = self.client.get("/api/drugs/N06AB03/interactions/")
        self.assertEqual((failed.status, failed.headers["Cache-Control"]), (502, "no-store"))

    def test_a_drug_that_it_does_not_know_is_asked_for_each_time(self):
        for _ in range(2):
            self.assertEqual(self.client.get("/api/drugs/X00/interactions/").status, 404)
        self.assertEqual(len(self.register.asked), 2)
