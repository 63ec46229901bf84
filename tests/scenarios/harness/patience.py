"""How long a test waits for what must happen, and the gates by which it decides the order of things.

Nothing here sleeps for an answer: every wait ends at the event itself, and fails loudly after PATIENCE seconds (10; set
SIDECACHE_TEST_PATIENCE to 60 for builds with sanitizers).
"""

import os
import threading
import time

PATIENCE = float(os.environ.get("SIDECACHE_TEST_PATIENCE") or 10)


class OutOfPatience(AssertionError):
    """What had to happen did not, within PATIENCE seconds."""


def wait_until(condition, what, patience=None):
    """Looks again and again, for what only a look can tell (a metric, a line of the log). Returns what `condition` returned."""
    until = time.monotonic() + (PATIENCE if patience is None else patience)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= until:
            raise OutOfPatience(f"waited in vain for {what}")
        time.sleep(0.005)


class Gate:
    """A place where the origin stops until the test lets it go on.

    The origin's side: `gate.pass_through()` (or the gate itself as a step of a script).
    The test's side:   `gate.wait_for_arrivals(n)`, then `gate.open()`. An open gate stays open.
    """

    def __init__(self):
        self._condition = threading.Condition()
        self._arrived = 0
        self._is_open = False

    def pass_through(self):
        with self._condition:
            self._arrived += 1
            self._condition.notify_all()
            if not self._condition.wait_for(lambda: self._is_open, PATIENCE):
                raise OutOfPatience("the test never opened this gate")

    def wait_for_arrivals(self, count=1):
        with self._condition:
            if not self._condition.wait_for(lambda: self._arrived >= count, PATIENCE):
                raise OutOfPatience(f"{self._arrived} of {count} arrived at the gate")

    @property
    def arrived(self):
        with self._condition:
            return self._arrived

    def open(self):
        with self._condition:
            self._is_open = True
            self._condition.notify_all()
