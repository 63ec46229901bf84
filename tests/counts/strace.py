"""Counts system calls of the worker's thread."""

import re
from collections import Counter


def command(folder):
    # -ff: a file for each thread. -D: the program and not strace is our child, and gets our SIGTERM.
    return ["strace", "-D", "-ff", "-o", "%s/strace.out" % folder]


def is_complete(files):
    """strace may be writing still when the program has ended."""
    return all(text.endswith("+++\n") for name, text in files.items() if name.startswith("strace.out."))


def read_worker(files):
    """System calls by name, of the thread that sends most: the worker. Without its clock's ticks, which come by time and not by hit."""
    counts = [
        Counter(re.findall(r"^(\w+)\(", text, re.MULTILINE))
        for name, text in files.items() if name.startswith("strace.out.")
    ]
    worker = max(counts, key=lambda calls: calls["sendmsg"] + calls["writev"] + calls["sendto"])
    worker["epoll_wait"] -= worker.pop("timerfd_settime", 0)  # a tick is one of each
    return worker
