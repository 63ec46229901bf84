"""docs/conformance.md, as far as a program reads it.

    ```record                        how many must pass, under which configuration
    rfc9111 required 139 of 165
    ```
    ### Not passed                   its table lists each test that does not, by the id in its first column
    ### Not passed with the safe defaults      those that do not pass there besides
"""

import re
from dataclasses import dataclass

RECORD_LINE = re.compile(r"^(\S+) (required|optimal) (\d+) of (\d+)$")
SECTIONS = {"rfc9111": ("Not passed",), "safe": ("Not passed", "Not passed with the safe defaults")}


@dataclass(frozen=True)
class Record:
    passed: dict  # kind -> how many must pass
    of: dict      # kind -> how many there are
    known: set    # ids that do not pass


def read(text, configuration):
    """The record of one configuration, `rfc9111` or `safe`."""
    block = re.search(r"^```record\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    if not block:
        raise ValueError("the page has no block ```record")
    passed, of = {}, {}
    for line in block.group(1).splitlines():
        found = RECORD_LINE.match(line)
        if not found:
            raise ValueError(f"a record is a line such as 'rfc9111 required 139 of 165', not '{line}'")
        if found.group(1) == configuration:
            passed[found.group(2)], of[found.group(2)] = int(found.group(3)), int(found.group(4))
    if set(passed) != {"required", "optimal"}:
        raise ValueError(f"the record of {configuration} needs a line for required and one for optimal")
    known = [test for title in SECTIONS[configuration] for test in ids_in(section(text, title))]
    twice = sorted({test for test in known if known.count(test) > 1})
    if twice:
        raise ValueError(f"listed twice: {', '.join(twice)}")
    return Record(passed, of, set(known))


def section(text, title):
    """From this heading to the next one of its level or above."""
    heading = re.search(rf"^(#+) {re.escape(title)}$", text, re.MULTILINE)
    if not heading:
        raise ValueError(f"the page has no heading '{title}'")
    rest = text[heading.end() :]
    following = re.search(rf"^#{{1,{len(heading.group(1))}}} ", rest, re.MULTILINE)
    return rest[: following.start()] if following else rest


def ids_in(text):
    """The ids in the first cells of its tables: `a`, `b`."""
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return [test for cell in cells for test in re.findall(r"`([^`]+)`", cell)]
