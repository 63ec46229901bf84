"""RedisServer: Debian's own redis-server as a process, on ports and in a directory of its own, that a test can break.

    server = RedisServer(maxmemory="2mb", maxmemory_policy="allkeys-lru")   # any directive of redis.conf, with _ for -
    self.addCleanup(server.stop)
    server.port, server.socket, server.url, server.unix_url, server.directory
    server.client().xadd("changes", {"a": 1})                  # python3-redis; its own options may be given
    server.pause(); server.resume()                            # SIGSTOP, SIGCONT: connections stand, nothing answers
    server.kill()                                              # SIGKILL: connections end, new ones are refused
    server.terminate()                                         # SIGTERM, as an operator does it
    server.restart()                                           # on the same ports and in the same directory
    server.restart(maxmemory="1mb")                            # with a directive changed

    RedisServer(appendonly=True)                               # nothing is kept on disk otherwise
    copy = server.copy_disk(); server.kill(); server.put_back(copy); server.restart()   # with what it had then
    RedisServer(requirepass="secret")                          # client() knows the password
    RedisServer(acl=["user default off", "user app on >secret ~* &* +@all"])   # the lines of an aclfile; client(username="app", password="secret")
    RedisServer(replicaof=server)                              # or a Relay before it, or "127.0.0.1 6379"
    RedisServer(tls=True, tls_auth_clients=True)               # TLS besides: server.tls_port, server.tls_url, client(tls=True)
    RedisServer("--sentinel", sentinel=["monitor ...", "..."])   # arguments; a list is a directive given several times

With TLS `server.file(name)` is the path of ca.crt, server.crt, server.key, client.crt and client.key.

A server ends with the test's process too, however that ends.
"""

import concurrent.futures
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import urllib.parse
from pathlib import Path

import redis

from .patience import PATIENCE, OutOfPatience, wait_until
from .reserved_port import ReservedPort

# Unless the test says otherwise: nothing on disk, and none of the pauses by which Redis 7 waits for (more) replicas.
DIRECTIVES = {"save": "", "appendonly": False, "repl_diskless_sync_delay": 0, "shutdown_timeout": 0}
IN_USE = "Address already in use"
PORT_ATTEMPTS = 5

# PR_SET_PDEATHSIG is about the thread that started a process, not about its process: one thread that lives as long as the test's process starts them all.
_starter = concurrent.futures.ThreadPoolExecutor(1)


