#!/usr/bin/env python3
"""Reads the floor plan, room(...) in CMakeLists.txt, and every #include, and tells what departs from it.

    floors.py            complains, and fails if there is anything to complain about
    floors.py --print    prints the plan as docs/architecture.md shows it
    floors.py --unused   prints the arrows that no include needs (a room may be allowed more than it takes)
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("cache", "proxy", "config")  # where rooms are
SUFFIXES = {".hpp", ".cpp"}

# Where in the rooms a library's headers may stand (tests may use any); the longest beginning that fits decides. What is not named here may stand anywhere.
LIBRARIES = {
    "boost/asio/": {"cache/redis", "proxy/runtime", "proxy/origin", "proxy/http", "proxy/admin"},
    "boost/asio/ip/": {"cache/redis", "proxy/runtime", "proxy/origin", "proxy/http", "proxy/admin", "proxy/pipeline", "config"},  # addresses: no sockets
    "boost/beast/": {"proxy/admin"},
    "CLI/": {"config"},
    "boost/json/": {"cache/json", "cache/jwt", "cache/relations", "proxy/pipeline"},
    "fmt/": {"proxy/telemetry"},
    "hiredis/": {"cache/resp"},
    "openssl/": {"cache/jwt", "cache/policy", "cache/redis", "cache/seal", "cache/secret", "proxy/query"},
    "prometheus/": {"proxy/telemetry"},
    "spdlog/": {"proxy/telemetry"},
    "xxhash.h": {"cache/policy", "cache/forms", "cache/tiers"},
    "zstd.h": {"cache/forms"},
    "yaml-cpp/": {"config"},
    # Everything at once, or compiled once in cmake/.
    "boost/asio.hpp": set(),
    "boost/asio/impl/src.hpp": set(),
    "boost/beast.hpp": set(),
    "boost/beast/core.hpp": set(),
    "boost/beast/http.hpp": set(),
    "boost/beast/src.hpp": set(),
    "boost/json/src.hpp": set(),
}


@dataclass(frozen=True)
class Room:
    folder: str
    level: int
    uses: tuple


@dataclass(frozen=True)
class Plan:
    titles: dict  # level -> what its comment says
    rooms: dict   # folder -> Room, as declared

    def text(self):
        """As docs/architecture.md shows it."""
        lines = []
        for level, title in self.titles.items():
            lines.append("%d %s" % (level, title))
            lines += ["  %s: %s" % (room.folder, " ".join(room.uses)) for room in self.rooms.values() if room.level == level]
        return "\n".join(line.rstrip() for line in lines) + "\n"


def read_plan(cmake):
    """The levels are comments such as `# 0 knowledge: pure`, and hold until the next."""
    titles, rooms, level = {}, {}, None
    for match in re.finditer(r"^# (\d) (.+)$|^room\(([^)]*)\)", cmake, re.MULTILINE):
        if match.group(1):
            level = int(match.group(1))
            titles[level] = match.group(2)
            continue
        words = match.group(3).split()
        lists = {"USES": [], "LINKS": [], "EXECUTABLE": []}
        into = None
        for word in words[1:]:
            if word in lists:
                into = lists[word]
            else:
                into.append(word)
        rooms[words[0]] = Room(words[0], level, tuple(lists["USES"]))
    return Plan(titles, rooms)


def complaints_about_plan(plan):
    declared = []
    for room in plan.rooms.values():
        if room.level is None:
            yield "CMakeLists.txt: %s stands below no level (# 0 ..., # 1 ...)" % room.folder
        for used in room.uses:
            if used not in plan.rooms:
                yield "CMakeLists.txt: %s uses %s, which is no room" % (room.folder, used)
            elif used not in declared:
                yield "CMakeLists.txt: %s uses %s, which is declared after it; arrows go down only" % (room.folder, used)
        declared.append(room.folder)
    levels = [room.level for room in plan.rooms.values() if room.level is not None]
    if levels != sorted(levels):
        yield "CMakeLists.txt: levels must be declared from the lowest to the highest"


def room_of(path):
    """The room that a file belongs to: its folder; tests in tests/unit/<room> are guests of that room."""
    folder = Path(path).parent.as_posix()
    return folder.removeprefix("tests/unit/")


def complaints_about_include(plan, root, path, quote, header):
    room = plan.rooms[room_of(path)]
    is_ours = (root / header).is_file() or header.split("/")[0] in (*FOLDERS, "tests")
    if quote == "<" and not is_ours:
        fitting = [beginning for beginning in LIBRARIES if header.startswith(beginning)]
        if fitting and not path.startswith("tests/") and room.folder not in LIBRARIES[max(fitting, key=len)]:
            allowed = sorted(LIBRARIES[max(fitting, key=len)])
            yield "<%s> may stand in %s only" % (header, ", ".join(allowed)) if allowed else "<%s> may stand nowhere" % header
        return
    if quote == "<":
        yield 'our own header is included as "%s"' % header
    if not (root / header).is_file() or ".." in header.split("/"):
        yield '"%s" is no path from the root' % header
        return
    if header.startswith("tests/") and not path.startswith("tests/"):
        yield '"%s": a room includes no tests' % header
        return
    target = room_of(header)
    if target == room.folder or target in room.uses:
        return
    if target not in plan.rooms:
        yield '"%s" is in no room' % header
    elif plan.rooms[target].level > room.level:
        yield '"%s" goes up, from level %d to level %d' % (header, room.level, plan.rooms[target].level)
    else:
        yield '"%s": the plan does not say that %s uses %s' % (header, room.folder, target)


def includes(plan, root):
    """(file, line number, quote, header) of each #include in the rooms and their tests; of a file in no room, (file, 0, "", "")."""
    for folder in (*FOLDERS, *("tests/unit/" + folder for folder in FOLDERS)):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix not in SUFFIXES:
                continue
            path = file.relative_to(root).as_posix()
            if room_of(path) not in plan.rooms:
                yield path, 0, "", ""
                continue
            for number, line in enumerate(file.read_text().splitlines(), 1):
                include = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
                if include:
                    yield path, number, *include.groups()


def complaints_about_files(plan, root):
    for path, number, quote, header in includes(plan, root):
        if number == 0:
            yield "%s: its folder is no room of CMakeLists.txt" % path
            continue
        for complaint in complaints_about_include(plan, root, path, quote, header):
            yield "%s:%d: %s" % (path, number, complaint)


def unused_arrows(plan, root):
    taken = {(room_of(path), room_of(header)) for path, number, _, header in includes(plan, root) if not path.startswith("tests/")}
    return ["%s -> %s" % (room.folder, used) for room in plan.rooms.values() for used in room.uses if (room.folder, used) not in taken]


def complaints_about_page(plan, page):
    block = re.search(r"^```floors\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    if not block:
        yield "docs/architecture.md: has no ```floors block"
    elif block.group(1) != plan.text():
        yield "docs/architecture.md: its floor plan is not that of CMakeLists.txt; paste what  tests/floors/floors.py --print  prints"


def complaints(root=ROOT):
    plan = read_plan((root / "CMakeLists.txt").read_text())
    yield from complaints_about_plan(plan)
    yield from complaints_about_files(plan, root)
    yield from complaints_about_page(plan, (root / "docs/architecture.md").read_text())


def main(arguments):
    plan = read_plan((ROOT / "CMakeLists.txt").read_text())
    if arguments == ["--print"]:
        print(plan.text(), end="")
        return 0
    if arguments == ["--unused"]:
        print("\n".join(unused_arrows(plan, ROOT)))
        return 0
    if arguments:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    found = list(complaints())
    print("\n".join(found) or "The house is as the plan says.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
