"""Nodes of a fleet, their Redis, and the relay that makes one of them slow: processes, each in a folder of its own."""

import contextlib
import os
import re
import signal
import sys
from pathlib import Path

from candidates import Sidecache
from harness import Client, sum_of, wait_until
from origin import Origin
from process import PATIENCE, HeldPort, Process

MODES = ("strict", "bounded", "verified")
REDIS_DIRECTIVES = 'bind 127.0.0.1\nsave ""\nappendonly no\n'


class Redis:
    """Debian's own redis-server, which keeps nothing on disk."""

    def __init__(self, folder, cpu):
        self._held = HeldPort()
        (folder / "redis.conf").write_text("port %d\n%s" % (self._held.number, REDIS_DIRECTIVES))
        self.process = Process(["redis-server", "redis.conf"], folder, cpu)
        try:
            self.port = self.process.wait_for_port(self._held.number)
        except BaseException:
            self.stop()
            raise

    def stop(self):
        self.process.stop()
        self._held.close()


class SlowRelay:
    """Before Redis, for one node: everything arrives `delay` seconds later either way, once it is told to `slow_down`."""

    def __init__(self, folder, cpu, target, delay):
        self.process = Process([sys.executable, Path(__file__).with_name("slow_relay.py"), "--target", target, "--delay", delay], folder, cpu)
        try:
            self.port = self.process.wait_for_port()
        except BaseException:
            self.stop()
            raise

    def slow_down(self):
        os.kill(self.process.pids()[0], signal.SIGUSR1)
        wait_until(lambda: b"\nslow\n" in self.process.log.read_bytes(), "the relay to be slow", PATIENCE)

    def stop(self):
        self.process.stop()


class AdminDoor:
    """What a node tells of itself."""

    def __init__(self, process):
        found = wait_until(lambda: re.search(rb"admin on (\S+):(\d+)\n", process.log.read_bytes()), "an admin door", PATIENCE)
        self._client = Client((found.group(1).decode(), int(found.group(2))))

    def metrics(self):
        lines = (line for line in self._client.get("/metrics").body.decode().splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    def wait_until_in_fleet(self, mode, members):
        """Until it may reuse what it stores, and knows of all others. With `verified` nobody has that right for any time: until it has spoken with Redis."""
        def is_in_fleet():
            of = self.metrics()
            if mode == "verified":
                return sum_of(of, "sidecache_fleet_turns_total", result="kept") > 0
            return sum_of(of, "sidecache_fleet_trusted") == 1 and sum_of(of, "sidecache_fleet_members") == members

        wait_until(is_in_fleet, "a node to be in a fleet of %d" % members, PATIENCE)


def fleet_arguments(redis_port, mode, *settings):
    return ["--redis", "redis://127.0.0.1:%d" % redis_port, *_set("redis.consistency=" + mode, *settings)]


def _set(*settings):
    return [word for setting in settings for word in ("--set", setting)]


class FleetNode(Sidecache):
    """A candidate: the first of some nodes that share a Redis. It alone is asked and measured; the others and Redis are on the load's CPU."""

    def __init__(self, program, mode, members, others_cpu):
        super().__init__(program)
        self.name = "%s, %d nodes" % (mode, members)
        self.mode, self._members, self._others_cpu = mode, members, others_cpu
        self.process = None
        self._kept = contextlib.ExitStack()

    def start(self, folder, origin_port, cpu, workload):
        try:
            self._redis = Redis(subfolder(folder, "redis"), self._others_cpu)
            self._kept.callback(self._redis.stop)
            super().start(folder, origin_port, cpu, workload)
            others = [Process(self.command(workload), subfolder(folder, "other-%d" % number), self._others_cpu) for number in range(1, self._members)]
            for other in others:
                self._kept.callback(other.stop)
            for process in (self.process, *others):
                process.wait_for_port()
                AdminDoor(process).wait_until_in_fleet(self.mode, self._members)
        except BaseException:
            self.stop()
            raise

    def command(self, workload):
        return super().command(workload) + fleet_arguments(self._redis.port, self.mode)

    def stop(self):
        with self._kept:
            if self.process is not None:
                super().stop()


class Fleet:
    """Nodes before one origin, the last of which reaches Redis through a relay where `delay` says so, and a bystander, which is in no fleet. All of it may use all of `cpus`."""

    def __init__(self, programs, folder, cpus, nodes, mode, settings, workload, delay=None):
        self._kept = contextlib.ExitStack()
        self.relay = None
        try:
            self.origin = self._keep(_Origin(programs.limit, subfolder(folder, "origin"), cpus, workload))
            self.redis = self._keep(Redis(subfolder(folder, "redis"), cpus))
            if delay is not None:
                self.relay = self._keep(SlowRelay(subfolder(folder, "relay"), cpus, self.redis.port, delay))
            self.nodes = []
            for number in range(1, nodes + 1):
                through = self.relay if self.relay and number == nodes else self.redis
                self.nodes.append(self._keep(_Node(programs.sidecache, subfolder(folder, "node-%d" % number), cpus, self.origin.port, fleet_arguments(through.port, mode, *settings))))
            self.bystander = self._keep(_Node(programs.sidecache, subfolder(folder, "bystander"), cpus, self.origin.port, ()))
            for node in self.nodes:
                node.admin.wait_until_in_fleet(mode, nodes)
        except BaseException:
            self.stop()
            raise

    def _keep(self, part):
        self._kept.callback(part.stop)
        return part

    def processes(self):
        """By what they are called in tables."""
        parts = {"node %d" % number: node.process for number, node in enumerate(self.nodes, 1)}
        parts["redis-server"] = self.redis.process
        if self.relay:
            parts["relay"] = self.relay.process
        parts["bystander"] = self.bystander.process
        parts["origin"] = self.origin.process
        return parts

    def stop(self):
        self._kept.close()


class _Origin(Origin):
    process = property(lambda self: self._process)


class _Node:
    def __init__(self, program, folder, cpus, origin_port, arguments):
        self.process = Process(
            [program, "--origin", "http://127.0.0.1:%d" % origin_port, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--workers", "1", "--memory", "64MiB",
             *_set("log.access=off"), *arguments], folder, cpus)
        try:
            self.port = self.process.wait_for_port()
            self.admin = AdminDoor(self.process)
        except BaseException:
            self.stop()
            raise

    def stop(self):
        self.process.stop()


def subfolder(root, name):
    folder = Path(root) / name
    folder.mkdir()
    return folder
