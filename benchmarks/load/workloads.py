"""What is asked of every candidate, and what the figures should be. A new workload is one more row."""

import itertools
import random
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "counts"))

from scenario import API_REQUEST, BROWSER_REQUEST  # noqa: E402  those whose instructions tests/counts counts

ETAG = '"5d41402abc4b2a76"'
CACHEABLE = ("Cache-Control: max-age=86400", "Vary: Accept-Encoding", "ETag: " + ETAG)
REVALIDATED = ("Cache-Control: max-age=0", "Vary: Accept-Encoding", "ETag: " + ETAG)
UNCACHEABLE = ("Cache-Control: no-store", "Vary: Accept-Encoding", "ETag: " + ETAG)


@dataclass(frozen=True)
class Asked:
    """sidecache's CPU per request may be so many times that of another candidate, in the same round."""

    times: float
    of: str


@dataclass(frozen=True)
class Workload:
    name: str
    what: str
    asked: Asked | None            # None: nobody to compare with
    size: int = 1024               # bytes of content
    request: bytes = API_REQUEST
    pipelined: int = 1             # requests in each write of the client
    fields: tuple = CACHEABLE      # of the origin's response
    connections: int = 64
    urls: int = 1                  # that are asked for, the more popular ones more often
    skew: float = 0.9              # of Zipf: the n-th most popular is asked for in proportion to 1 / n ** skew
    is_known: bool = False         # the client has the response already, and is told so (304)
    is_timed: bool = False         # latencies under an open loop are measured as well
    is_gate: bool = False          # what it asks, with the margin of judge.py, and to be below every peer, decides whether the run fails
    without: tuple = ()            # who cannot do it

    @property
    def is_revalidated(self):
        """The origin is asked each time whether what is stored is as it was, and says so (304)."""
        return self.fields is REVALIDATED

    @property
    def is_hit(self):
        return self.fields is CACHEABLE

    @property
    def status(self):
        return 304 if self.is_known else 200

    @property
    def answered_size(self):
        """Bytes of content that the client gets."""
        return 0 if self.is_known else self.size

    def distinct_requests(self):
        """One for each URL, the most popular one first."""
        if self.urls == 1:
            return [self.request]
        return [self.request.replace(b"page=2", b"page=%d" % number) for number in range(self.urls)]

    def requests(self, count=50_000, seed=1):
        """As clients send them, over and over."""
        distinct = self.distinct_requests()
        if len(distinct) == 1:
            return distinct
        weights = list(itertools.accumulate(1 / (place + 1) ** self.skew for place in range(len(distinct))))
        return random.Random(seed).choices(distinct, cum_weights=weights, k=count)


CONDITIONAL_REQUEST = API_REQUEST.replace(b"\r\n\r\n", b"\r\nIf-None-Match: %s\r\n\r\n" % ETAG.encode())

# HAProxy's cache knows no validation; nginx stores nothing that is stale at once; Varnish, told to keep it, fetches it whole; Traffic Server asks with a condition for
# less than half of the requests that come together.
CANNOT_REVALIDATE = ("nginx", "haproxy", "varnish", "trafficserver")
LEAST_CONFIRMED = 0.9  # of the requests: some are answered together

WORKLOADS = (
    Workload("1k", "hits of 1 KB", Asked(1.25, "limit"), is_timed=True, is_gate=True),
    Workload("browser", "hits of 1 KB, asked as browsers do, with cookies", Asked(1.6, "limit"), request=BROWSER_REQUEST, is_gate=True),
    Workload("pipelined", "hits of 1 KB, 16 requests in each write", Asked(2.5, "limit"), pipelined=16, is_gate=True),
    Workload("10k", "hits of 10 KB", Asked(1.25, "limit"), size=10 * 1024),
    Workload("100k", "hits of 100 KB", Asked(1.0, "nginx"), size=100 * 1024),
    Workload("zipf", "hits of 1 KB, asked as browsers do, of 20,000 URLs by Zipf 0.9", Asked(1.6, "limit"), request=BROWSER_REQUEST, urls=20_000, is_timed=True),
    Workload("connections", "hits of 1 KB, 1,000 busy connections", Asked(1.25, "limit"), connections=1000),
    Workload("conditional", "hits of 1 KB that the client has: 304", Asked(1.25, "limit"), request=CONDITIONAL_REQUEST, is_known=True),
    Workload("revalidation", "1 KB that is stored, and asked about at the origin each time", None, fields=REVALIDATED, without=CANNOT_REVALIDATE),
    Workload("pass", "1 KB that may not be stored, passed through", Asked(1.0, "haproxy"), fields=UNCACHEABLE),
)
