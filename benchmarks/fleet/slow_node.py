"""T21: writes at every node of three, reads at two and at a process that is in no fleet, while the third's connections to Redis carry everything later; and the same without that."""

import contextlib
import math
import random
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from asking import Answers, Asking, OpenLoop, Timing
from costs import READS, patch
from harness import Connection
from nodes import Fleet, subfolder
from rounds import ask, batches
from watch import MACHINE, OWN, busy, hit_share, metrics_of, seen, watch

ROWS = 20_000          # that are written
READ_ROWS = 200        # and others that are read
SHARES = (1, 0.8, 0.6, 0.4, 0.2, 0.1, 0.05, 0.02)  # of what is asked for, until one holds
BETWEEN = 2            # then so many halves of the way back to the one before
TRIAL = 4              # seconds of one
WARM_UP = 1
AT_EASE = 0.25         # leases: a write whose p99 is above waits in a queue that grows, where no node is slow
SPARE_DESCRIPTORS = 1000


@dataclass(frozen=True)
class Plan:
    cpus: str
    root: str
    writes: float      # in a second, of all nodes
    reads: float       # in a second, of each node that is not slow
    seconds: float     # that are measured
    rounds: int
    delay: float       # seconds, each way
    lease: float
    deadline: float
    pool: int          # origins.origin.pool.max of each node
    nodes: int = 3

    @property
    def bound(self):
        """The longest that a write may take, in seconds."""
        return 1.5 * self.lease + self.deadline

    def most_connections(self, rate):
        """To one node: as many as there are writes until the bound has passed, and a second more, if so many descriptors may be open."""
        wanted = math.ceil(rate * (self.bound + 1))
        return max(64, min(wanted, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - SPARE_DESCRIPTORS))

    def settings(self):
        return ("redis.lease=%dms" % (1000 * self.lease), "redis.deadline=%dms" % (1000 * self.deadline),
                "limits.connections=%d" % (self.most_connections(self.writes / self.nodes) + 200), "origins.origin.pool.max=%d" % self.pool,
                "timeouts.idle=1h", "timeouts.drain=2s")


@dataclass
class NodeFigures:
    name: str
    writes: Answers
    reads: Answers = None
    hits: float = None       # share of what was read
    removals: float = 0      # of others, asked for by this node
    tables: float = 0        # read whole: after a gap
    refused: float = 0       # writes that could not be announced: 503
    unheard: float = 0       # that not all had heard of: 504


@dataclass
class Phase:
    is_slow: bool
    rate: float              # writes in a second, of all nodes
    nodes: list
    looks: list
    parts: tuple             # names of the processes that serve
    loops: tuple             # and of those that ask
    measured: tuple          # when, as the looks count
    bystander: Answers       # to reads of a process beside these that is in no fleet: what the machine does to reads

    def holds(self, lease):
        """Are all answered, soon, and by the origin?"""
        return all(node.writes.are_all_good and node.writes.p99_ms <= 1000 * AT_EASE * lease for node in self.nodes)

    def seen(self, figure, name, within=(0, math.inf)):
        return seen(self.looks, figure, name, within)

    def busy(self, *names):
        """CPUs that these used together."""
        return sum(busy(self.looks, name) for name in names)

    def others(self):
        """CPUs that were used by whoever has no part in this: a disturbance."""
        return max(0.0, self.busy(MACHINE) - self.busy(OWN, *self.parts, *self.loops))


def measure(plan, programs, tell):
    """The trials that led to a rate, and the phases at that."""
    trials, phases = [], []
    with fleet_of(plan, programs, slow=False) as running:
        def holds(share):
            tell("slow node: trying %.0f writes/s" % (share * plan.writes))
            trials.append(drive(running, plan, programs, share * plan.writes, min(TRIAL, plan.seconds)))
            return trials[-1].holds(plan.lease)

        share = highest_that(holds)
    if share is None:
        return trials, phases
    rate = share * plan.writes
    for number in range(plan.rounds):
        for slow in (False, True):
            tell("slow node: round %d of %d, %s" % (number + 1, plan.rounds, "one slow" if slow else "none slow"))
            with fleet_of(plan, programs, slow) as running:
                phases.append(drive(running, plan, programs, rate, plan.seconds, seed=number + 1))
    return trials, phases


def highest_that(holds):
    """Of SHARES, and between; None of none."""
    above = None
    for share in SHARES:
        if holds(share):
            break
        above = share
    else:
        return None
    for _ in range(BETWEEN if above else 0):
        middle = (share + above) / 2
        share, above = (middle, above) if holds(middle) else (share, middle)
    return share


