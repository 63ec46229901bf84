"""The command line is a contract: texts, exit codes, printed addresses, the admin door and the access log."""

import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from harness import PATIENCE, Client, Connection, Sidecache, binary, run_sidecache, wait_until

ORIGIN = "http://127.0.0.1:9"  # nobody is asked there


def run(*arguments, **environment):
    """Runs sidecache to its end: (exit code, stdout, stderr)."""
    ended = run_sidecache(*arguments, environment=environment)
    return ended.returncode, ended.stdout, ended.stderr


class Running(Sidecache):
    """Serves with exactly these arguments. The addresses are those that it printed: `listening` of them, and the admin's if there is one."""

    def __init__(self, *arguments, listening=1, admin=False, **environment):
        super().__init__(None, environment=environment, listen=(), admin=None, start=False)
        self.command = [binary(), *arguments]
        self.start()
        self.stdout.wait_for(lambda lines: len(lines) >= 1 + listening + admin)
        self.started = self.stdout.lines()[: 1 + listening + admin]
        self.texts = [line.removeprefix("listening on ") for line in self.started if line.startswith("listening on ")]
        doors = [line.removeprefix("admin on ") for line in self.started if line.startswith("admin on ")]
        self.admin_text = doors[0] if doors else None
        if len(self.texts) != listening or len(doors) != admin:
            self.kill()
            raise AssertionError(f"not the lines of a start: {self.command}\n{self.told()}")
        self.addresses = [address_of(text) for text in self.texts]
        self.admin_address = address_of(self.admin_text) if doors else None

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.stop()
        finally:
            self.kill()


def address_of(text):
    if text.startswith("unix:"):
        return text.removeprefix("unix:")
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


class Folder(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sidecache-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, text, name="sidecache.yaml"):
        path = self.folder / name
        path.write_text(text)
        return str(path)


class Texts(unittest.TestCase):
    def test_help_names_every_flag_and_exits_with_0(self):
        for flag in ("--help", "-h"):
            code, out, err = run(flag)
            self.assertEqual((code, err), (0, ""))
            for name in ("--origin URL", "--listen ADDRESS", "--admin ADDRESS", "--memory SIZE", "--workers N", "--log-level LEVEL",
                         "--config FILE", "--set KEY=VALUE", "--check", "--version", "--help", "healthcheck", "SIGTERM", "SIGHUP"):
                self.assertIn(name, out)

    def test_help_is_given_even_beside_a_bad_flag(self):
        code, out, _ = run("--help", "--bogus")
        self.assertEqual(code, 0)
        self.assertIn("Usage:", out)

    def test_help_fits_a_terminal_of_120_columns(self):
        _, out, _ = run("--help")
        self.assertLessEqual(max(map(len, out.splitlines())), 120)

    def test_version_is_one_line_and_exits_with_0(self):
        code, out, err = run("--version")
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"\Asidecache \d+\.\d+\.\d+\n\Z")


