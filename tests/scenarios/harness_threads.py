"""One thread of the proxy, stopped while the others go on: as if it hung in a call or had spun away.

    thread = busiest_thread(proxy.pid, lambda: ask(connection))   # the worker that serves this connection
    with Stopped(thread):
        ...                                                       # it does not turn
                                                                  # it turns again

SIGSTOP stops all threads of a process; ptrace(2) stops one. The kernel grants it for one's own children; where it does not, the test
is skipped, but in CI (CI=true) fails: strace, which tests/counts needs, asks for the same.
"""

import ctypes
import os
import unittest
from pathlib import Path

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WALL = 0x40000000  # waitpid: also for what is a thread

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
_libc.ptrace.restype = ctypes.c_long


def _ptrace(request, thread):
    if _libc.ptrace(request, thread, None, None) != 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x} of thread {thread}: {os.strerror(ctypes.get_errno())}")


class Stopped:
    """Stops the thread from `with` on to its end. Both in the same thread of the test: only who attached may detach."""

    def __init__(self, thread):
        self._thread = thread

    def __enter__(self):
        try:
            _ptrace(PTRACE_SEIZE, self._thread)
        except PermissionError as error:
            if os.environ.get("CI") == "true":
                raise
            raise unittest.SkipTest(f"the kernel does not let this test stop a thread: {error}") from error
        _ptrace(PTRACE_INTERRUPT, self._thread)
        os.waitpid(self._thread, WALL)
        return self

    def __exit__(self, *_):
        _ptrace(PTRACE_DETACH, self._thread)


def _time_on_cpu(process):
    """Nanoseconds, by thread."""
    times = {}
    for task in Path(f"/proc/{process}/task").iterdir():
        times[int(task.name)] = int((task / "schedstat").read_text().split()[0])
    return times


def busiest_thread(process, work):
    """The thread that did most while `work` ran."""
    before = _time_on_cpu(process)
    work()
    after = _time_on_cpu(process)
    return max(after, key=lambda thread: after[thread] - before.get(thread, 0))
