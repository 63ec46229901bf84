"""Scenario: a test case with an origin, the proxy before it and a client, made anew for each test.

    class AStoredResponse(Scenario):
        arguments = ("--set", "writes.settle=1s")     # flags for the proxy
        config = "routes: ..."                        # or a configuration file

        def test_is_served_without_the_origin(self):
            self.origin.once("GET", "/a", ok(b"a", max_age=60))
            ...

At the end the proxy is stopped, its exit code and the sanitizers' reports are judged, and the origin must have been asked
for exactly what the test stated. A test that ends the proxy itself calls `self.proxy.stop()`; stopping twice is no matter.
"""

import json
import threading
import unittest

from .client import Client
from .origin import ScriptedOrigin
from .patience import PATIENCE, OutOfPatience
from .sidecache import Sidecache


class Scenario(unittest.TestCase):
    arguments = ()
    config = None
    workers = 2
    exit_code = 0        # of the proxy at the end
    longMessage = True
    maxDiff = None

    def setUp(self):
        self._threads = []
        self.origin = self.make_origin()
        self.addCleanup(self.origin.verify)
        self.addCleanup(self.origin.close)
        self.proxy = self.make_proxy()
        self.addCleanup(self._stop_proxy)
        self.client = Client(self.proxy.address)

    def make_origin(self):
        return ScriptedOrigin()

    def make_proxy(self):
        return Sidecache(self.origin.url, *self.arguments, config=self.config, workers=self.workers)

    def _stop_proxy(self):
        for thread in self._threads:
            thread.join()
        self._end_proxy(self.proxy)

    def _end_proxy(self, proxy):
        try:
            proxy.stop(self.exit_code)
        finally:
            proxy.kill()

    # Doing several things at once.

    def in_background(self, function, *arguments, **named):
        """Starts `function` in a thread; `.result()` of what comes back waits for its result or raises what it raised."""
        thread = Background(function, arguments, named)
        self._threads.append(thread)
        return thread

    # What a response has to be.

    def assert_body(self, response, status, body):
        self.assertTrue(response.is_complete, f"incomplete: {response}")
        self.assertEqual((response.status, response.body), (status, body if isinstance(body, bytes) else body.encode()), response.cache_status)

    def assert_hit(self, response, body=None):
        self.assertTrue(response.is_complete, f"incomplete: {response}")
        self.assertTrue(response.cache_status.hit, f"no hit: {response}")
        if body is not None:
            self.assertEqual(response.body, body if isinstance(body, bytes) else body.encode())

    def assert_forwarded(self, response, reason, body=None):
        """Cache-Status: fwd=reason."""
        self.assertTrue(response.is_complete, f"incomplete: {response}")
        self.assertEqual(response.cache_status.fwd, reason, response)
        if body is not None:
            self.assertEqual(response.body, body if isinstance(body, bytes) else body.encode())

    def assert_proxy_error(self, response, status, error):
        """Our own error: Proxy-Status with this name (RFC 9209) and JSON that says the same."""
        self.assertTrue(response.is_complete, f"incomplete: {response}")
        self.assertEqual(response.status, status, response)
        self.assertEqual(response.header("proxy-status"), f"sidecache; error={error}")
        self.assertTrue(response.header("cache-status").startswith("sidecache"), response)
        self.assertEqual(response.header("content-type"), "application/json")
        told = json.loads(response.body)
        self.assertEqual((told["status"], told["error"]), (status, error))
        self.assertTrue(told["detail"])


class Background:
    def __init__(self, function, arguments, named):
        self._function, self._arguments, self._named = function, arguments, named
        self._value, self._error = None, None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            self._value = self._function(*self._arguments, **self._named)
        except BaseException as error:  # handed to whoever asks for the result
            self._error = error

    def join(self):
        self._thread.join(PATIENCE)

    @property
    def is_done(self):
        return not self._thread.is_alive()

    def result(self):
        self._thread.join(PATIENCE * 2)
        if self._thread.is_alive():
            raise OutOfPatience(f"{self._function} did not end")
        if self._error is not None:
            raise self._error
        return self._value