class Check(Folder):
    def test_a_good_configuration_exits_with_0_and_says_so(self):
        self.assertEqual(run("--origin", ORIGIN, "--check"), (0, "sidecache: the configuration is good\n", ""))

    def test_check_binds_no_address(self):
        with socket.create_server(("127.0.0.1", 0)) as busy:
            code, _, _ = run("--origin", ORIGIN, "--listen", f"127.0.0.1:{busy.getsockname()[1]}", "--check")
        self.assertEqual(code, 0)

    def test_every_problem_of_a_file_is_told_at_once_with_its_line(self):
        path = self.write("listen: 8080\n"
                          "origins:\n"
                          "  api:\n"
                          "    servers: [\"http://app-1:8000/api\"]\n"
                          "    pool: {max: 0, wait: soon}\n"
                          "routes:\n"
                          "  - {path: /api/doctors/, fresh: 5m, stale: {if_eror: 10m}}\n"
                          "  - {path: /api/patients/, fresh: 90}\n"
                          "timeout: {head: 10s}\n"
                          "limits: {head: 16KiB, target: 32KiB}\n"
                          "redis: {url: \"127.0.0.1:6379\"}\n")
        code, out, err = run("--config", path, "--check")
        self.assertEqual((code, out), (2, ""))
        expected = ["1: listen: expected an address such as 127.0.0.1:8080, got '8080'; did you mean '127.0.0.1:8080'?",
                    "4: origins.api.servers.0: expected no path after the host, got '/api'",
                    "5: origins.api.pool.max: expected a whole number from 1 to 65535, got '0'",
                    "5: origins.api.pool.wait: expected a duration such as 30s, got 'soon'",
                    "7: routes.0.stale.if_eror: unknown key; did you mean 'if_error'?",
                    "8: routes.1.fresh: expected origin or a duration such as 5m, got '90'; units: ms s m h d",
                    "9: timeout: unknown key; did you mean 'timeouts'?",
                    "10: limits.target: expected at most limits.head (16KiB), got '32KiB'",
                    "11: redis.url: expected redis://HOST:PORT/DATABASE, rediss:// for TLS,"]
        lines = err.splitlines()
        self.assertEqual(len(lines), len(expected), err)
        for line, start in zip(lines, expected):
            self.assertTrue(line.startswith(f"sidecache: {path}:{start}"), line)

    def test_a_file_that_is_no_yaml_is_told_with_its_line(self):
        path = self.write("listen: 127.0.0.1:8080\norigins: {api: {servers: [\n")
        code, _, err = run("--config", path, "--check")
        self.assertEqual(code, 2)
        self.assertRegex(err, re.escape(path) + r":\d+: ")

    def test_a_repeated_key_is_a_problem(self):
        path = self.write("workers: 1\nworkers: 2\n")
        code, _, err = run("--config", path, "--origin", ORIGIN, "--check")
        self.assertEqual(code, 2)
        self.assertIn(f"{path}:2: workers", err)

    def test_a_missing_file_is_told_with_its_name(self):
        path = str(self.folder / "absent.yaml")
        code, _, err = run("--config", path, "--check")
        self.assertEqual(code, 2)
        self.assertIn(f"{path}: cannot be read: No such file or directory", err)

    def test_the_configuration_that_comes_with_the_project_is_good(self):
        path = pathlib.Path(__file__).resolve().parents[2] / "config" / "sidecache.yaml"
        self.assertEqual(run("--config", str(path), "--check")[::2], (0, ""))


