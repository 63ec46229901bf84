"""A PostgreSQL server for the length of a test run: Debian's binaries, an empty folder, a Unix socket and no port."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

VERSIONS = Path("/usr/lib/postgresql")
ROLE = "records"
DEADLINE = 30.0
# What is lost in a crash is made anew: nothing waits for a disk.
SETTINGS = {"listen_addresses": "", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off", "wal_level": "minimal", "max_wal_senders": "0"}


class PostgresqlError(Exception):
    """It did not start; the message has what it said."""


def binaries():
    """The newest installed version's folder."""
    found = [folder / "bin" for folder in VERSIONS.glob("*") if (folder / "bin" / "initdb").is_file()]
    if not found:
        raise PostgresqlError("PostgreSQL is not installed: apt install postgresql")
    return max(found, key=lambda path: int(path.parent.name))


def unprivileged():
    """The server refuses to run as root: then it runs as the user whom Debian's package makes for it."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class Postgresql:
    """Runs within `with`; who may read its folder may connect, which is its user and root."""

    def __enter__(self):
        self._binaries, self._who = binaries(), unprivileged()
        self._folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
        self._process = None
        try:
            if self._who:
                os.chown(self._folder, self._who["user"], self._who["group"])
            self._run("initdb", "--pgdata", "data", "--username", ROLE, "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # "fast": it ends its sessions and itself
            try:
                self._process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._folder)

    @property
    def url(self):
        return f"postgresql://{ROLE}@/postgres?host={quote(str(self._folder))}"

    def _options(self):
        return {"cwd": self._folder, "stdin": subprocess.DEVNULL, "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}, **self._who}

    def _run(self, name, *arguments):
        done = subprocess.run([self._binaries / name, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=DEADLINE, **self._options())
        if done.returncode != 0:
            raise PostgresqlError(f"{name} failed:\n" + done.stdout.decode(errors="replace"))

    def _start(self):
        log = self._folder / "log"
        settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        with log.open("wb") as file:
            # A group of its own: Ctrl-C in the terminal is for the tests, after which it is ended here.
            self._process = subprocess.Popen([self._binaries / "postgres", "-D", "data", "-k", str(self._folder), *settings],
                                             stdout=file, stderr=subprocess.STDOUT, start_new_session=True, **self._options())
        until = time.monotonic() + DEADLINE
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > until:
                raise PostgresqlError("postgres did not start:\n" + log.read_text(errors="replace"))
            time.sleep(0.05)

    def _is_ready(self):
        """The last line of its own file says so."""
        try:
            return (self._folder / "data" / "postmaster.pid").read_text().split()[-1] == "ready"
        except (OSError, IndexError):
            return False
