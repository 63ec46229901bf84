"""Reads what sidecache_lines wrote (tests/counts/lines): the cache lines that passed between workers, and by which code."""

import os
import re
import subprocess
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = "lines.out"


def command(folder):
    return ["env", "LINES_FILE=%s/%s" % (folder, FILE)]


def is_complete(files):
    return True  # the program itself wrote them, before it ended


class Passings:
    def __init__(self, text):
        self.of_worker = {}         # number -> lines that came to it
        self.by_code = Counter()    # (access, frames that took the line, frames of the other worker that had it) -> lines
        self._read(text)

    @property
    def lines(self):
        return sum(self.of_worker.values())

    def _read(self, text):
        for line in text.splitlines():
            words = line.split()
            if words[0] == "worker":
                self.of_worker[int(words[1])] = int(words[2])
            elif words[0] in ("read", "write"):
                self.by_code[words[0], _frames(words[2]), _frames(words[3])] += int(words[1])
            elif line.startswith("left out ") and line != "left out 0":
                raise RuntimeError("the directory of lines was too small: %s" % line)
        if not text.endswith("end\n"):
            raise RuntimeError("the count of lines is not whole")


def _frames(word):
    return () if word == "-" else tuple(word.split(","))


def read_workers(files, workers=1):
    passings = Passings(files.get(FILE, ""))
    if len(passings.of_worker) != workers:
        raise RuntimeError("%d workers are counted, and %d were expected" % (len(passings.of_worker), workers))
    return passings


def name_code(program, by_code):
    """The same count by (access, place, place of the other worker) in words."""
    addresses = {frame for _, *both in by_code for frames in both for frame in frames}
    places = name_addresses(program, sorted(addresses))
    named = Counter()
    for (access, to, after), count in by_code.items():
        named[access, name_place(to, places), name_place(after, places)] += count
    return named


def name_place(frames, places, most=3):
    """Our own functions, the innermost first, behind the library's that it called if there is one."""
    found = [place for frame in frames for place in places.get(frame, ())]
    ours = [place for place in found if "(/" not in place]
    if not ours:
        return (found or ["(somewhere)"])[0]
    called = found[0].partition(" (")[0]
    return " < ".join(([] if ours[0].startswith(called + " (") else [called]) + ours[:most])


def name_addresses(program, addresses):
    """Address -> "function (file:line)" of what is there, the innermost of inlined ones first."""
    if not addresses:
        return {}
    # Where a call returns to is behind the call.
    asked = "\n".join("%x" % (int(address, 16) - 1) for address in addresses)
    told = subprocess.run(["addr2line", "--exe", str(program), "--addresses", "--functions", "--inlines", "--demangle", "--pretty-print"],
                          input=asked, check=True, capture_output=True, text=True).stdout
    return read_names(told, addresses)


def read_names(told, addresses):
    places = []
    for line in told.splitlines():
        if re.match(r"0x[0-9a-f]+: ", line):
            places.append([])
            line = line.partition(": ")[2]
        function, _, where = line.removeprefix(" (inlined by) ").rpartition(" at ")
        places[-1].append("%s (%s)" % (short(function), in_tree(where.partition(" ")[0])))
    return dict(zip(addresses, places))


def in_tree(where):
    """As from the root: a compiler's cache may have filled the build from a tree elsewhere."""
    file, _, line = where.rpartition(":")
    parts = os.path.normpath(file).split("/")
    for first in range(len(parts)):
        if (ROOT / "/".join(parts[first:] or ["."])).is_file() and parts[first]:
            return "%s:%s" % ("/".join(parts[first:]), line)
    return where


def short(function):
    """Without what it takes: the line tells which of several it is."""
    function = function.replace("(anonymous namespace)::", "")
    depth, name = 0, ""
    for letter in function:
        depth += letter == "<"
        if letter == "(" and depth == 0:
            break
        if depth == 0:
            name += letter
        depth -= letter == ">"
    return (name.rpartition(" ")[2] or function).removeprefix("sidecache::")