class RedisServer:
    """See the module's docstring."""

    def __init__(self, *arguments, acl=None, tls=False, **directives):
        self.directory = tempfile.mkdtemp(prefix="sidecache-test-redis-")
        self.socket = self.file("redis.sock")
        self.process = None
        self.is_paused = False
        self._arguments, self._directives = arguments, {**DIRECTIVES, **directives}
        self._ports, self._clients = {}, []
        self._port_names = ["port"] + ["tls_port"] * bool(tls) + ["cluster_port"] * bool(self._directives.get("cluster_enabled"))
        try:
            if acl is not None:
                Path(self.file("users.acl")).write_text("".join(line + "\n" for line in acl))
                self._directives["aclfile"] = self.file("users.acl")
            if tls:
                make_certificates(self.directory)
                files = {"tls_ca_cert_file": "ca.crt", "tls_cert_file": "server.crt", "tls_key_file": "server.key"}
                self._directives = {"tls_auth_clients": False, **{name: self.file(file) for name, file in files.items()}, **self._directives}
            self._start_on_new_ports()
        except BaseException:
            self.stop()
            raise

    # Where it is.

    port = property(lambda self: self._ports["port"].number)
    tls_port = property(lambda self: self._ports["tls_port"].number)
    bus_port = property(lambda self: self._ports["cluster_port"].number)  # by which the nodes of a cluster talk to each other
    address = property(lambda self: ("127.0.0.1", self.port))
    url = property(lambda self: f"redis://127.0.0.1:{self.port}")
    tls_url = property(lambda self: f"rediss://127.0.0.1:{self.tls_port}")
    unix_url = property(lambda self: f"unix://{urllib.parse.quote(self.socket)}")
    password = property(lambda self: self._directives.get("requirepass"))
    pid = property(lambda self: self.process.pid)

    def file(self, name):
        """The path of a file in its directory."""
        return os.path.join(self.directory, name)

    def client(self, tls=False, **options):
        """A redis.Redis for this server; it is closed with the server. `unix_socket_path=server.socket` goes by the Unix socket."""
        known = {"host": "127.0.0.1", "port": self.port, "password": self.password, "socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
        if tls:
            known.update(port=self.tls_port, ssl=True, ssl_ca_certs=self.file("ca.crt"), ssl_certfile=self.file("client.crt"), ssl_keyfile=self.file("client.key"))
        self._clients.append(redis.Redis(**{**known, **options}))
        return self._clients[-1]

    def log(self):
        """All it has told, since its first start."""
        return Path(self.file("redis.log")).read_text(errors="replace")

    @property
    def is_running(self):
        """Also while it is paused."""
        return self.process is not None and self.process.poll() is None

    # What happens to it.

    def pause(self):
        """Until it has stopped in the midst of what it does."""
        self.process.send_signal(signal.SIGSTOP)
        wait_until(lambda: os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOHANG), "redis-server to be stopped")
        self.is_paused = True

    def resume(self):
        self.process.send_signal(signal.SIGCONT)
        self.is_paused = False

    def kill(self):
        """At once, without a word to anybody; what it has not yet written to its disk is lost."""
        if self.is_running:
            self.process.kill()
            self.process.wait()
        self.is_paused = False

    def terminate(self):
        """Until it has ended as it likes: it saves what it is told to save. Returns its exit code."""
        self.process.terminate()
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise OutOfPatience(f"redis-server did not end\n{self.log()}") from None

    def restart(self, **directives):
        """Where it still runs it is killed. What it or a client has written into its configuration counts on, unless a directive is changed."""
        self.kill()
        if directives:
            self._directives.update(directives)
            self._write_configuration()
        told = self._start()
        if not self.is_running:
            raise AssertionError(f"redis-server did not start again\n{told}")

    def copy_disk(self):
        """With appendonly: a copy of all that it has told its disk until now, for `put_back`. Its path."""
        client = self.client()
        client.bgrewriteaof()
        wait_until(lambda: not (state := client.info("persistence"))["aof_rewrite_in_progress"] and not state["aof_rewrite_scheduled"], "redis-server to have rewritten its file")
        copy = tempfile.mkdtemp(prefix="copy-", dir=self.directory)
        shutil.copytree(self.file("appendonlydir"), copy, dirs_exist_ok=True)
        return copy

    def put_back(self, copy):
        """Where it does not run: it starts with that."""
        shutil.rmtree(self.file("appendonlydir"))
        shutil.copytree(copy, self.file("appendonlydir"))

    def stop(self):
        """The end; stopping twice is no matter."""
        for client in self._clients:
            client.connection_pool.disconnect()
        self.kill()
        for port in self._ports.values():
            port.release()
        shutil.rmtree(self.directory, ignore_errors=True)

    # Its own.

    def _start_on_new_ports(self):
        for _ in range(PORT_ATTEMPTS):
            for name in self._port_names:
                if name in self._ports:
                    self._ports[name].release()
                self._ports[name] = ReservedPort()
            self._write_configuration()
            told = self._start()
            if self.is_running:
                return
            if IN_USE not in told:
                break
        raise AssertionError(f"redis-server did not start\n{told}")

    def _write_configuration(self):
        directives = {"bind": "127.0.0.1", "protected_mode": False, "unixsocket": self.socket, "dir": self.directory, **self._directives}
        directives.update({name: port.number for name, port in self._ports.items()})
        lines = [line for name, value in directives.items() for line in _lines_of(name.replace("_", "-"), value)]
        Path(self.file("redis.conf")).write_text("".join(line + "\n" for line in lines))

    def _start(self):
        """Until it answers or has ended; returns what it told."""
        with open(self.file("redis.log"), "ab") as log:
            begin = log.tell()
            command = ["setpriv", "--pdeathsig", "KILL", "redis-server", self.file("redis.conf"), *self._arguments]
            start = _starter.submit(subprocess.Popen, command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory)
            self.process = start.result()
        try:
            wait_until(lambda: not self.is_running or self._answers(), "redis-server to answer")
        except OutOfPatience as error:
            raise OutOfPatience(f"{error}\n{self.log()[begin:]}") from None
        return self.log()[begin:]

    def _answers(self):
        """Does it answer PING, if only that it wants a password? While it still loads its files it says so instead."""
        try:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.settimeout(PATIENCE)
                sock.connect(self.socket)
                sock.sendall(b"PING\r\n")
                return sock.recv(64).startswith((b"+PONG", b"-NOAUTH"))
        except OSError:
            return False


def _lines_of(name, value):
    """The lines of a configuration that give a directive this value."""
    if isinstance(value, list):
        return [line for one in value for line in _lines_of(name, one)]
    if isinstance(value, bool):
        value = "yes" if value else "no"
    elif hasattr(value, "port"):  # a server, or a relay before one
        value = f"127.0.0.1 {value.port}"
    return [f'{name} {value}' if value != "" else f'{name} ""']


def make_certificates(directory):
    """In PEM: ca.crt, and server.crt, server.key, client.crt, client.key signed by it; the server's is for 127.0.0.1 and localhost."""
    request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    by_authority = ["-CA", "ca.crt", "-CAkey", "ca.key", "-addext", "basicConstraints=critical,CA:FALSE"]
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    for name, more in {"ca": [], "server": by_authority + names, "client": by_authority}.items():
        command = [*request, "-subj", f"/CN=sidecache test {name}", "-keyout", f"{name}.key", "-out", f"{name}.crt", *more]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=directory)
        if done.returncode != 0:
            raise AssertionError(f"openssl made no certificate: {' '.join(command)}\n{done.stderr}")
