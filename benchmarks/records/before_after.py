#!/usr/bin/python3
"""The example records API alone and with sidecache before it, under the same users: what they wait for and what it costs.

    benchmarks/records/before_after.py [--bin build/release/sidecache] [--users 50] [--seconds 30] [--warm-up 10] [--iterations 3]
    benchmarks/records/before_after.py --quick            # one iteration of 5 s after 3 s: whether it works, no figures to keep and no speed judged
    benchmarks/records/before_after.py --write-results    # the tables into benchmarks/RESULTS.md, the plot beside it

Both take turns under each mix of requests, each time with a freshly seeded database and, the proxy, with an empty store. See benchmarks/README.md
for what each figure means. Then a turn with a store that is full and evicts: what the proxy takes beside its budget. Fails if an answer is wrong, or
if one of the figures asked for is not met. Everything runs on loopback and ends with this program.
"""

import argparse
import contextlib
import importlib.util
import itertools
import json
import os
import re
import signal
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[1:1] = [str(HERE.parent / "load"), str(ROOT / "tests" / "scenarios")]

import figures  # noqa: E402
import full_store  # noqa: E402
import results  # noqa: E402
from mix import MIXES, Sizes  # noqa: E402
from process import PATIENCE, Process, cpu_seconds_of, family_of, machine_cpu_seconds  # noqa: E402

CPUS = ",".join(map(str, sorted(os.sched_getaffinity(0))))  # all that this process may use: the load's, the API's and the proxy's alike
CANDIDATES = ("bare API", "sidecache")
JUDGED = "readers"  # the mix of which figures are asked


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, default=ROOT / "build/release/sidecache")
    parser.add_argument("--config", type=Path, default=ROOT / "config/sidecache.yaml", help="of the proxy [config/sidecache.yaml, as ./run.sh uses it]")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, help="that are measured of each turn [30]")
    parser.add_argument("--warm-up", type=float, help="seconds of each turn before [10]")
    parser.add_argument("--iterations", type=int, help="turns of each, under each mix [3]")
    parser.add_argument("--patients", type=int, default=Sizes().patients, help="that are seeded, with four appointments each")
    parser.add_argument("--full-memory", metavar="SIZE",
                        help="of the store that is filled, as sidecache takes --memory [that of the configuration; if --quick 32MiB, the least that it allows]")
    parser.add_argument("--quick", action="store_true", help="one iteration of 5 s after 3 s; of speed nothing is asked")
    parser.add_argument("--plot", type=Path, default=ROOT / "build/benchmarks/before_after.png", help="where the plot is written")
    parser.add_argument("--json", type=Path, default=ROOT / "build/benchmarks/before_after.json", help="where all figures are written")
    parser.add_argument("--write-results", action="store_true", help="write benchmarks/RESULTS.md and benchmarks/before_after.png")
    arguments = parser.parse_args()
    for name, usual, quick in (("seconds", 30, 5), ("warm_up", 10, 3), ("iterations", 3, 1)):
        if getattr(arguments, name) is None:
            setattr(arguments, name, quick if arguments.quick else usual)
    if arguments.quick and arguments.full_memory is None:
        arguments.full_memory = "32MiB"
    if min(arguments.users, arguments.seconds, arguments.iterations, arguments.patients) <= 0 or arguments.warm_up < 0:
        parser.error("expected numbers above 0")
    if not os.access(arguments.bin, os.X_OK):
        parser.error("%s is not there: build it, or name another with --bin" % arguments.bin)
    arguments.bin, arguments.config = arguments.bin.resolve(), arguments.config.resolve()
    return arguments


def check_packages():
    names = {"locust": "python3-locust", "matplotlib": "python3-matplotlib",
             "django": "python3-django", "rest_framework": "python3-djangorestframework", "gunicorn": "python3-gunicorn"}
    missing = [package for module, package in names.items() if importlib.util.find_spec(module) is None]
    if missing:
        # scripts/packages.sh says why python3-munkres is named.
        more = ["python3-munkres"] if "python3-matplotlib" in missing else []
        sys.exit("expected these packages of Debian, and they are not here; as root:\n    apt-get install --no-install-recommends %s"
                 % " ".join(missing + more))


class Proxy:
    """sidecache with the configuration and the options that ./run.sh gives it, but for free ports."""

    def __init__(self, arguments, origin, folder, memory=None):
        command = [arguments.bin, "--config", arguments.config, "--origin", origin, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
        command += ["--memory", memory] if memory else []
        self.process = Process(command, folder, CPUS)
        try:
            self.url = "http://127.0.0.1:%d" % self.process.wait_for_port()
            self._admin = self._wait_for_admin()
        except BaseException:
            self.process.stop()
            raise

    def _wait_for_admin(self):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.process.is_alive:
            said = re.search(rb"admin on (\S+:\d+)\n", self.process.log.read_bytes())
            if said:
                return "http://%s/metrics" % said.group(1).decode().split("//")[-1]
            time.sleep(0.02)
        raise RuntimeError("sidecache opened no admin door; it said:\n%s" % self.process.log.read_text(errors="replace")[-2000:])

    def metrics(self):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self._admin, timeout=PATIENCE) as answer:
            return figures.read_metrics(answer.read().decode())

    def stop(self):
        self.process.stop()


