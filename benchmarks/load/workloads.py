"""What is asked of every candidate, and what the figures should be. A new workload is one more row."""

import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "counts"))

from scenario import API_REQUEST, BROWSER_REQUEST  # noqa: E402  those whose instructions tests/counts counts

CACHEABLE = ("Cache-Control: max-age=86400", "Vary: Accept-Encoding", 'ETag: "5d41402abc4b2a76"')
UNCACHEABLE = ("Cache-Control: no-store", "Vary: Accept-Encoding", 'ETag: "5d41402abc4b2a76"')


@dataclass(frozen=True)
class Asked:
    """sidecache's CPU per request may be so many times that of another candidate, in the same round."""

    times: float
    of: str


@dataclass(frozen=True)
class Workload:
    name: str
    what: str
    asked: Asked
    size: int = 1024               # bytes of content
    request: bytes = API_REQUEST
    pipelined: int = 1             # requests in each write of the client
    fields: tuple = CACHEABLE      # of the origin's response
    connections: int = 64
    is_gate: bool = False          # what it asks, with the margin of judge.py, and to be below every peer, decides whether the run fails

    @property
    def is_hit(self):
        return self.fields is CACHEABLE


WORKLOADS = (
    Workload("1k", "hits of 1 KB", Asked(1.25, "limit"), is_gate=True),
    Workload("browser", "hits of 1 KB, asked as browsers do, with cookies", Asked(1.6, "limit"), request=BROWSER_REQUEST, is_gate=True),
    Workload("pipelined", "hits of 1 KB, 16 requests in each write", Asked(2.5, "limit"), pipelined=16, is_gate=True),
    Workload("10k", "hits of 10 KB", Asked(1.25, "limit"), size=10 * 1024),
    Workload("100k", "hits of 100 KB", Asked(1.0, "nginx"), size=100 * 1024),
    Workload("pass", "1 KB that may not be stored, passed through", Asked(1.0, "haproxy"), fields=UNCACHEABLE),
)
