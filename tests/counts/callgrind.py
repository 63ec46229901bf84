"""Reads what callgrind wrote with --separate-threads=yes: per thread, instructions and calls by function."""

import re
from collections import Counter

LOCKS = {"pthread_mutex_lock", "pthread_mutex_trylock", "pthread_rwlock_rdlock", "pthread_rwlock_wrlock"}
# What every allocation ends in; operator new calls malloc.
ALLOCATORS = {"malloc", "calloc", "realloc", "memalign", "aligned_alloc", "posix_memalign"}


class Profile:
    def __init__(self, text):
        self.instructions = 0
        self.self_cost = Counter()   # function -> instructions of its own
        self.calls = Counter()       # (caller, callee) -> calls
        self._read(text)

    @property
    def functions(self):
        return {name for call in self.calls for name in call} | set(self.self_cost)

    @property
    def allocations(self):
        return sum(count for (caller, callee), count in self.calls.items() if callee in ALLOCATORS and caller not in ALLOCATORS)

    @property
    def locks(self):
        return sum(count for (_, callee), count in self.calls.items() if callee in LOCKS)

    def __add__(self, other):
        """The same of both threads."""
        sum_of_both = Profile("")
        sum_of_both.instructions = self.instructions + other.instructions
        sum_of_both.self_cost = self.self_cost + other.self_cost
        sum_of_both.calls = self.calls + other.calls
        return sum_of_both

    def _read(self, text):
        names = {}
        function = callee = None
        is_call_cost = False

        def name_in(line):
            key, _, name = line.partition("=")[2].partition(" ")
            if name:
                names[key] = name
            # Callgrind marks versions (malloc@GLIBC) and recursion levels ('2) behind the name.
            return re.sub(r"('\d+|@\S+)$", "", names.get(key, key))

        for line in text.splitlines():
            if line.startswith("fn="):
                function = name_in(line)
            elif line.startswith("cfn="):
                callee = name_in(line)
            elif line.startswith("calls="):
                self.calls[function, callee] += int(line[6:].split()[0])
                is_call_cost = True
            elif re.match(r"[0-9+*-]", line):
                cost = int(line.split()[-1]) if len(line.split()) > 1 else 0
                if is_call_cost:
                    is_call_cost = False
                else:
                    self.self_cost[function] += cost
                    self.instructions += cost


def command(folder):
    return ["valgrind", "--tool=callgrind", "--separate-threads=yes", "--callgrind-out-file=%s/callgrind.out" % folder]


def is_complete(files):
    return True  # valgrind and the program are one process


def read_workers(files, workers=1):
    """The profile of so many workers, all of whom must have served connections: those threads of the program that do."""
    profiles = []
    for name, text in sorted(files.items()):
        if re.fullmatch(r"callgrind\.out-\d+", name):
            profile = Profile(text)
            if any("door::Connection::" in function or "query::Connection::" in function for function in profile.functions):
                profiles.append(profile)
    if len(profiles) != workers:
        raise RuntimeError("%d threads of the profile serve connections, and %d were expected: %s" % (len(profiles), workers, sorted(files)))
    return sum(profiles[1:], profiles[0])
