"""Where the proxy listens and where the origin is: TCP, IPv6, Unix sockets; one process for one address."""

import os
import socket
import stat
import tempfile
import unittest

from harness import Client, Scenario, ScriptedOrigin, Sidecache, ok, respond, run_sidecache

FRESH = ("Cache-Control", "max-age=600")


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


class Unix(Scenario):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="sidecache-test-")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        super().setUp()

    def path(self, name):
        return os.path.join(self.directory, name)


class AUnixSocketOfSomebodyElse(Unix):
    def test_is_left_alone(self):
        path = self.path("theirs")
        with socket.socket(socket.AF_UNIX) as theirs:
            theirs.bind(path)
            theirs.listen()
            ended = run_sidecache("--origin", self.origin.url, "--listen", f"unix:{path}")
            self.assertEqual((ended.returncode, ended.stdout), (2, ""))
            self.assertIn("the address is in use", ended.stderr)
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(path)  # still theirs


class AUnixSocketToListenOn(Unix):
    def make_proxy(self):
        return Sidecache(self.origin.url, listen=(f"unix:{self.path('door')}", "127.0.0.1:0"))

    def test_answers(self):
        self.assertEqual(self.proxy.address, self.path("door"))
        self.origin.once("GET", "/", ok(b"a", FRESH))
        self.assert_body(self.client.get("/"), 200, b"a")
        self.assert_hit(self.client.get("/"), b"a")

    def test_shares_its_cache_with_the_other_addresses(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        self.client.get("/")
        self.assert_hit(Client(self.proxy.addresses[1]).get("/"), b"a")

    def test_tells_the_origin_that_the_client_has_no_address(self):
        self.origin.once("POST", "/", ok(b""))
        self.client.post("/", x_forwarded_for="10.0.0.1")
        self.assertEqual(self.origin.last().header("x-forwarded-for"), "unknown")
        self.assertIn("for=unknown", self.origin.last().header("forwarded"))

    def test_has_the_permissions_that_are_asked_for_whatever_the_umask(self):
        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        for mode in (0o660, 0o666, 0o600):
            proxy = Sidecache(self.origin.url, "--set", "listen_mode=%04o" % mode, listen=(f"unix:{self.path('mode')}", "127.0.0.1:0"))
            self.addCleanup(proxy.kill)
            self.assertEqual(stat.S_IMODE(os.stat(self.path("mode")).st_mode), mode)
            proxy.stop()

    def test_is_removed_at_the_end(self):
        self.proxy.stop()
        self.assertFalse(os.path.exists(self.path("door")))

    def test_that_a_dead_process_left_behind_is_taken_over(self):
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(self.path("left"))
        again = Sidecache(self.origin.url, listen=(f"unix:{self.path('left')}",))
        self.addCleanup(again.kill)
        self.origin.once("GET", "/", ok(b"a", FRESH))
        self.assert_body(again.client().get("/"), 200, b"a")
        again.stop()


class AnOriginOnAUnixSocket(Unix):
    def make_origin(self):
        return ScriptedOrigin(unix=self.path("origin"))

    def test_answers(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        self.origin.once("POST", "/", ok(b"b"))
        self.assert_body(self.client.get("/"), 200, b"a")
        self.assert_hit(self.client.get("/"), b"a")
        self.assert_body(self.client.post("/"), 200, b"b")

    def test_that_is_not_there_is_an_error(self):
        self.origin.stop_listening()
        os.unlink(self.path("origin"))
        response = self.client.get("/")
        self.assertIn(response.status, (502, 503))
        self.assertIn("sidecache; error=", response.header("proxy-status"))


@unittest.skipUnless(has_ipv6(), "this machine has no IPv6")
class IPv6(Scenario):
    def make_origin(self):
        return ScriptedOrigin(family=socket.AF_INET6)

    def make_proxy(self):
        return Sidecache(self.origin.url, listen=("[::1]:0",), admin="[::1]:0")

    def test_is_listened_on_and_connected_to(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        self.assertEqual(self.proxy.address[0], "::1")
        self.assert_body(self.client.get("/"), 200, b"a")
        self.assert_hit(self.client.get("/"), b"a")
        self.assertEqual(self.proxy.admin("/healthz").status, 200)

    def test_is_told_to_the_origin_as_it_has_to_be_written(self):
        self.origin.once("POST", "/", respond(204))
        self.client.post("/")
        self.assertEqual(self.origin.last().header("x-forwarded-for"), "::1")
        self.assertIn('for="[::1]"', self.origin.last().header("forwarded"))


class EveryAddress(Scenario):
    def make_proxy(self):
        return Sidecache(self.origin.url, listen=("*:0",))

    def test_answers_over_ipv4(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        self.assert_body(Client(("127.0.0.1", self.proxy.address[1])).get("/"), 200, b"a")

    @unittest.skipUnless(has_ipv6(), "this machine has no IPv6")
    def test_answers_over_ipv6(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        self.assert_body(Client(("::1", self.proxy.address[1])).get("/"), 200, b"a")


class SeveralAddresses(Scenario):
    def make_proxy(self):
        return Sidecache(self.origin.url, listen=("127.0.0.1:0", "127.0.0.1:0", "127.0.0.2:0"))

    def test_lead_to_one_cache(self):
        self.origin.once("GET", "/", ok(b"a", FRESH))
        self.assertEqual(len(set(self.proxy.addresses)), 3)
        self.client.get("/")
        for address in self.proxy.addresses:
            self.assert_hit(Client(address).get("/"), b"a")


class ASecondProcess(Unix):
    """Without Redis only one process may reuse what is stored (S26)."""

    def make_proxy(self):
        return Sidecache(self.origin.url, listen=("127.0.0.1:0", f"unix:{self.path('door')}"))

    def assert_refused(self, *arguments):
        done = run_sidecache("--origin", self.origin.url, *arguments)
        self.assertEqual(done.returncode, 2, done)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("sidecache: "), done.stderr)
        self.assertNotIn("listening on", done.stdout)
        return done.stderr

    def test_on_the_same_address_is_refused_with_one_line(self):
        host, port = self.proxy.address
        self.assertIn(f"{host}:{port}", self.assert_refused("--listen", f"{host}:{port}"))

    def test_on_the_same_unix_socket_is_refused_with_one_line(self):
        self.assertIn("door", self.assert_refused("--listen", f"unix:{self.path('door')}"))

    def test_on_all_addresses_of_the_same_port_is_refused(self):
        self.assert_refused("--listen", f"*:{self.proxy.address[1]}")

    def test_on_the_same_admin_address_is_refused(self):
        host, port = self.proxy.admin_address
        self.assert_refused("--listen", "127.0.0.1:0", "--admin", f"{host}:{port}")

    def test_does_not_disturb_the_first(self):
        host, port = self.proxy.address
        self.origin.once("GET", "/", ok(b"a", FRESH))
        self.client.get("/")
        self.assert_refused("--listen", f"{host}:{port}", "--listen", f"unix:{self.path('door')}")
        for _ in range(8):
            self.assert_hit(self.client.get("/"), b"a")
            self.assert_hit(Client(self.path("door")).get("/"), b"a")


if __name__ == "__main__":
    unittest.main()
