"""PromQL and Grafana's templates, as far as the tests of dashboards read them."""

import re

COMPARISON = re.compile(r"(.*\S)\s*(==|!=|>=|<=|>|<)\s*(-?[0-9.]+)", re.DOTALL)
OTHER_FORM = re.compile(r"[<>]|[=!]=|\b(?:or|unless)\b")
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
VARIABLE = re.compile(r"\$\{?(\w+)\}?")
HISTOGRAM_PARTS = ("_bucket", "_sum", "_count")


def _without_insides(text):
    """The expression with everything in brackets or in a string as dots, character by character."""
    out, depth = [], 0
    for c in STRING.sub(lambda string: "." * len(string[0]), text):
        if c in ")]}":
            depth -= 1
        out.append("." if depth else c)
        if c in "([{":
            depth += 1
    return "".join(out)


def measured(alert):
    """What an alert compares with its thresholds: `a > 1 and b > 2` measures a and b. Raises ValueError for one of another form."""
    outline, parts, begin = _without_insides(alert), [], 0
    for joint in [*re.finditer(r"\band\b", outline), None]:
        end = joint.start() if joint else len(alert)
        match = COMPARISON.fullmatch(outline[begin:end].strip())
        if not match or OTHER_FORM.search(match[1]):
            raise ValueError(f"not of the form VECTOR > NUMBER, joined by `and`: {alert[begin:end].strip()}")
        part = alert[begin:end].strip()
        parts.append(part[: match.end(1)])
        begin = joint.end() if joint else end
    return parts


def left_of_or(expression):
    """The left operands of every `or`, at any depth: without one of them the whole may still have a value, that of the right one."""
    outline, begin = _without_insides(expression), 0
    for joint in re.finditer(r"\bor\b|,", outline):
        if joint[0] == "or":
            yield expression[begin : joint.start()].strip()
        begin = joint.end()
    for group in re.finditer(r"\((\.*)\)", outline):
        yield from left_of_or(expression[group.start(1) : group.end(1)])


def names_in(text):
    """Names of any kind, also those within strings."""
    return set(NAME.findall(text))


def metrics_in(expression):
    """The names of metrics of the proxy and its process, and of recorded series, that stand in it."""
    names = set(NAME.findall(STRING.sub('""', expression)))
    return {name for name in names if name.startswith(("sidecache_", "process_")) or ":" in name}


def metrics_of(page):
    """Name to kind, of the tables of docs/metrics.md."""
    return dict(re.findall(r"^\| `(\w+)` \| (counter|gauge|histogram) \|", page, re.MULTILINE))


def is_told(name, kinds):
    """Whether a series of this name is published by these metrics."""
    if name in kinds:
        return kinds[name] != "histogram"
    return any(name.endswith(part) and kinds.get(name[: -len(part)]) == "histogram" for part in HISTOGRAM_PARTS)


def rate_interval(scrape, step):
    """Grafana's $__rate_interval in seconds."""
    return max(step + scrape, 4 * scrape)


def alternatives(values):
    """Several values of a variable as Grafana's Prometheus data source puts them into a quoted regular expression."""
    escaped = [re.sub(r"[$^*{}\[\]'+?.()|]", r"\\\\\g<0>", value.replace("\\", "\\\\\\\\")) for value in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def substituted(expression, variables):
    """With the variables' values. Raises ValueError for a variable that is not there."""

    def value(match):
        if match[1] not in variables:
            raise ValueError(f"${match[1]} is no variable of the dashboard")
        return variables[match[1]]

    return VARIABLE.sub(value, expression)


def label_values(query):
    """(selector, label) of a variable's query."""
    match = re.fullmatch(r"label_values\((.+), (\w+)\)", query)
    if not match:
        raise ValueError(f"not of the form label_values(SELECTOR, LABEL): {query}")
    return match[1], match[2]
