"""An origin that has a name: all of its addresses are tried, and the name is looked up again every `resolve`."""

import errno
import unittest

from harness import Scenario, ScriptedOrigin, Sidecache, respond, wait_until
from harness_names import PrivateNames, why_not
from test_address import has_ipv6

FRESH = ("Cache-Control", "max-age=600")
# Where each request has a connection of its own, it shows where connections go now.
KEPT = (("Cache-Control", "no-store"),)
EACH_ALONE = (*KEPT, ("Connection", "close"))


def make_origins(*hosts):
    """One on each address, on one port; they refuse connections until they listen."""
    while True:
        origins = [ScriptedOrigin(host=hosts[0], listening=False)]
        try:
            origins += [ScriptedOrigin(host=host, port=origins[0].port, listening=False) for host in hosts[1:]]
            return origins
        except OSError as error:  # somebody has this port on one of the other addresses
            origins[0].close()
            if error.errno != errno.EADDRINUSE:
                raise


class Named(Scenario):
    """Origins on 127.0.0.2, 127.0.0.3 and 127.0.0.4, which tell who they are. `names` says where the proxy begins to look for them."""

    hosts = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
    names = {"app.test": ["127.0.0.2"]}
    servers = ("app.test",)
    answers = EACH_ALONE

    @classmethod
    def setUpClass(cls):
        if reason := why_not():
            raise unittest.SkipTest(reason)

    def make_origin(self):
        self.origins = dict(zip(self.hosts, make_origins(*self.hosts)))
        for host, origin in self.origins.items():
            origin.always("GET", None, respond(200, host, *self.answers))
            self.addCleanup(origin.verify)
            self.addCleanup(origin.close)
        self.port = self.origins[self.hosts[0]].port
        return self.origins[self.hosts[0]]

    def make_proxy(self):
        self.private = PrivateNames(self.names)
        self.addCleanup(self.private.remove)
        servers = ", ".join(f"http://{name}:{self.port}" for name in self.servers)
        proxy = Sidecache(None, "--set", f"origins.app={{servers: [{servers}], resolve: 100ms}}", workers=self.workers, start=False)
        proxy.command = self.private.command(proxy.command)
        proxy.start()
        return proxy

    def ask(self):
        """Who answers now: an address, or the name of an error."""
        response = self.client.get("/")
        if response.status == 200:
            return response.body.decode()
        self.assertIn("sidecache; error=", response.header("proxy-status"))
        return response.header("proxy-status").partition("error=")[2]

    def wait_for(self, answer):
        wait_until(lambda: self.ask() == answer, f"an answer of {answer}")


class SeveralAddresses(Named):
    names = {"app.test": ["127.0.0.2", "127.0.0.3"]}

    # Which of them comes first is the resolver's business (RFC 6724): one of these two finds the first one closed.
    def assert_reaches(self, host):
        self.origins[host].listen()
        self.wait_for(host)
        for _ in range(10):
            self.assertEqual(self.ask(), host)

    def test_are_tried_until_the_second_answers(self):
        self.assert_reaches("127.0.0.3")

    def test_are_tried_until_the_first_answers(self):
        self.assert_reaches("127.0.0.2")

    def test_that_all_refuse_are_an_error(self):
        self.wait_for("connection_refused")
        self.assert_proxy_error(self.client.get("/"), 502, "connection_refused")

    def test_are_tried_for_a_write_too(self):
        self.origins["127.0.0.3"].listen()
        self.wait_for("127.0.0.3")
        self.origins["127.0.0.3"].once("POST", "/", respond(200, b"done"))
        self.assert_body(self.client.post("/"), 200, b"done")


@unittest.skipUnless(has_ipv6(), "this machine has no IPv6")
class BothKindsOfAddresses(Named):
    """What `localhost` often is, and an application that listens on 127.0.0.1 alone."""

    hosts = ("127.0.0.1",)
    names = {"app.test": ["::1", "127.0.0.1"]}

    def test_are_tried_too(self):
        self.origins["127.0.0.1"].listen()
        self.wait_for("127.0.0.1")


class ANameThatChanges(Named):
    def test_leads_new_connections_to_its_new_address(self):
        for origin in self.origins.values():
            origin.listen()
        self.wait_for("127.0.0.2")
        self.private.write({"app.test": ["127.0.0.3"]})
        self.wait_for("127.0.0.3")
        before = self.origins["127.0.0.2"].connections
        for _ in range(20):
            self.assertEqual(self.ask(), "127.0.0.3")
        self.private.write({"app.test": ["127.0.0.4"]})
        self.wait_for("127.0.0.4")
        self.assertEqual(self.origins["127.0.0.2"].connections, before)

    def test_leaves_what_is_stored_as_it_is(self):
        for origin in self.origins.values():
            origin.listen()
            origin.always("GET", "/stored", respond(200, b"a", FRESH))
        self.wait_for("127.0.0.2")
        self.assert_body(self.client.get("/stored"), 200, b"a")
        self.private.write({"app.test": ["127.0.0.3"]})
        self.wait_for("127.0.0.3")
        self.assert_hit(self.client.get("/stored"), b"a")


class ANameThatChangesUnderKeptConnections(Named):
    """Requests follow each other so fast that the connection which carries them is never closed for being idle."""

    workers = 1
    answers = KEPT

    def setUp(self):
        super().setUp()
        for origin in self.origins.values():
            origin.listen()
        self.wait_for("127.0.0.2")

    def test_leads_them_to_its_new_address(self):
        for host, following in (("127.0.0.2", "127.0.0.3"), ("127.0.0.3", "127.0.0.4")):
            for _ in range(20):
                self.assertEqual(self.ask(), host)
            self.private.write({"app.test": [following]})
            self.wait_for(following)
        for _ in range(20):
            self.assertEqual(self.ask(), "127.0.0.4")
        self.assertEqual([origin.connections for origin in self.origins.values()], [1, 1, 1])

    def test_lets_an_answer_end_that_is_on_its_way(self):
        gate = self.origins["127.0.0.2"].gate()
        self.origins["127.0.0.2"].once("GET", "/slow", [gate, respond(200, b"from the old one", *KEPT)])
        slow = self.in_background(self.client.get, "/slow")
        gate.wait_for_arrivals()
        self.private.write({"app.test": ["127.0.0.3"]})
        self.wait_for("127.0.0.3")
        gate.open()
        self.assert_body(slow.result(), 200, b"from the old one")
        for _ in range(20):
            self.assertEqual(self.ask(), "127.0.0.3")


class ANameThatNobodyKnows(Named):
    names = {}

    def test_is_an_error_until_somebody_does(self):
        self.wait_for("dns_error")
        self.assert_proxy_error(self.client.get("/"), 502, "dns_error")
        self.origins["127.0.0.2"].listen()
        self.private.write({"app.test": ["127.0.0.2"]})
        self.wait_for("127.0.0.2")


class ANameThatIsLost(Named):
    """The names are looked up one after the other, round by round: the second change of the other name is seen after a round without this one."""

    names = {"lost.test": ["127.0.0.2"], "moving.test": ["127.0.0.3"]}
    servers = ("lost.test", "moving.test")

    def test_keeps_its_last_address(self):
        for origin in self.origins.values():
            origin.listen()
        self.wait_for("127.0.0.2")
        self.wait_for("127.0.0.3")
        for address in ("127.0.0.4", "127.0.0.3"):
            self.private.write({"moving.test": [address]})
            self.wait_for(address)
        self.assertEqual({self.ask() for _ in range(20)}, {"127.0.0.2", "127.0.0.3"})


if __name__ == "__main__":
    unittest.main()
