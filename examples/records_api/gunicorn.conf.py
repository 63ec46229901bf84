"""gunicorn -c gunicorn.conf.py records_api.wsgi"""

import os
import subprocess
import sys
from pathlib import Path

bind = os.environ.get("RECORDS_BIND", "127.0.0.1:8000")

# Plain sync workers close every connection; gthread is what keeps them alive.
worker_class = "gthread"
workers = int(os.environ.get("RECORDS_WORKERS", "2"))
threads = int(os.environ.get("RECORDS_THREADS", "4"))
keepalive = 5
graceful_timeout = 5

# By default gunicorn believes "X-Forwarded-Proto: https" from loopback, which is
# where a local cache connects from. Page links would then change scheme at the
# wish of a header that is in no cache key.
secure_scheme_headers = {}

accesslog = None
errorlog = "-"
loglevel = os.environ.get("RECORDS_LOG_LEVEL", "INFO").lower()


def on_starting(server) -> None:
    """Static files get their hashed names before anybody can ask for one. In a process of
    its own: what this one imports, workers would not see change when they are restarted."""
    manage = Path(__file__).resolve().parent / "manage.py"
    ended = subprocess.run([sys.executable, manage, "prepare_static"])
    if ended.returncode != 0:
        sys.exit(1)  # it has said why: what settings refuse, or a folder that cannot be written
