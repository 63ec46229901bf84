"""Fills the store of a proxy with lists of the records API, of many sizes, until it is full and has begun to evict."""

import http.client
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import figures

CLIENTS = 8        # as many as the API has threads
PATIENCE = 1800    # seconds until it is full
EVICTED = 0.5      # of what is stored: so much has gone, and left its holes, when the users begin


def fill(url, metrics):
    """Returns the seconds it took. `metrics` gives the proxy's, as read_metrics does."""
    begun, is_full, numbers = time.monotonic(), threading.Event(), itertools.count()
    with ThreadPoolExecutor(CLIENTS) as clients:
        asking = [clients.submit(_ask, urlsplit(url).netloc, numbers, is_full) for _ in range(CLIENTS)]
        try:
            while not is_evicting(metrics()):
                if time.monotonic() - begun > PATIENCE:
                    raise RuntimeError("the store was not full within %d s" % PATIENCE)
                if any(client.done() for client in asking):
                    break  # it failed: its error is raised below
                time.sleep(0.5)
        finally:
            is_full.set()
        for client in asking:
            client.result()
    return time.monotonic() - begun


def is_evicting(series):
    stored, budget = (figures.sum_of(series, "sidecache_memory_" + name) for name in ("bytes", "limit_bytes"))
    evicted, entries = (figures.sum_of(series, "sidecache_memory_" + name) for name in ("evictions_total", "entries"))
    return stored > figures.FULL * budget and evicted > EVICTED * entries


def target_of(number):
    """A list of 10 to 40 doctors. The API knows no parameter `copy`, so that each is a response of its own to the proxy alone."""
    return "/api/doctors/?page_size=%d&copy=%d" % (10 + number % 31, number)


def _ask(netloc, numbers, is_full):
    connection = http.client.HTTPConnection(netloc, timeout=60)
    try:
        while not is_full.is_set():
            target = target_of(next(numbers))
            connection.request("GET", target, headers={"Accept": "application/json"})
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                raise RuntimeError("GET %s: status %d" % (target, response.status))
    finally:
        connection.close()
