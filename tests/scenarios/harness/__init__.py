"""What scenario tests are written with: an origin that follows a script, the proxy as a process, a client that reads strictly.

    from harness import Scenario, ok, respond

Python's standard library only. Each module's docstring says how its part is used.
"""

from .client import CacheStatus, Client, Connection, NotHttp, Response, make_request
from .origin import DROP, RESET, SILENCE, Exchange, ScriptedOrigin, chunk, chunked, head, http_date, last_chunk, not_modified, ok, respond
from .patience import PATIENCE, Gate, OutOfPatience, wait_until
from .scenario import Background, Scenario
from .sidecache import BINARY, Sidecache, binary, clean_environment, run_sidecache, sum_of

__all__ = [
    "CacheStatus", "Client", "Connection", "NotHttp", "Response", "make_request",
    "DROP", "RESET", "SILENCE", "Exchange", "ScriptedOrigin", "chunk", "chunked", "head", "http_date", "last_chunk", "not_modified", "ok", "respond",
    "PATIENCE", "Gate", "OutOfPatience", "wait_until",
    "Background", "Scenario",
    "BINARY", "Sidecache", "binary", "clean_environment", "run_sidecache", "sum_of",
]
