#!/usr/bin/env python3
"""Stored responses of mixed sizes come and go in a small memory: the process stays within its budget and 15 %.

    memory_churn.py --bin build/release/sidecache [--memory 128] [--seconds 120]
"""

import argparse
import random
import socket
import sys
import threading
import time

from load import Origin, get, resident_bytes, sidecache

CLIENTS = 4


def churn(address, seed, until, totals):
    """Asks for new and for popular responses, of 100 bytes to 2 MiB, most of them small."""
    chance = random.Random(seed)
    with socket.create_connection(address) as connection:
        while time.monotonic() < until:
            number = chance.randrange(200000) if chance.random() < 0.5 else int(chance.paretovariate(0.8)) % 200000
            size = random.Random(number).choices([100, 1000, 10000, 100000, 2000000], [30, 40, 20, 9, 1])[0]
            size += random.Random(-number).randrange(size)
            totals[0] += size
            totals[1] += get(connection, "/%d/%d" % (number, min(size, 2 << 20)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--memory", type=int, default=128, help="MiB")
    parser.add_argument("--seconds", type=int, default=120)
    options = parser.parse_args()

    highest = 0
    totals = [[0, 0] for _ in range(CLIENTS)]
    with Origin() as origin, sidecache(options.bin, origin, "--memory", "%dMiB" % options.memory) as proxy:
        empty = resident_bytes(proxy.pid)
        until = time.monotonic() + options.seconds
        clients = [threading.Thread(target=churn, args=(proxy.address, seed, until, totals[seed])) for seed in range(CLIENTS)]
        for client in clients:
            client.start()
        while any(client.is_alive() for client in clients):
            highest = max(highest, resident_bytes(proxy.pid))
            time.sleep(0.05)
        last = resident_bytes(proxy.pid)
        answered, hits = (sum(total[i] for total in totals) for i in (0, 1))
        fetched = origin.sent

    limit = options.memory * 1.15
    is_good = highest / 2**20 <= limit and fetched > 3 * options.memory * 2**20
    print("%.1f GiB answered, %d hits, %.1f GiB fetched through %d MiB" % (answered / 2**30, hits, fetched / 2**30, options.memory))
    print("resident: %.1f MiB when empty, at most %.1f, %.1f at the end (limit %.1f)" % (empty / 2**20, highest / 2**20, last / 2**20, limit))
    print("%d passed, %d failed" % (is_good, not is_good))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