@contextlib.contextmanager
def fleet_of(plan, programs, slow):
    with tempfile.TemporaryDirectory(prefix="sidecache-fleet-", dir=plan.root) as root:
        fleet = Fleet(programs, Path(root), plan.cpus, plan.nodes, "strict", plan.settings(), READS, plan.delay if slow else None)
        try:
            for node in fleet.nodes:
                ask_in_turn(node.port, [patch(0)])  # until the fleet is settled no write is answered: a lease after its state began
            yield Running(fleet, Path(root))
        finally:
            fleet.stop()


@dataclass
class Running:
    fleet: Fleet
    root: Path
    drives: int = 0

    def folder(self, name):
        return subfolder(self.root, "%s-%d" % (name, self.drives))


def drive(running, plan, programs, rate, seconds, seed=1):
    """One phase: open loops of writes to every node and of reads to all but the last, and looks at everything meanwhile."""
    running.drives += 1
    fleet, doors = running.fleet, {"node %d" % number: node.admin for number, node in enumerate(running.fleet.nodes, 1)}
    for node in (*fleet.nodes[:-1], fleet.bystander):
        ask_in_turn(node.port, reads())  # so that they are stored
    if fleet.relay:
        fleet.relay.slow_down()
    before = {name: metrics_of(door) for name, door in doors.items()}
    timing = Timing(WARM_UP, seconds, plan.bound + 1)
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        loops = {}
        for place, (name, port, asking) in enumerate(askings(fleet, plan, rate, seed)):
            own_seed = 100 * seed + place  # or all would ask at the same times
            loops[name] = OpenLoop(programs.open_loop, port, asking, timing, own_seed, running.folder(name), plan.cpus)
            stack.callback(loops[name].stop)
        processes = {**fleet.processes(), **{name: loop.process for name, loop in loops.items()}}
        until = began + WARM_UP + seconds + timing.patience + 30
        looks = watch(processes, doors, lambda: not any(loop.process.is_alive for loop in loops.values()), until)
        after = {name: metrics_of(door) for name, door in doors.items()}
        answers = {name: loop.answers() for name, loop in loops.items()}
    nodes = [figures_of(name, answers, before[name], after[name]) for name in doors]
    return Phase(fleet.relay is not None, rate, nodes, looks, tuple(fleet.processes()), tuple(loops), (WARM_UP, WARM_UP + seconds), answers["reads of the bystander"])


def figures_of(name, answers, before, after):
    grown = {short: (after or {}).get(metric, 0) - (before or {}).get(metric, 0) for short, metric in (
        ("removals", "sidecache_fleet_removals_total"), ("tables", "sidecache_fleet_tables_read_total"),
        ("refused", "sidecache_fleet_writes_refused_total"), ("unheard", "sidecache_fleet_writes_unheard_total"))}
    return NodeFigures(name, answers["writes to " + name], answers.get("reads of " + name), hit_share(before, after), **grown)


def askings(fleet, plan, rate, seed):
    """Name, port and what is asked, of each open loop."""
    share = rate / plan.nodes
    for number, node in enumerate(fleet.nodes, 1):
        chance = random.Random(seed * 100 + number)
        yield "writes to node %d" % number, node.port, Asking(writes(chance), share, 64, plan.most_connections(share))
        if number < plan.nodes:
            yield "reads of node %d" % number, node.port, asking_for_reads(plan)
    yield "reads of the bystander", fleet.bystander.port, asking_for_reads(plan)


def asking_for_reads(plan):
    return Asking(reads(), plan.reads, 16, 64 + math.ceil(plan.reads))


def writes(chance):
    """Rows are patched, and below others something is made: PATCH and POST in turns, all rows once, in an order by chance."""
    rows = list(range(ROWS))
    chance.shuffle(rows)
    return tuple(patch(row) if place % 2 else post(row) for place, row in enumerate(rows))


def post(row):
    return patch(row).replace(b"PATCH", b"POST").replace(b"/ HTTP", b"/notes/ HTTP")


def reads():
    """Of what no write names: whether a node is slow or not, they stay hits but for slots that two groups share."""
    return tuple(b"GET /api/patients/%d/ HTTP/1.1\r\nHost: records.example\r\nUser-Agent: fleet\r\nAccept: application/json\r\n\r\n" % row for row in range(READ_ROWS))


def ask_in_turn(port, requests):
    with Connection(("127.0.0.1", port)) as connection:
        for some in batches(list(requests)):
            ask(connection, some)
