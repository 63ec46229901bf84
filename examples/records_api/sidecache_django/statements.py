"""What the result of an SQL statement depends on.

Read out of the text that Django sends. What is not of the simple form below depends on
everything of each table that it mentions: that costs misses, never staleness.

- ``FROM a WHERE a.id = %s`` depends on that row alone, and ``a.doctor_id = %s`` on the
  rows of that doctor alone, where the condition is one of several that must all hold.
- A table that is joined for ``select_related`` adds the rows that are loaded of it,
  which post_init tells. One that filters, orders, or is joined against its key's
  direction adds itself: rows that are not shown may come to be.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from sidecache_django.naming import models_by_table

WRITES = re.compile(r"\s*(?:INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)
NAME = r'["`](\w+)["`]'
SHAPE = re.compile(
    rf"SELECT (?:DISTINCT )?(?P<items>.*?) FROM {NAME.replace('(', '(?P<table>')}"
    r"(?P<joins>(?: (?:INNER|LEFT OUTER) JOIN [\"`]\w+[\"`](?: \w+)? ON \([^()]*\))*)"
    r"(?: WHERE (?P<where>.*?))?"
    r"(?P<tail>(?: (?:GROUP BY|HAVING|ORDER BY|LIMIT|OFFSET|FOR) .*)?)",
    re.DOTALL,
)
JOIN = re.compile(rf"JOIN {NAME}( \w+)? ON \(([^()]*)\)")
FORWARD = re.compile(rf"{NAME}\.{NAME} = {NAME}\.{NAME}")
PIN = re.compile(rf"{NAME}\.{NAME} (?:= %s|IN \(%s(?:, %s)*\))")

ESCAPE = re.compile(r" ESCAPE '[^']*'")
CONVERTED = re.compile(r"\b\w+\((%s)\)")  # UPPER(%s)
# PostgreSQL's UPPER("table"."column"::text): no longer the column itself
CONVERTED_COLUMN = re.compile(rf"\b(?:UPPER|LOWER)\({NAME}\.{NAME}(?:::\w+)?\)")
VALUES = re.compile(r" IN \(%s(?:, %s)*\)")
NOT_ALL_HOLD = re.compile(r"\b(?:OR|XOR|NOT|CASE|EXISTS)\b|[()']")
INNERMOST = re.compile(r"\([^()]*\)")
PLACEHOLDER = re.compile(r"%%|(%s)")


class Pin(NamedTuple):
    """A column that must have one of the parameters from `first` on, `count` of them."""

    table: str
    column: str
    first: int
    count: int


class Statement(NamedTuple):
    listed: frozenset[str]  # tables of which any row may change the result
    pin: Pin | None
    parameters: int


NOTHING = Statement(frozenset(), None, 0)


@lru_cache(maxsize=2048)
def understand(sql: str) -> Statement:
    if WRITES.match(sql):
        return NOTHING
    mentioned = frozenset(name.lower() for name in _tables_pattern().findall(sql))
    if not mentioned:
        return NOTHING
    parameters = _placeholders(sql)
    is_one = len(re.findall(r"\bSELECT\b", sql, re.IGNORECASE)) == 1
    shape = SHAPE.fullmatch(sql) if is_one else None
    if shape is None or shape["table"].lower() not in mentioned:
        return Statement(mentioned, None, parameters)
    joins = JOIN.findall(shape["joins"])
    listed = mentioned - {join[0].lower() for join in joins if _is_shown(join, joins, shape)}
    table = shape["table"]
    pin = _pin(sql, shape)
    if pin is not None and all(join[0] != table for join in joins):
        listed -= {table.lower()}
    return Statement(listed, pin, parameters)


@lru_cache(maxsize=None)
def _tables_pattern() -> re.Pattern:
    tables = sorted(map(re.escape, models_by_table()), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(tables)})(?!\w)", re.IGNORECASE)


def _placeholders(sql: str) -> int:
    return sum(1 for found in PLACEHOLDER.finditer(sql) if found[1])


def _is_shown(join, joins, shape) -> bool:
    """Joined along a foreign key, its whole rows selected, and of no other use."""
    table, alias, condition = join
    model = models_by_table().get(table.lower())
    forward = FORWARD.fullmatch(condition)
    if alias or model is None or forward is None:
        return False
    if table == shape["table"] or sum(other[0] == table for other in joins) != 1:
        return False
    key = model._meta.pk.column
    if (forward[3], forward[4]) != (table, key):
        return False
    used = re.compile(rf'["`]{re.escape(table)}["`]\.')
    if used.search((shape["where"] or "") + shape["tail"]):
        return False
    items, count = shape["items"], 1
    while count:
        items, count = INNERMOST.subn("", items)
    return re.search(rf'(?:^|, )["`]{table}["`]\.["`]{key}["`](?:,|$)', items) is not None


def _pin(sql: str, shape) -> Pin | None:
    """The primary key or else a foreign key, if all that is shown has it of one value."""
    if shape["where"] is None:
        return None
    where = CONVERTED.sub(r"\1", ESCAPE.sub("", shape["where"]))
    where = CONVERTED_COLUMN.sub("converted", where)
    if where.startswith("(") and where.endswith(")"):
        where = where[1:-1]
    if NOT_ALL_HOLD.search(VALUES.sub("", where.replace(" IS NOT NULL", ""))):
        return None
    meta = models_by_table()[shape["table"].lower()]._meta
    keys = {
        field.column for field in meta.local_concrete_fields if field.remote_field is not None
    }
    found: dict[str, Pin] = {}
    first = _placeholders(sql[: shape.start("where")])
    for condition in where.split(" AND "):
        pin = PIN.fullmatch(condition)
        count = _placeholders(condition)
        if pin is not None and pin[1] == shape["table"]:
            found.setdefault(pin[2], Pin(pin[1].lower(), pin[2], first, count))
        first += count
    if meta.pk.column in found:
        return found[meta.pk.column]
    return next((pin for column, pin in found.items() if column in keys), None)
