"""A sidecache with two workers and a connection to each, which ask in turn: so it is known who comes after whom."""

import contextlib
import re
import time
from dataclasses import dataclass

from scenario import API_REQUEST, PATIENCE, WARM_UP, Client, Scenario, insist

MOST_CONNECTIONS = 64  # of which none came to one of the workers: once in 2^63 times


@dataclass(frozen=True)
class Alternating(Scenario):
    """`writes` requests: one of the first worker's connection, one of the second worker's, and so on."""

    others_request: bytes = b""  # what the second worker's connection asks; nothing: it is there, and asks nothing
    writes: int = 400
    workers: int = 2

    def drive(self, sidecache, origin, writes):
        origin.may_answer = sidecache.wait_until_asleep
        with contextlib.ExitStack() as ending:
            turns = [(client, request) for client, request in zip(connect_to_each(sidecache, ending), (self.request, self.others_request)) if request]
            for client, request in turns:
                client.ask(request)
            for number in range(WARM_UP * len(turns) + writes):
                client, request = turns[number % len(turns)]
                insist(self.expects, client.ask(request))
        return len({request for _, request in turns})


SCENARIOS = (
    Alternating("hit_shared", API_REQUEST, others_request=API_REQUEST),
    Alternating("hit_apart", API_REQUEST, others_request=API_REQUEST.replace(b"page=2", b"page=3")),
    Alternating("hit_alone", API_REQUEST),
)


def connect_to_each(sidecache, ending):
    """A client of each worker, in the order of their names. The kernel chooses, so more connections are opened than that."""
    found = {}
    for _ in range(MOST_CONNECTIONS):
        client = ending.enter_context(contextlib.closing(Client(sidecache)))
        found.setdefault(worker_of(sidecache, client), client)
        if len(found) == len(sidecache.workers):
            return [found[name] for name in sorted(found)]
    raise RuntimeError("no connection came to one of the workers")


def worker_of(sidecache, client):
    """The name of the thread that waits for this client: the socket stands in the epoll set that the thread waits in."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        sidecache.wait_until_asleep()
        inode = inode_of(sidecache, client)
        for thread in sidecache.workers:
            arguments = (thread / "syscall").read_text().split()
            if len(arguments) > 1 and inode is not None and inode in waits_for(sidecache, int(arguments[1], 16)):
                return (thread / "comm").read_text().strip()
        time.sleep(0.005)
    raise RuntimeError("no worker waits for the connection")


def inode_of(sidecache, client):
    """Of the server's end of the connection; None: it is not accepted yet."""
    ports = ["%04X" % port for port in (sidecache.port, client.socket.getsockname()[1])]
    for line in sidecache.process_file("net/tcp").splitlines()[1:]:
        columns = line.split()
        if [address.partition(":")[2] for address in columns[1:3]] == ports:
            return int(columns[9]) or None
    return None


def waits_for(sidecache, epoll):
    """The inodes of what stands in an epoll set."""
    return {int(inode, 16) for inode in re.findall(r"^tfd:.* ino:([0-9a-f]+)", sidecache.process_file("fdinfo/%d" % epoll), re.MULTILINE)}
