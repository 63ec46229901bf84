"""Counts system calls of the workers' threads."""

import re
from collections import Counter


def command(folder):
    # -ff: a file for each thread. -D: the program and not strace is our child, and gets our SIGTERM.
    return ["strace", "-D", "-ff", "-o", "%s/strace.out" % folder]


def is_complete(files):
    """strace may be writing still when the program has ended."""
    return all(text.endswith("+++\n") for name, text in files.items() if name.startswith("strace.out."))


def read_workers(files, workers=1):
    """System calls by name, of so many threads that send most: the workers. Without their clocks' ticks, which come by time and not by hit."""
    calls = [re.findall(r"^(\w+)\(", text, re.MULTILINE) for name, text in files.items() if name.startswith("strace.out.")]
    calls.sort(key=lambda names: sum(name in ("sendmsg", "writev", "sendto") for name in names), reverse=True)
    return sum((count_without_ticks(names) for names in calls[:workers]), Counter())


def count_without_ticks(names):
    """A tick is a wait that ends with the timer, which is set anew at once: once or twice, as other timers stand behind it or none."""
    counts = Counter(name for name, following in zip(names, names[1:] + [""]) if (name, following) != ("epoll_wait", "timerfd_settime"))
    del counts["timerfd_settime"]
    return counts
