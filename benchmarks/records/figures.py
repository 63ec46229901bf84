"""Figures of one turn, their medians, and what is asked of them."""

from dataclasses import dataclass
from statistics import mean, median

from judge import Verdict  # of ../load

HITS = ("hit", "hit_stale", "collapsed")  # docs/metrics.md: answered without a request of their own to the origin

ASKED_HITS = 0.80
ASKED_P95_MS = 200.0
ASKED_QUERIES_LESS = 0.80
ASKED_RESIDENT = 50e6  # bytes beside what is stored, and beside the budget of a full store

FULL = 0.9  # of the budget: to store one more may take several evictions


def percentile(numbers, part):
    """The smallest of the numbers that is not exceeded by `part` of them (nearest rank)."""
    ordered = sorted(numbers)
    rank = -(-len(ordered) * round(part * 10000) // 10000)  # rounded up, in whole numbers
    return ordered[max(1, rank) - 1]


def read_metrics(text):
    """Prometheus text: {(name, (('label', 'value'), ...)): number}."""
    series = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        key, _, value = line.rpartition(" ")
        name, _, labels = key.partition("{")
        pairs = (pair.partition("=") for pair in labels.rstrip("}").split('",') if pair)
        series[name, tuple((label.strip(), quoted.strip('"')) for label, _, quoted in pairs)] = float(value)
    return series


def sum_of(series, name, **labels):
    wanted = set(labels.items())
    return sum(value for (of, have), value in series.items() if of == name and wanted <= set(have))


def between(before, after, name, **labels):
    """How far a counter went; series that came to be meanwhile began at 0."""
    return sum_of(after, name, **labels) - sum_of(before, name, **labels)


@dataclass
class Turn:
    """One candidate under the load for some seconds."""

    samples: list     # dicts: kind, ms, error, queries, cache
    seconds: float
    api_cpu: float    # CPUs that were busy with it
    load_cpu: float
    others_cpu: float  # CPUs that others used: neither API nor proxy nor load
    proxy_cpu: float = None
    hit_ratio: float = None
    queries_per_request: float = None  # that the origin made
    resident: float = None  # bytes of the proxy
    stored: float = None    # bytes of what it has stored
    budget: float = None    # bytes that it may store
    evicted: float = None   # responses, meanwhile, to keep its budget

    @property
    def errors(self):
        return [sample["error"] for sample in self.samples if sample["error"]]

    def figures(self):
        """In the order in which they are shown; None where there is none."""
        times = [sample["ms"] for sample in self.samples]
        return {
            "requests/s": len(times) / self.seconds,
            "average ms": mean(times), "median ms": percentile(times, 0.5), "min ms": min(times), "max ms": max(times),
            "p95 ms": percentile(times, 0.95), "p99 ms": percentile(times, 0.99),
            "errors": len(self.errors),
            "hit ratio %": None if self.hit_ratio is None else 100 * self.hit_ratio,
            "queries/request": self.queries_per_request,
            "CPU % of the API": 100 * self.api_cpu,
            "CPU % of the load": 100 * self.load_cpu,
            "CPU % of the proxy": None if self.proxy_cpu is None else 100 * self.proxy_cpu,
            "MB beside the stored": None if self.resident is None else (self.resident - self.stored) / 1e6,
            "MB stored": None if self.stored is None else self.stored / 1e6,
        }


def bare_queries(samples):
    """Per request, as the bare API told in X-Query-Count."""
    return mean(float(sample["queries"]) for sample in samples)


def queries_without(kind, turns):
    """Per request, of all requests of other kinds. An answer of the store repeats what it once cost: it counts as none."""
    others = [sample for turn in turns for sample in turn.samples if sample["kind"] != kind]
    return sum(0 if is_hit(sample["cache"]) else sample["queries"] for sample in others) / len(others) if others else 0.0


def proxied(before, after, turn):
    """Fills in what the proxy's metrics tell of the time between two looks at them."""
    requests = between(before, after, "sidecache_requests_total")
    hits = sum(between(before, after, "sidecache_requests_total", outcome=outcome) for outcome in HITS)
    turn.hit_ratio = hits / requests if requests else 0.0
    turn.queries_per_request = between(before, after, "sidecache_origin_queries_total") / requests if requests else 0.0
    turn.stored, turn.budget = sum_of(after, "sidecache_memory_bytes"), sum_of(after, "sidecache_memory_limit_bytes")
    turn.evicted = between(before, after, "sidecache_memory_evictions_total")


def medians(turns):
    """Of each figure over the turns, but for errors: their sum."""
    all_figures = [turn.figures() for turn in turns]
    shown = {}
    for name in all_figures[0]:
        values = [figures[name] for figures in all_figures]
        shown[name] = None if None in values else sum(values) if name == "errors" else median(values)
    return shown


def is_hit(cache_status):
    """Of the proxy's member of Cache-Status, the last one: answered without a request of its own."""
    own = cache_status.rpartition(",")[2]
    return any(parameter.strip() in ("hit", "collapsed") for parameter in own.split(";")[1:])


def by_kind(bare, cached):
    """Rows: kind, its share of the bare requests, p50 and p95 before and after, queries of one bare answer, hits."""
    before = [sample for turn in bare for sample in turn.samples]
    after = [sample for turn in cached for sample in turn.samples]
    for kind in sorted({sample["kind"] for sample in before}, key=lambda kind: -sum(sample["kind"] == kind for sample in before)):
        was, now = ([sample for sample in samples if sample["kind"] == kind] for samples in (before, after))
        old, new = ([sample["ms"] for sample in samples] for samples in (was, now))
        yield (kind, len(was) / len(before), percentile(old, 0.5), percentile(old, 0.95),
               percentile(new, 0.5) if new else None, percentile(new, 0.95) if new else None,
               bare_queries(was), mean(is_hit(sample["cache"]) for sample in now) if now else None)


def judge_answers(mix, bare, cached):
    """The verdict that holds for every mix."""
    return Verdict("right answers to %s: %d errors before, %d after" % (mix, bare["errors"], cached["errors"]), bare["errors"] == cached["errors"] == 0)


def judge_speed(bare, cached, is_counted=True):
    """The verdicts on the medians of both, as `medians` gives them, under the mix of which something is asked."""
    hits, p95_before, p95 = cached["hit ratio %"], bare["p95 ms"], cached["p95 ms"]
    less = 1 - cached["queries/request"] / bare["queries/request"] if bare["queries/request"] else 0.0
    yield Verdict("hit ratio: %.1f %%; asked: over %.0f %%" % (hits, 100 * ASKED_HITS), hits > 100 * ASKED_HITS, is_counted)
    yield Verdict("p95: %.1f ms, the bare API's is %.1f ms; asked: under %.0f ms where the bare API's is above" % (p95, p95_before, ASKED_P95_MS),
                  p95 < ASKED_P95_MS < p95_before, is_counted)
    yield Verdict("origin queries per request: %.2f, the bare API's are %.2f: %.1f %% less; asked: %.0f %%"
                  % (cached["queries/request"], bare["queries/request"], 100 * less, 100 * ASKED_QUERIES_LESS), less >= ASKED_QUERIES_LESS, is_counted)


def judge_memory(cached, full):
    """Beside what is stored while that is little, and beside the budget of a store that is full and evicts: the latter has all that its allocator
    loses between responses that come and go."""
    beside, asked = 1e6 * cached["MB beside the stored"], ASKED_RESIDENT / 1e6
    yield Verdict("resident memory beside what is stored: %.1f MB, with %.1f MB stored; asked: under %.0f MB" % (beside / 1e6, cached["MB stored"], asked),
                  beside < ASKED_RESIDENT)
    beside = full.resident - full.budget
    yield Verdict("resident memory beside the budget: %.1f MB, with %.1f MB stored of %.1f MB and %d responses evicted; asked: under %.0f MB"
                  % (beside / 1e6, full.stored / 1e6, full.budget / 1e6, full.evicted, asked), beside < ASKED_RESIDENT)
    is_full = full.stored > FULL * full.budget and full.evicted > 0
    yield Verdict("the store stayed full, evicted, and answered right: %.0f %% of its budget, %d errors" % (100 * full.stored / full.budget, len(full.errors)),
                  is_full and not full.errors)
