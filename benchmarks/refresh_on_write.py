#!/usr/bin/python3
"""What `refresh_on_write` is worth, and what it costs: statistics of the records API, read by many while appointments move, with it and without it in turns.

    benchmarks/refresh_on_write.py [--bin PATH] [--rounds 3] [--seconds 10] [--writes 4] [--readers 8]

Needs the packages of ./test.sh. Everything runs on loopback and ends with this program.
"""

import argparse
import contextlib
import os
import random
import statistics
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "scenarios"))

DOCTORS = 12
THINKING = 0.02  # seconds of a reader between an answer and the next question, on average
MODES = {"off": "false", "on": "true"}


class Round:
    """Readers ask for statistics, of some doctors much more often than of others; one writer moves appointments."""

    def __init__(self, api, mode, options, seed):
        from harness import Sidecache

        self.options, self.seed = options, seed
        self.durations, self.misses, self.moves = [], 0, 0
        self.lock = threading.Lock()
        self.proxy = Sidecache(api.url, "--set", "log.access=off", "--set", "routes=[{path: '/api/doctors/{id}/stats/', refresh_on_write: %s}]" % MODES[mode],
                               "--set", "writes.refresh.concurrency=4", "--set", "writes.refresh.rate=100")

    def person(self, user=None):
        from harness_django import authorization
        from test_django import Person

        return contextlib.closing(Person(self.proxy.port, authorization(user) if user else None))

    def read(self, number, until):
        chance = random.Random(self.seed * 1000 + number)
        weights = [1 / (rank + 1) for rank in range(DOCTORS)]
        with self.person() as reader:
            while time.monotonic() < until:
                target = f"/api/doctors/{chance.choices(range(1, DOCTORS + 1), weights)[0]}/stats/"
                begun = time.perf_counter()
                answer = reader.get(target)
                took = time.perf_counter() - begun
                if answer.status != 200:
                    raise RuntimeError(f"{target}: {answer.status}")
                with self.lock:
                    self.durations.append(took)
                    self.misses += not answer.is_hit
                time.sleep(chance.expovariate(1 / THINKING))

    def write(self, until):
        chance = random.Random(self.seed)
        with self.person("doctor") as writer:
            rows = [row["id"] for row in writer.get("/api/appointments/?page_size=100").json["results"]]
            while time.monotonic() < until:
                answer = writer.ask("PATCH", f"/api/appointments/{chance.choice(rows)}/", {"doctor": chance.randrange(DOCTORS) + 1})
                if answer.status != 200:
                    raise RuntimeError(f"a write was answered {answer.status}: {answer.content}")
                self.moves += 1
                time.sleep(1 / self.options.writes)

    def run(self):
        from test_django import run_together

        try:
            until = time.monotonic() + self.options.seconds
            run_together([lambda: self.write(until)] + [lambda number=number: self.read(number, until) for number in range(self.options.readers)])
            times = sorted(self.durations)
            at = lambda part: 1000 * times[min(len(times) - 1, int(len(times) * part))]  # noqa: E731
            fetched = self.proxy.metric("sidecache_write_refreshes_total")
            return {"reads": len(times), "misses %": 100 * self.misses / len(times), "p50 ms": at(0.5), "p95 ms": at(0.95), "p99 ms": at(0.99),
                    "fills/write": self.proxy.metric("sidecache_fills_total") / self.moves, "refreshed": fetched,
                    "paid %": 100 * self.proxy.metric("sidecache_write_refreshes_paid_total") / fetched if fetched else 0}
        finally:
            self.proxy.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=str(ROOT / "build" / "release" / "sidecache"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--writes", type=float, default=4, help="in a second")
    parser.add_argument("--readers", type=int, default=8)
    options = parser.parse_args()
    os.environ["SIDECACHE_BIN"] = options.bin  # read when the harness is imported

    import harness_django

    results = {mode: [] for mode in MODES}
    with contextlib.closing(harness_django.RecordsApi(doctors=DOCTORS, patients=200, appointments=2000)) as api:
        for seed in range(options.rounds):
            for mode in MODES:
                result = Round(api, mode, options, seed).run()
                results[mode].append(result)
                print(f"round {seed + 1} {mode:>3}: " + ", ".join(f"{name} {value:.1f}" for name, value in result.items()), flush=True)
    print(f"\n{'median':>12}" + "".join(f"{mode:>10}" for mode in MODES))
    for name in results["on"][0]:
        print(f"{name:>12}" + "".join(f"{statistics.median(result[name] for result in results[mode]):10.1f}" for mode in MODES))


if __name__ == "__main__":
    main()
