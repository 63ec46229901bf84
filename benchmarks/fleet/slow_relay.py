#!/usr/bin/env python3
"""A relay before a server of this machine, in a process of its own, so that what it does takes time from nobody else's thread.

    slow_relay.py --target PORT --delay SECONDS

It passes on at once what comes, until SIGUSR1: from then on everything arrives so much later, either way. It is the scenarios' relay (tests/scenarios/harness/relay.py).
"""

import argparse
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "scenarios"))

from harness import Relay  # noqa: E402

SLOW_DOWN = signal.SIGUSR1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", type=int, required=True)
    parser.add_argument("--delay", type=float, required=True)
    arguments = parser.parse_args()
    awaited = {SLOW_DOWN, signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)  # before the relay's thread is there: it inherits that
    relay = Relay(arguments.target)
    print("listening on 127.0.0.1:%d" % relay.port, flush=True)
    while signal.sigwait(awaited) == SLOW_DOWN:
        relay.delay(arguments.delay)
        print("slow", flush=True)
    relay.close()


if __name__ == "__main__":
    main()