class Look:
    """At everything whose figures grow, at one moment."""

    def __init__(self, api, load, proxy):
        self.at = time.monotonic()
        self.metrics = proxy.metrics() if proxy else None
        self.api = cpu_seconds_of(family_of(api.pid))
        self.proxy = proxy.process.cpu_seconds() if proxy else 0.0
        self.machine = machine_cpu_seconds()
        self.load = load.cpu_seconds()
        self.ours = self.api + self.proxy + self.load + time.process_time()


def seed(api, arguments):
    api.manage("seed", "--verbosity", "0", "--doctors", str(Sizes().doctors), "--patients", str(arguments.patients))


def measure(api, mix, candidate, iteration, arguments, is_full=False):
    """One turn of one candidate under one mix; `is_full`: it begins with a store that is full."""
    seed(api, arguments)
    with contextlib.ExitStack() as ending:
        proxy = None
        if candidate == "sidecache":
            folder = ending.enter_context(tempfile.TemporaryDirectory(prefix="before-after-"))
            proxy = Proxy(arguments, api.url, folder, arguments.full_memory if is_full else None)
            ending.callback(proxy.stop)
        if is_full:
            print("the store was full after %.0f s" % full_store.fill(proxy.url, proxy.metrics), flush=True)
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="before-after-")))
        samples = folder / "samples"
        load = Process([sys.executable, "-m", "locust", "-f", HERE / "locustfile.py", "--headless", "-u", arguments.users, "-r", arguments.users,
                        "--host", proxy.url if proxy else api.url, "--stop-timeout", 10, "--only-summary", "--seed", iteration, "--mix", mix,
                        "--samples", samples, "--doctors", Sizes().doctors, "--patients", arguments.patients, "--appointments", 4 * arguments.patients],
                       folder, CPUS)
        ending.callback(load.stop)
        wait_for_file(samples, load)
        time.sleep(arguments.warm_up)
        before = Look(api, load, proxy)
        time.sleep(arguments.seconds)
        after = Look(api, load, proxy)
        resident = proxy.process.resident_bytes() if proxy else None
        if not load.is_alive:
            raise RuntimeError("the load ended early; it said:\n" + load.log.read_text(errors="replace")[-2000:])
        load.stop()
        return turn_of(samples, before, after, resident)


def wait_for_file(path, load):
    until = time.monotonic() + PATIENCE
    while not path.exists():
        if time.monotonic() > until or not load.is_alive:
            raise RuntimeError("the load did not begin; it said:\n" + load.log.read_text(errors="replace")[-2000:])
        time.sleep(0.02)


def turn_of(path, before, after, resident):
    seconds = after.at - before.at
    with open(path) as lines:
        samples = [sample for sample in map(json.loads, lines) if before.at <= sample["at"] < after.at]
    if not samples:
        raise RuntimeError("nothing was answered in %.0f s" % seconds)
    turn = figures.Turn(samples, seconds, api_cpu=(after.api - before.api) / seconds, load_cpu=(after.load - before.load) / seconds,
                        others_cpu=max(0.0, (after.machine - before.machine - (after.ours - before.ours)) / seconds))
    if after.metrics is None:
        turn.queries_per_request = figures.bare_queries(samples)
    else:
        turn.proxy_cpu = (after.proxy - before.proxy) / seconds
        turn.resident = resident
        figures.proxied(before.metrics, after.metrics, turn)
    return turn


def main():
    arguments = read_arguments()
    check_packages()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    from harness_django import RecordsApi

    conditions = results.conditions(arguments, results.tell_command(sys.argv[1:]))
    print(results.tell_conditions(conditions), flush=True)
    turns = {mix: {candidate: [] for candidate in CANDIDATES} for mix in MIXES}
    with contextlib.closing(RecordsApi(Sizes().doctors, arguments.patients, 4 * arguments.patients)) as api:
        for iteration in range(1, arguments.iterations + 1):
            for mix, candidate in itertools.product(MIXES, CANDIDATES):
                turn = measure(api, mix, candidate, iteration, arguments)
                turns[mix][candidate].append(turn)
                print(results.tell_turn(iteration, mix, candidate, turn), flush=True)
        full = measure(api, JUDGED, "sidecache", 1, arguments, is_full=True)
        print(results.tell_turn(1, JUDGED, "sidecache with a full store", full), flush=True)

    both = {mix: [turns[mix][candidate] for candidate in CANDIDATES] for mix in MIXES}
    medians = {mix: [figures.medians(of_one) for of_one in both[mix]] for mix in MIXES}
    verdicts = [figures.judge_answers(mix, *medians[mix]) for mix in MIXES]
    verdicts += [*figures.judge_speed(*medians[JUDGED], is_counted=not arguments.quick), *figures.judge_memory(medians[JUDGED][1], full)]
    for mix in MIXES:
        print("\n%s" % results.tell_mix(mix, *both[mix]))
    print("\n%s\n" % results.tell_disturbance([turn for of_mix in both.values() for of_one in of_mix for turn in of_one]))
    for verdict in verdicts:
        print(verdict)
    results.write_json(arguments.json, conditions, turns, full, verdicts)
    results.plot(arguments.plot, *both[JUDGED])
    if arguments.write_results:
        results.write_page(ROOT / "benchmarks/RESULTS.md", conditions, both, verdicts)
        results.plot(ROOT / "benchmarks/before_after.png", *both[JUDGED])
    counted = [verdict for verdict in verdicts if verdict.is_counted]
    failed = sum(not verdict.is_good for verdict in counted)
    print("%d passed, %d failed" % (len(counted) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
