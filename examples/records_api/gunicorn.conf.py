"""gunicorn -c gunicorn.conf.py records_api.wsgi"""

import os

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