class Mistakes(unittest.TestCase):
    def assert_refused(self, arguments, *sentences, **environment):
        code, out, err = run(*arguments, **environment)
        self.assertEqual((code, out), (2, ""), err)
        for sentence in sentences:
            self.assertIn(sentence, err)
        for line in err.splitlines():
            self.assertTrue(line.startswith("sidecache: "), line)
        return err.splitlines()

    def test_no_origin_is_refused_with_the_words_to_say(self):
        lines = self.assert_refused([], "origins: missing; say --origin http://127.0.0.1:8000")
        self.assertEqual(len(lines), 1)

    def test_an_unknown_flag_gets_the_nearest_one(self):
        for wrong, right in (("--orgin", "--origin"), ("--lisen", "--listen"), ("--wokers", "--workers"), ("--chek", "--check"),
                             ("--log-levl", "--log-level")):
            self.assert_refused(["--origin", ORIGIN, wrong, "x"], f"{wrong}: unknown flag; did you mean '{right}'?")

    def test_a_flag_like_no_other_points_to_help(self):
        self.assert_refused(["--origin", ORIGIN, "--frobnicate"], "--frobnicate: unknown flag; see --help")

    def test_a_misspelt_command_gets_the_nearest_one(self):
        self.assert_refused(["--origin", ORIGIN, "helthcheck"], "unexpected 'helthcheck'; did you mean 'healthcheck'?")

    def test_a_flag_without_its_value_is_refused(self):
        for flag in ("--listen", "--admin", "--config", "--set", "--memory"):
            self.assert_refused(["--origin", ORIGIN, flag], f"{flag}: needs a value")

    def test_a_scalar_flag_given_twice_is_refused(self):
        self.assert_refused(["--origin", ORIGIN, "--workers", "1", "--workers", "2"], "--workers: given more than once")

    def test_several_mistakes_are_told_at_once(self):
        lines = self.assert_refused(["--origin", ORIGIN, "--workers", "0", "--memory", "5KB", "--log-level", "verbose"],
                                    "workers: expected auto or a whole number from 1 to 1024, got '0'",
                                    "memory.size: expected a size such as 64KiB, got '5KB'; units: B KiB MiB GiB",
                                    "log.level: expected debug, info, warning or error, got 'verbose'")
        self.assertEqual(len(lines), 3)

    def test_an_address_that_is_none_is_refused_with_a_better_one(self):
        for wrong, right in (("8080", "127.0.0.1:8080"), (":8080", "*:8080"), ("localhost:8080", "127.0.0.1:8080")):
            self.assert_refused(["--origin", ORIGIN, "--listen", wrong], f"got '{wrong}'; did you mean '{right}'?")

    def test_a_port_beyond_65535_is_refused(self):
        self.assert_refused(["--origin", ORIGIN, "--listen", "127.0.0.1:65536"], "expected an address", "'127.0.0.1:65536'")

    def test_an_address_that_this_machine_has_not_is_one_clear_line(self):
        lines = self.assert_refused(["--origin", ORIGIN, "--listen", "192.0.2.1:8080"],
                                    "cannot listen on 192.0.2.1:8080: this machine has no such address")
        self.assertEqual(len(lines), 1)

    def test_a_port_that_another_program_listens_on_is_one_clear_line(self):
        with socket.create_server(("127.0.0.1", 0)) as busy:
            address = f"127.0.0.1:{busy.getsockname()[1]}"
            for flag in ("--listen", "--admin"):
                listen = [] if flag == "--listen" else ["--listen", "127.0.0.1:0"]
                lines = self.assert_refused(["--origin", ORIGIN, *listen, flag, address],
                                            f"cannot listen on {address}: the address is in use")
                self.assertEqual(len(lines), 1)

    def test_a_second_sidecache_on_the_same_port_is_one_clear_line(self):
        # Both would bind with SO_REUSEPORT, and half of the clients would find the other.
        with Running("--origin", ORIGIN, "--listen", "127.0.0.1:0", "--workers", "2") as first:
            address = first.texts[0]
            lines = self.assert_refused(["--origin", ORIGIN, "--listen", address], f"cannot listen on {address}: the address is in use")
            self.assertEqual(len(lines), 1)

    def test_an_access_log_that_cannot_be_opened_is_one_clear_line(self):
        lines = self.assert_refused(["--origin", ORIGIN, "--listen", "127.0.0.1:0", "--set", "log.access=/nonexistent/access.log"],
                                    "cannot open the access log /nonexistent/access.log: No such file or directory")
        self.assertEqual(len(lines), 1)

    def test_what_is_not_built_yet_is_refused_by_name(self):
        self.assert_refused(["--origin", ORIGIN, "--query", "*:0"], "query.listen: '*:0' is reached from other machines")
        self.assert_refused(["--origin", "https://127.0.0.1:9"], "not built yet; https to an origin")

    def test_a_mistake_in_set_names_the_key(self):
        self.assert_refused(["--origin", ORIGIN, "--set", "timeouts.haed=1s"], "--set: timeouts.haed: unknown key; did you mean 'head'?")
        self.assert_refused(["--origin", ORIGIN, "--set", "timeouts.head=soon"], "timeouts.head: expected a duration such as 30s, got 'soon'")
        self.assert_refused(["--origin", ORIGIN, "--set", "nonsense"], "--set: expected KEY=VALUE, got 'nonsense'")

    def test_a_mistake_in_the_environment_names_the_variable(self):
        self.assert_refused(["--origin", ORIGIN], "SIDECACHE_TIMEOUTS_HEAD", "expected a duration", SIDECACHE_TIMEOUTS_HEAD="soon")


