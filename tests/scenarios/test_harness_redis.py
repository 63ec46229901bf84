"""The parts by which tests run real Redis servers and break them (harness/redis_server.py, relay.py, redis_fleet.py) do what they say."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
import unittest
from pathlib import Path
from unittest import mock

import redis

from harness import PATIENCE, wait_until
from harness.redis_fleet import Cluster, Sentinel
from harness.redis_server import RedisServer
from harness.relay import LIMIT, TO_CLIENT, TO_TARGET, Relay, issues
from harness.reserved_port import ReservedPort
from harness.scenario import Background

DELAY = 0.1     # seconds
MOMENT = 0.05   # seconds, in which what must not happen does not

TEST = """
import json, sys
from harness.redis_server import RedisServer
server = RedisServer()
print(json.dumps([server.directory, server.socket]), flush=True)
sys.stdin.read()
"""


class WithRedis(unittest.TestCase):
    def start(self, *arguments, **directives):
        server = RedisServer(*arguments, **directives)
        self.addCleanup(server.stop)
        return server

    def connect(self, address):
        """A bare connection."""
        sock = socket.create_connection(address, PATIENCE)
        self.addCleanup(sock.close)
        return sock

    def ask(self, sock, command=b"PING"):
        """One line for another."""
        sock.sendall(command + b"\r\n")
        return self.read_line(sock)

    def read_line(self, sock):
        line = b""
        while not line.endswith(b"\r\n"):
            piece = sock.recv(1)
            self.assertTrue(piece, f"the connection ended after {line!r}")
            line += piece
        return line[:-2]

    def assert_silent(self, sock):
        sock.settimeout(MOMENT)
        with self.assertRaises(TimeoutError):
            sock.recv(1, socket.MSG_PEEK)
        sock.settimeout(PATIENCE)

    def assert_reset(self, sock):
        with self.assertRaises(ConnectionResetError):
            sock.recv(1)


class AReservedPort(WithRedis):
    def test_refuses_connections_and_is_given_to_nobody_else(self):
        port = ReservedPort()
        self.addCleanup(port.release)
        with self.assertRaises(ConnectionRefusedError):
            self.connect(("127.0.0.1", port.number))
        with socket.socket() as other, self.assertRaises(OSError):
            other.bind(("127.0.0.1", port.number))

    def test_lets_servers_listen_again_and_again(self):
        port = ReservedPort()
        self.addCleanup(port.release)
        for _ in range(2):
            with socket.create_server(("127.0.0.1", port.number)):
                self.connect(("127.0.0.1", port.number))


class ARedisServer(WithRedis):
    def test_answers_over_tcp_and_over_its_unix_socket(self):
        server = self.start()
        self.assertEqual(server.url, f"redis://127.0.0.1:{server.port}")
        server.client().set("a", "1")
        self.assertEqual(server.client(unix_socket_path=server.socket).get("a"), b"1")
        self.assertEqual(redis.Redis.from_url(server.url).get("a"), b"1")
        self.assertEqual(redis.Redis.from_url(server.unix_url).get("a"), b"1")

    def test_forgets_all_where_nothing_is_said_about_its_disk(self):
        server = self.start()
        server.client().set("a", "1")
        server.terminate()
        server.restart()
        self.assertIsNone(server.client().get("a"))

    def test_that_is_killed_has_what_it_had_written_and_the_same_port(self):
        server = self.start(appendonly=True, appendfsync="always")
        port, pid = server.port, server.pid
        server.client().set("a", "1")
        server.kill()
        self.assertFalse(server.is_running)
        server.restart()
        self.assertEqual(server.port, port)
        self.assertNotEqual(server.pid, pid)
        self.assertEqual(server.client().get("a"), b"1")

    def test_starts_with_what_was_on_its_disk_before(self):
        server = self.start(appendonly=True)
        server.client().set("a", "1")
        copy = server.copy_disk()
        server.client().set("a", "2")
        server.kill()
        server.put_back(copy)
        server.restart()
        self.assertEqual(server.client().get("a"), b"1")

    def test_that_is_killed_ends_its_connections_and_refuses_others(self):
        server = self.start()
        standing = self.connect(server.address)
        self.assertEqual(self.ask(standing), b"+PONG")
        server.kill()
        self.assertEqual(standing.recv(1), b"")
        with self.assertRaises(ConnectionRefusedError):
            self.connect(server.address)
        server.restart()
        self.assertEqual(self.ask(self.connect(server.address)), b"+PONG")

    def test_that_is_terminated_saves_what_it_is_told_to_save(self):
        server = self.start(save="3600 1")
        server.client().set("a", "1")
        self.assertEqual(server.terminate(), 0)
        server.restart()
        self.assertEqual(server.client().get("a"), b"1")

    def test_that_is_paused_keeps_its_connections_and_answers_when_it_goes_on(self):
        server = self.start()
        standing = self.connect(server.address)
        self.assertEqual(self.ask(standing), b"+PONG")
        server.pause()
        standing.sendall(b"PING\r\n")
        self.assert_silent(standing)
        self.connect(server.address)  # taken by the kernel
        server.resume()
        self.assertEqual(self.read_line(standing), b"+PONG")

    def test_that_is_paused_can_be_stopped(self):
        server = self.start()
        server.pause()
        server.stop()
        self.assertFalse(server.is_running)

    def test_that_is_stopped_leaves_nothing(self):
        server = self.start()
        for _ in range(2):
            server.stop()
            self.assertFalse(server.is_running)
            self.assertFalse(Path(server.directory).exists())

    def test_takes_directives_and_others_when_it_starts_again(self):
        server = self.start(maxmemory="3mb", maxmemory_policy="allkeys-lfu", client_output_buffer_limit=["normal 1mb 0 0", "pubsub 2mb 0 0"])
        self.assertEqual(server.client().config_get("maxmemory*")["maxmemory"], str(3 << 20))
        self.assertEqual(server.client().config_get("maxmemory-policy"), {"maxmemory-policy": "allkeys-lfu"})
        limits = server.client().config_get("client-output-buffer-limit")["client-output-buffer-limit"]
        self.assertIn(f"normal {1 << 20} 0 0", limits)
        self.assertIn(f"pubsub {2 << 20} 0 0", limits)
        server.restart(maxmemory="4mb")
        self.assertEqual(server.client().config_get("maxmemory")["maxmemory"], str(4 << 20))
        self.assertEqual(server.client().config_get("maxmemory-policy"), {"maxmemory-policy": "allkeys-lfu"})

    def test_wants_its_password(self):
        server = self.start(requirepass="secret")
        self.assertTrue(server.client().ping())
        with self.assertRaises(redis.AuthenticationError):
            server.client(password=None).ping()

    def test_lets_its_users_do_what_its_list_says(self):
        server = self.start(acl=["user default off", "user reader on >secret ~* &* +get"])
        with self.assertRaises(redis.AuthenticationError):
            server.client().get("a")
        reader = server.client(username="reader", password="secret")
        self.assertIsNone(reader.get("a"))
        with self.assertRaises(redis.exceptions.NoPermissionError):
            reader.set("a", "1")

    def test_is_the_replica_of_another(self):
        master = self.start()
        replica = self.start(replicaof=master)
        master.client().set("a", "1")
        wait_until(lambda: replica.client().get("a") == b"1", "the replica to have what its master has")
        with self.assertRaises(redis.exceptions.ReadOnlyError):
            replica.client().set("a", "2")

    def test_tells_why_it_did_not_start(self):
        with self.assertRaisesRegex(AssertionError, "'maxmemory-policy wrong'"):
            self.start(maxmemory_policy="wrong")

    def test_takes_other_ports_where_somebody_listens_already(self):
        with socket.create_server(("127.0.0.1", 0)) as occupied:
            in_use = mock.Mock(number=occupied.getsockname()[1])
            with mock.patch("harness.redis_server.ReservedPort", side_effect=[in_use, ReservedPort()]):
                server = self.start()
            self.assertNotEqual(server.port, in_use.number)
            self.assertTrue(server.client().ping())
            in_use.release.assert_called_once()

    def test_outlives_the_thread_that_started_it(self):
        server = Background(self.start, (), {}).result()
        sock = self.connect(server.address)
        self.assertEqual(self.ask(sock), b"+PONG")
        self.assert_silent(sock)

    def test_ends_with_the_process_of_the_test(self):
        test = subprocess.Popen([sys.executable, "-c", TEST], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parent)
        self.addCleanup(test.communicate)
        self.addCleanup(test.kill)
        directory, path = json.loads(test.stdout.readline())
        self.addCleanup(shutil.rmtree, directory)
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(PATIENCE)
            sock.connect(path)
            self.assertEqual(self.ask(sock), b"+PONG")
            test.kill()
            self.assertEqual(sock.recv(1), b"")


class ARedisServerWithTls(WithRedis):
    def test_has_a_certificate_for_its_address(self):
        server = self.start(tls=True)
        context = ssl.create_default_context(cafile=server.file("ca.crt"))
        for name in ("127.0.0.1", "localhost"):
            with context.wrap_socket(self.connect(("127.0.0.1", server.tls_port)), server_hostname=name) as sock:
                self.assertEqual(self.ask(sock), b"+PONG")
        with self.assertRaises(ssl.SSLCertVerificationError):
            context.wrap_socket(self.connect(("127.0.0.1", server.tls_port)), server_hostname="other.test")
        with self.assertRaises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(self.connect(("127.0.0.1", server.tls_port)), server_hostname="localhost")
        self.assertTrue(server.client().ping())

    def test_wants_a_certificate_of_its_clients_where_it_is_told_to(self):
        server = self.start(tls=True, tls_auth_clients=True)
        self.assertTrue(server.client(tls=True).ping())
        with self.assertRaises(redis.ConnectionError):
            server.client(tls=True, ssl_certfile=None, ssl_keyfile=None).ping()


class ARelay(WithRedis):
    def setUp(self):
        self.server = self.start()
        self.relay = self.relay_to(self.server.port)
        self.directly = self.server.client()

    def relay_to(self, target):
        relay = Relay(target)
        self.addCleanup(relay.close)
        return relay

    def client(self, **options):
        """A client that goes by the relay and tries nothing twice."""
        return self.server.client(port=self.relay.port, single_connection_client=True, **options)

    def test_passes_on_and_counts_what_goes_each_way(self):
        sock = self.connect(self.relay.address)
        self.assertEqual(self.ask(sock), b"+PONG")
        self.assertEqual((self.relay.count(), self.relay.standing()), (1, 1))
        self.assertEqual((self.relay.passed(TO_TARGET), self.relay.passed(TO_CLIENT)), (len(b"PING\r\n"), len(b"+PONG\r\n")))
        sock.close()
        wait_until(lambda: self.relay.standing() == 0, "the relay to see the end")
        self.assertEqual(self.relay.count(), 1)

    def test_passes_on_large_values(self):
        value = os.urandom(4 * LIMIT)
        self.client().set("a", value)
        self.assertEqual(self.client().get("a"), value)

    def test_passes_on_the_end_of_one_direction(self):
        sock = self.connect(self.relay.address)
        sock.sendall(b"PING\r\n")
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(self.read_line(sock), b"+PONG")
        self.assertEqual(sock.recv(1), b"")

    def test_goes_to_a_unix_socket_too(self):
        relay = self.relay_to(self.server.socket)
        self.assertEqual(self.ask(self.connect(relay.address)), b"+PONG")

    def test_resets_where_its_target_refuses(self):
        self.server.kill()
        with self.assertRaises(ConnectionResetError):  # in connecting or after that
            self.connect(self.relay.address).recv(1)

    def test_tells_its_clients_that_its_target_has_ended(self):
        sock = self.connect(self.relay.address)
        self.assertEqual(self.ask(sock), b"+PONG")
        self.server.kill()
        self.assertEqual(sock.recv(1), b"")

    def test_delays_what_goes_one_way_or_both(self):
        sock = self.connect(self.relay.address)
        for directions, delay in (((TO_TARGET,), DELAY), ((TO_CLIENT,), DELAY), ((), 2 * DELAY)):
            with self.subTest(directions):
                self.relay.delay(DELAY, *directions)
                began = time.monotonic()
                self.assertEqual(self.ask(sock), b"+PONG")
                self.assertGreaterEqual(time.monotonic() - began, delay)
                self.relay.delay(0)

    def test_keeps_the_order_of_what_it_delays(self):
        sock = self.connect(self.relay.address)
        first, second = b"RPUSH a 1\r\n", b"RPUSH a 2\r\n"
        self.relay.hold(TO_TARGET)
        self.relay.delay(DELAY, TO_TARGET)
        sock.sendall(first)
        self.relay.wait_for_pending(TO_TARGET, len(first))
        self.relay.delay(0)
        sock.sendall(second)
        self.relay.wait_for_pending(TO_TARGET, len(first + second))
        self.relay.release()
        self.assertEqual([self.read_line(sock), self.read_line(sock)], [b":1", b":2"])
        self.assertEqual(self.directly.lrange("a", 0, -1), [b"1", b"2"])

    def test_holds_back_until_it_releases(self):
        sock = self.connect(self.relay.address)
        self.assertEqual(self.ask(sock), b"+PONG")
        self.relay.hold()
        request = b"SET a 1\r\n"
        sock.sendall(request)
        self.relay.wait_for_pending(TO_TARGET, len(request))
        self.assert_silent(sock)
        self.assertIsNone(self.directly.get("a"))
        self.relay.release()
        self.assertEqual(self.read_line(sock), b"+OK")
        self.assertEqual(self.directly.get("a"), b"1")
        self.assertEqual((self.relay.pending(TO_TARGET), self.relay.pending(TO_CLIENT)), (0, 0))

    def test_takes_new_connections_while_it_holds(self):
        self.relay.hold()
        sock = self.connect(self.relay.address)
        sock.sendall(b"PING\r\n")
        self.relay.wait_for_pending(TO_TARGET)
        self.assert_silent(sock)
        self.relay.release()
        self.assertEqual(self.read_line(sock), b"+PONG")

    def test_holds_back_ends_and_resets_too(self):
        for ends in (socket.socket.close, reset):
            with self.subTest(ends):
                sock = self.connect(self.relay.address)
                self.assertEqual(self.ask(sock, b"CLIENT SETNAME one"), b"+OK")
                self.relay.hold()
                ends(sock)
                self.assertEqual(self.ask(self.connect(self.server.address)), b"+PONG")
                wait_until(lambda: self.relay.connections[-1].flows[TO_TARGET].is_read, "the end to come to the relay")
                self.assertIn("one", self.names_at_the_server())
                self.relay.release()
                wait_until(lambda: "one" not in self.names_at_the_server(), "the end to come to the server")

    def names_at_the_server(self):
        return [client["name"] for client in self.directly.client_list()]

    def test_that_holds_an_answer_and_cuts_leaves_open_whether_a_command_ran(self):
        client = self.client()
        self.assertTrue(client.ping())
        self.relay.hold(TO_CLIENT)
        running = Background(client.set, ("a", "1"), {})
        self.relay.wait_for_pending(TO_CLIENT)
        self.assertEqual(self.directly.get("a"), b"1")
        self.assertEqual(self.relay.cut(), 1)
        with self.assertRaises(redis.ConnectionError):
            running.result()

    def test_holds_only_the_connection_that_issues_a_command(self):
        reader, writer = self.client(), self.client()
        self.assertTrue(reader.ping() and writer.ping())
        self.relay.hold(only=issues("XREAD"))
        self.assertTrue(reader.ping())
        waiting = Background(reader.xread, ({"changes": "0"},), {"block": 0})
        self.relay.wait_for_pending(TO_TARGET)
        writer.xadd("changes", {"a": 1})
        self.assertFalse(waiting.is_done)
        self.assertEqual(self.relay.count(issues("XREAD")), 1)
        self.assertEqual(self.relay.count(issues("XADD")), 1)
        self.relay.release()
        ((stream, entries),) = waiting.result()
        self.assertEqual((stream, len(entries)), (b"changes", 1))

    def test_holds_only_connections_that_begin_in_a_way(self):
        self.relay.hold(only=lambda connection: connection.beginning.startswith(b"ECHO"))
        held, other = self.connect(self.relay.address), self.connect(self.relay.address)
        held.sendall(b"ECHO a\r\n")
        self.relay.wait_for_pending(TO_TARGET)
        self.assertEqual(self.ask(other), b"+PONG")
        self.assert_silent(held)
        self.relay.release()
        self.assertEqual(self.read_line(held), b"$1")

    def test_knows_commands_that_come_in_pieces_and_late(self):
        sock = self.connect(self.relay.address)
        self.assertEqual(self.ask(sock, b"ECHO " + b"a" * 8192), b"$8192")
        command = b"*1\r\n$4\r\nPING\r\n"
        for at in range(len(command)):
            sock.sendall(command[at : at + 1])
            wait_until(lambda: self.relay.passed(TO_TARGET) == len(b"ECHO \r\n") + 8192 + at + 1, "the byte to be passed on")
        self.assertEqual(self.relay.count(issues("PING")), 1)
        self.assertEqual(len(self.relay.connections[0].beginning), 4096)

    def test_counts_what_is_asked_at_once_as_one_exchange(self):
        sock = self.connect(self.relay.address)
        for count in (1, 2):
            sock.sendall(b"PING\r\nPING\r\n")
            self.assertEqual([self.read_line(sock), self.read_line(sock)], [b"+PONG", b"+PONG"])
            self.assertEqual(self.relay.exchanges(), count)
        self.assertEqual(self.relay.exchanges(issues("XREAD")), 0)

    def test_cuts_all_connections_or_some_and_lets_others_come(self):
        first, second = self.connect(self.relay.address), self.connect(self.relay.address)
        for sock in (first, second):
            self.assertEqual(self.ask(sock, b"CLIENT SETNAME cut"), b"+OK")
        self.assertEqual(self.relay.cut(only=lambda connection: connection.number == 1), 1)
        self.assert_reset(first)
        self.assertEqual(self.ask(second), b"+PONG")
        self.assertEqual(self.relay.cut(), 1)
        self.assert_reset(second)
        wait_until(lambda: "cut" not in self.names_at_the_server(), "the server to see it too")
        self.assertEqual(self.ask(self.connect(self.relay.address)), b"+PONG")
        self.assertEqual((self.relay.count(), self.relay.standing()), (3, 1))

    def test_refuses_new_connections_until_it_accepts_them_again(self):
        standing = self.connect(self.relay.address)
        self.assertEqual(self.ask(standing), b"+PONG")
        for _ in range(2):
            self.relay.refuse()
            with self.assertRaises(ConnectionRefusedError):
                self.connect(self.relay.address)
        self.assertEqual(self.ask(standing), b"+PONG")
        for _ in range(2):
            self.relay.accept()
            self.assertEqual(self.ask(self.connect(self.relay.address)), b"+PONG")

    def test_keeps_no_more_than_its_limit(self):
        value = bytes(32 * LIMIT)
        client = self.client()
        self.assertTrue(client.ping())
        self.relay.hold()
        setting = Background(client.set, ("a", value), {})
        self.relay.wait_for_pending(TO_TARGET, LIMIT)
        self.assertFalse(setting.is_done)
        self.assertEqual(self.relay.pending(TO_TARGET), LIMIT)
        self.relay.release()
        self.assertTrue(setting.result())
        self.assertEqual(self.directly.strlen("a"), len(value))

    def test_leads_to_another_target_from_the_next_connection_on(self):
        before = self.connect(self.relay.address)
        self.assertEqual(self.ask(before, b"SET a 1"), b"+OK")
        other = self.start()
        self.relay.target = other.port
        after = self.connect(self.relay.address)
        self.assertEqual(self.ask(after, b"EXISTS a"), b":0")
        self.assertEqual(self.ask(before, b"EXISTS a"), b":1")

    def test_tells_at_its_end_that_a_test_asked_nonsense(self):
        relay = Relay(self.server.port)
        sock = self.connect(relay.address)
        self.assertEqual(self.ask(sock), b"+PONG")
        relay.hold(only=lambda connection: connection.no_such_thing)
        sock.sendall(b"PING\r\n")
        self.assertEqual(self.read_line(sock), b"+PONG")
        with self.assertRaisesRegex(AttributeError, "no_such_thing"):
            relay.close()


class Fleet(unittest.TestCase):
    """One for all tests of a class: each leaves it whole."""

    @classmethod
    def setUpClass(cls):
        cls.fleet = cls.make()
        cls.addClassCleanup(cls.fleet.stop)


class ASentinelFleet(Fleet):
    @staticmethod
    def make():
        return Sentinel(replicas=2)

    def setUp(self):
        self.master = self.fleet.master
        self.client = self.fleet.client()
        self.client.set("a", "before")
        self.assertEqual(self.client.wait(2, int(PATIENCE * 1000)), 2)

    def assert_leads_to(self, server):
        """The sentinels, and by them a client."""
        self.assertIs(self.fleet.master, server)
        self.assertEqual(self.fleet.address, self.fleet.relay_of(server).address)
        client = self.fleet.client()
        self.assertEqual(client.get("a"), b"before")
        client.set("a", "after")
        self.assertEqual(server.client().get("a"), b"after")

    def test_fails_over_in_order(self):
        new = self.fleet.failover_to_new_master()
        self.assertIsNot(new, self.master)
        self.assert_leads_to(new)
        with self.assertRaises(redis.exceptions.ReadOnlyError):
            self.master.client().set("a", "1")

    def test_names_another_master_where_one_was_killed(self):
        new = self.fleet.kill_master()
        self.assertFalse(self.master.is_running)
        self.assert_leads_to(new)
        self.master.restart()
        self.assert_rejoins(new)

    def test_names_another_master_where_one_hangs(self):
        new = self.fleet.pause_master()
        self.assertTrue(self.master.is_running and self.master.is_paused)
        self.assert_leads_to(new)
        self.master.resume()
        self.assert_rejoins(new)

    def assert_rejoins(self, new):
        self.fleet.rejoin()
        self.assertIs(self.fleet.master, new)
        self.assertIn(self.master, self.fleet.replicas)
        self.assertEqual(self.master.client().get("a"), b"after")

    def test_names_another_master_where_one_is_cut_off_and_goes_on(self):
        new = self.fleet.cut_off_master()
        self.assert_leads_to(new)
        # A client's standing connection goes to the old one still, which takes what will be lost.
        self.client.set("a", "lost")
        self.assertEqual(self.master.client().get("a"), b"lost")
        self.fleet.rejoin()
        self.assertEqual(self.master.client().get("a"), b"after")


class ACluster(Fleet):
    @staticmethod
    def make():
        return Cluster(masters=3, replicas=1)

    def other_than(self, owner):
        return next(node for node in self.fleet.nodes if node is not owner and self.fleet.replicas_of(node))

    def test_knows_who_owns_a_key(self):
        owner = self.fleet.owner_of("a")
        self.assertEqual(self.fleet.slot_of("a"), 15495)
        self.assertIs(self.fleet.owner_of(15495), owner)
        owner.client().set("a", "1")
        with self.assertRaisesRegex(redis.ResponseError, f"MOVED 15495 127.0.0.1:{owner.port}"):
            self.other_than(owner).client().get("a")
        self.assertEqual(len({self.fleet.owner_of(slot) for slot in (0, 8191, 16383)}), 3)
        self.assertEqual([len(self.fleet.replicas_of(self.fleet.owner_of(slot))) for slot in (0, 8191, 16383)], [1, 1, 1])

    def test_moves_a_slot_with_its_keys(self):
        keys = [f"{{b}}{number}" for number in range(4)]
        old, slot = self.fleet.owner_of("b"), self.fleet.slot_of("b")
        for key in keys:
            old.client().set(key, "1")
        new = self.other_than(old)
        self.fleet.begin_moving(slot, new)
        answers = [self.answer_of(old, key) for key in keys]
        self.assertEqual(sorted(answers), ["1", "1"] + [f"ASK {slot} 127.0.0.1:{new.port}"] * 2)
        self.fleet.finish_moving(slot, new)
        self.assertIs(self.fleet.owner_of("b"), new)
        self.assertEqual([self.answer_of(old, key) for key in keys], [f"MOVED {slot} 127.0.0.1:{new.port}"] * 4)
        self.assertEqual([self.fleet.client_of(key).get(key) for key in keys], [b"1"] * 4)
        self.fleet.move_slot(slot, old)
        self.assertIs(self.fleet.owner_of("b"), old)
        self.assertEqual(self.fleet.client_of("b").mget(keys), [b"1"] * 4)

    def answer_of(self, node, key):
        try:
            return node.client().get(key).decode()
        except redis.ResponseError as error:
            return str(error)

    def test_puts_a_replica_in_the_place_of_a_master_that_was_killed(self):
        self.assert_succeeds(self.fleet.kill_master, RedisServer.restart)

    def test_puts_a_replica_in_the_place_of_a_master_that_hangs(self):
        self.assert_succeeds(self.fleet.pause_master, RedisServer.resume)

    def assert_succeeds(self, lose_master, bring_back):
        old = self.fleet.owner_of("c")
        client = self.fleet.client_of("c")
        client.set("c", "1")
        self.assertEqual(client.wait(1, int(PATIENCE * 1000)), 1)
        (replica,) = self.fleet.replicas_of(old)
        new = lose_master("c")
        self.assertIs(new, replica)
        self.assertNotIn(old, self.fleet.living)
        self.assertIs(self.fleet.owner_of("c"), new)
        self.assertEqual(self.fleet.client_of("c").get("c"), b"1")
        bring_back(old)
        self.fleet.rejoin()
        self.assertEqual(self.fleet.replicas_of(new), [old])


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    sock.close()


if __name__ == "__main__":
    unittest.main()
