#!/usr/bin/env python3
"""What 10,000 idle keep-alive connections cost in memory, each after one hit.

    idle_connections.py --bin build/release/sidecache [--connections 10000] [--budget 3072]
"""

import argparse
import resource
import socket
import sys
import time

from load import Origin, get, resident_bytes, sidecache

SETTLE = 2.0  # seconds: buffers are given back by the next sweep


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--connections", type=int, default=10000)
    parser.add_argument("--budget", type=int, default=3072, help="bytes of the process's own memory for each")
    options = parser.parse_args()

    wanted = options.connections + 200
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < wanted:
        print("only %d open files are allowed here" % hard)
        print("0 passed, 1 failed")
        return 1
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))

    with Origin() as origin, sidecache(options.bin, origin, "--set", "limits.connections=%d" % wanted, "--set", "timeouts.idle=1h") as proxy:
        with socket.create_connection(proxy.address) as first:
            get(first, "/1/1024")
            get(first, "/1/1024")
        time.sleep(SETTLE)
        before = resident_bytes(proxy.pid)
        connections = []
        for _ in range(options.connections):
            connections.append(socket.create_connection(proxy.address))
            get(connections[-1], "/1/1024")
        time.sleep(SETTLE)
        after = resident_bytes(proxy.pid)
        for connection in connections:
            get(connection, "/1/1024")  # each of them still lives
            connection.close()

    each = (after - before) / options.connections
    is_good = each <= options.budget
    print("%d idle connections: %.1f -> %.1f MiB, %.0f bytes each (budget %d)" % (options.connections, before / 2**20, after / 2**20, each, options.budget))
    print("%d passed, %d failed" % (is_good, not is_good))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