class Start(Folder):
    def test_the_origin_and_each_address_are_printed(self):
        with Running("--origin", ORIGIN, "--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
                     listening=2, admin=True) as server:
            self.assertEqual(server.started[0], f"sidecache: origin {ORIGIN}")
            self.assertEqual(len(set(server.texts)), 2)
            for text, address in zip(server.texts, server.addresses):
                self.assertRegex(text, r"\A127\.0\.0\.1:[1-9]\d*\Z")
                self.assertEqual(Client(address).get("/").status, 502)
            self.assertEqual(server.admin("/readyz").status, 200)

    def test_an_ipv6_address_is_printed_in_brackets(self):
        try:
            with socket.create_server(("::1", 0), family=socket.AF_INET6):
                pass
        except OSError:
            self.skipTest("no IPv6 here")
        with Running("--origin", ORIGIN, "--listen", "[::1]:0") as server:
            self.assertRegex(server.texts[0], r"\A\[::1\]:[1-9]\d*\Z")
            self.assertEqual(server.client().get("/").status, 502)

    def test_a_unix_socket_is_served_and_removed_at_the_end(self):
        path = self.folder / "http.sock"
        with Running("--origin", ORIGIN, "--listen", f"unix:{path}") as server:
            self.assertEqual(server.texts, [f"unix:{path}"])
            self.assertEqual(server.client().get("/").status, 502)
        self.assertFalse(path.exists())

    def test_a_unix_socket_that_a_killed_process_left_behind_is_taken_over(self):
        path = self.folder / "http.sock"
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))
        with Running("--origin", ORIGIN, "--listen", f"unix:{path}") as server:
            self.assertEqual(server.client().get("/").status, 502)

    def test_sigterm_and_sigint_end_it_with_0(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with Running("--origin", ORIGIN, "--listen", "127.0.0.1:0") as server:
                server.process.send_signal(number)
                self.assertEqual(server.wait_for_exit(), 0)

    def test_everything_can_be_said_in_the_environment(self):
        with Running(listening=2, admin=True, SIDECACHE_ORIGIN=ORIGIN, SIDECACHE_LISTEN="127.0.0.1:0,127.0.0.1:0", SIDECACHE_ADMIN="127.0.0.1:0",
                     SIDECACHE_WORKERS="3", SIDECACHE_LOG_ACCESS="off", SIDECACHE_MEMORY="1MiB", SIDECACHE_TIMEOUTS_HEAD="") as server:
            self.assertEqual(json.loads(server.admin("/healthz").body)["workers"], 3)
            self.assertEqual(server.metric("sidecache_memory_limit_bytes"), 1 << 20)

    def test_flags_win_over_the_environment_and_it_over_the_file(self):
        path = self.write(f"origins: {{api: {{servers: [\"{ORIGIN}\"]}}}}\nlisten: 127.0.0.1:0\nworkers: 4\nmemory: {{size: 3MiB}}\n")
        with Running("--workers", "1", "--admin", "127.0.0.1:0", admin=True,
                     SIDECACHE_CONFIG=path, SIDECACHE_WORKERS="2", SIDECACHE_MEMORY="2MiB") as server:
            self.assertEqual(json.loads(server.admin("/healthz").body)["workers"], 1)
            self.assertEqual(server.metric("sidecache_memory_limit_bytes"), 2 << 20)

    def test_a_variable_in_the_file_is_replaced_and_one_that_is_not_set_is_a_problem(self):
        path = self.write("origins: {api: {servers: [\"${APP_URL}\"]}}\n")
        self.assertEqual(run("--config", path, "--check", APP_URL=ORIGIN)[0], 0)
        code, _, err = run("--config", path, "--check")
        self.assertEqual(code, 2)
        self.assertIn("APP_URL", err)

    def test_set_reaches_any_key_and_the_last_one_wins(self):
        with Running("--origin", ORIGIN, "--listen", "127.0.0.1:0", "--set", "timeouts.head=1h", "--set", "timeouts.head=200ms",
                     "--set", "routes.0={path: /slow/}") as server, Connection(server.address) as connection:
            connection.send(b"GET / HT")
            self.assertEqual(connection.read_response().status, 408)


class Healthcheck(Folder):
    def test_a_running_server_is_healthy(self):
        with Running("--origin", ORIGIN, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", admin=True) as server:
            admin = server.admin_text
            self.assertEqual(run("healthcheck", "--admin", admin), (0, "", ""))
            self.assertEqual(run("healthcheck", SIDECACHE_ADMIN=admin)[0], 0)
            path = self.write(f"admin: {admin}\nrouts: []\n")  # it minds no other key
            self.assertEqual(run("healthcheck", "--config", path)[0], 0)

    def test_an_admin_door_on_a_unix_socket_can_be_asked(self):
        path = self.folder / "admin.sock"
        with Running("--origin", ORIGIN, "--listen", "127.0.0.1:0", "--admin", f"unix:{path}", admin=True):
            self.assertEqual(run("healthcheck", "--admin", f"unix:{path}")[0], 0)

    def test_where_nobody_answers_is_unhealthy(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = f"127.0.0.1:{free.getsockname()[1]}"
        self.assertEqual(run("healthcheck", "--admin", address), (1, "", f"unhealthy: nobody answers on {address}\n"))

    def test_who_accepts_and_says_nothing_is_unhealthy_within_seconds(self):
        with socket.create_server(("127.0.0.1", 0)) as mute:
            code, _, err = run("healthcheck", "--admin", f"127.0.0.1:{mute.getsockname()[1]}")
        self.assertEqual((code, err), (1, "unhealthy: no answer within 2 s\n"))

    def test_without_an_admin_address_it_is_the_operators_mistake(self):
        code, _, err = run("healthcheck")
        self.assertEqual(code, 2)
        self.assertIn("admin: missing; say --admin", err)


class AdminDoor(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Running("--origin", ORIGIN, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--workers", "2", admin=True)
        cls.addClassCleanup(cls.server.stop)
        cls.admin = Client(cls.server.admin_address)

    def test_health_and_readiness_are_json(self):
        health = self.admin.get("/healthz")
        self.assertEqual((health.status, health.header("content-type"), health.header("cache-control")), (200, "application/json", "no-store"))
        self.assertEqual(json.loads(health.body), {"healthy": True, "workers": 2, "stuck": 0})
        ready = self.admin.get("/readyz?verbose")
        self.assertEqual((ready.status, ready.header("content-type")), (200, "application/json"))
        self.assertIs(json.loads(ready.body)["ready"], True)

    def test_metrics_are_prometheus_text_with_the_exchanges_that_ended(self):
        self.assertEqual(self.admin.get("/metrics").header("content-type"), "text/plain; version=0.0.4; charset=utf-8")
        before = self.server.metric("sidecache_requests_total")
        self.assertEqual(self.server.client().get("/metrics").status, 502)  # of the origin, who is not there: the admin door is elsewhere
        self.server.wait_for_metric("sidecache_requests_total", before + 1)
        self.assertEqual(self.server.metric("sidecache_requests_total"), before + 1)

    def test_metrics_are_clean_for_promtool(self):
        promtool = shutil.which("promtool")
        if promtool is None:
            self.skipTest("promtool is not installed")
        self.server.client().get("/")
        checked = subprocess.run([promtool, "check", "metrics"], input=self.admin.get("/metrics").body, capture_output=True, timeout=PATIENCE)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, b""))

    def test_head_has_the_fields_of_get_and_no_content(self):
        for path in ("/healthz", "/metrics"):
            answer = self.admin.head(path)
            self.assertEqual((answer.status, answer.body), (200, b""))
            self.assertGreater(int(answer.header("content-length")), 0)

    def test_another_path_is_404_and_tells_what_there_is(self):
        for target in ("/", "/health", "/healthz/", "/metrics/x"):
            answer = self.admin.get(target)
            self.assertEqual(answer.status, 404, target)
            self.assertIn("/metrics, /healthz, /readyz, /explain?url=... and POST /invalidate", json.loads(answer.body)["detail"])

    def test_another_method_is_405_and_tells_which_there_are(self):
        for target in ("/metrics", "/healthz", "/readyz"):
            answer = self.admin.post(target)
            self.assertEqual((answer.status, answer.header("allow")), (405, "GET, HEAD"))

    def test_a_connection_of_the_admin_door_serves_more_than_one_request(self):
        with self.admin.connect() as connection:
            for target in ("/healthz", "/metrics", "/readyz"):
                answer = connection.get(target)
                self.assertEqual((answer.status, answer.will_close), (200, False))

    def test_nonsense_on_the_admin_door_harms_nobody(self):
        with self.admin.connect() as connection:
            connection.send(b"\x16\x03\x01\x02\x00nonsense\r\n\r\n")
            connection.read_rest()
        self.assertEqual(self.admin.get("/healthz").status, 200)

    def test_there_is_no_admin_door_without_the_word(self):
        with Running("--origin", ORIGIN, "--listen", "127.0.0.1:0") as server:
            server.stop()
            self.assertNotIn("admin on", server.stdout.text())


class AccessLog(Folder):
    def lines(self, path):
        text = path.read_text() if path.exists() else ""
        return text.splitlines() if text.endswith("\n") else []

    def test_each_exchange_is_one_json_line_in_the_file(self):
        path = self.folder / "access.log"
        with Running("--origin", ORIGIN, "--listen", "127.0.0.1:0", "--set", f"log.access={path}") as server:
            server.client().request("GET", "/api/doctors/1/?secret=1", {"X-Request-ID": "abc-1"})
            server.client().request("POST", "/api/doctors/", {"X-Request-ID": "abc-2"}, b"{}")
            lines = wait_until(lambda: len(found := self.lines(path)) == 2 and found, "two lines in the access log")
        first, second = sorted(map(json.loads, lines), key=lambda line: line["id"])  # each worker writes its own in turn
        self.assertEqual((first["method"], first["path"], first["status"], first["id"]), ("GET", "/api/doctors/1/", 502, "abc-1"))
        self.assertEqual(first["error"], "connection_refused")
        self.assertEqual((second["method"], second["path"], second["status"], second["id"]), ("POST", "/api/doctors/", 502, "abc-2"))
        self.assertRegex(first["time"], r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z\Z")

    def test_it_is_text_if_asked(self):
        path = self.folder / "access.log"
        with Running("--origin", ORIGIN, "--listen", "127.0.0.1:0", "--set", f"log.access={path}", "--set", "log.format=text") as server:
            server.client().get("/x")
            (line,) = wait_until(lambda: self.lines(path), "a line in the access log")
        self.assertRegex(line, r'\A- - - \[.+\] "GET /x" 502 \d+ ')

    def test_it_goes_to_stdout_unless_told_otherwise(self):
        with Running("--origin", ORIGIN, "--listen", "127.0.0.1:0") as server:
            server.client().get("/y")
            self.assertEqual(server.access_log(1)[0]["path"], "/y")

    def test_off_means_not_a_line(self):
        path = self.folder / "access.log"
        with Running("--origin", ORIGIN, "--listen", "127.0.0.1:0", "--set", "log.access=off") as server:
            server.client().get("/z")
            server.stop()
            self.assertNotIn("/z", server.told())
        self.assertFalse(path.exists())

    def test_sigusr1_opens_the_file_anew_after_it_was_moved(self):
        path = self.folder / "access.log"
        with Running("--origin", ORIGIN, "--listen", "127.0.0.1:0", "--set", f"log.access={path}") as server:
            server.client().get("/before")
            wait_until(lambda: self.lines(path), "a line in the access log")
            path.rename(self.folder / "access.log.1")
            server.process.send_signal(signal.SIGUSR1)
            wait_until(path.exists, "the log file is there again")
            server.client().get("/after")
            (line,) = wait_until(lambda: self.lines(path), "a line in the new access log")
            self.assertEqual(json.loads(line)["path"], "/after")


if __name__ == "__main__":
    unittest.main()
