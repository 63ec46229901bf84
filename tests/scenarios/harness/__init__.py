"""What scenario tests are written with: an origin that follows a script, the proxy as a process, a client that reads strictly.

    from harness import Scenario, ok, respond

Python's standard library only, but for redis_server and redis_fleet (python3-redis), which are imported by themselves. Each module's docstring says how its part is used.
"""

from .client import CacheStatus, Client, Connection, Cut, NotHttp, Response, make_request
from .origin import DROP, RESET, SILENCE, Exchange, ScriptedOrigin, chunk, chunked, head, http_date, last_chunk, not_modified, ok, respond
from .patience import PATIENCE, Gate, OutOfPatience, wait_until
from .relay import TO_CLIENT, TO_TARGET, Relay, issues
from .scenario import Background, Scenario
from .sidecache import BINARY, Sidecache, binary, clean_environment, run_sidecache, sum_of

__all__ = [
    "CacheStatus", "Client", "Connection", "Cut", "NotHttp", "Response", "make_request",
    "DROP", "RESET", "SILENCE", "Exchange", "ScriptedOrigin", "chunk", "chunked", "head", "http_date", "last_chunk", "not_modified", "ok", "respond",
    "TO_CLIENT", "TO_TARGET", "Relay", "issues",
    "PATIENCE", "Gate", "OutOfPatience", "wait_until",
    "Background", "Scenario",
    "BINARY", "Sidecache", "binary", "clean_environment", "run_sidecache", "sum_of",
]
