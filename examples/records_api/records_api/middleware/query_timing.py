"""Reports what a response cost the database."""

from collections.abc import Callable
from time import perf_counter

from django.db import connection
from django.http import HttpRequest, HttpResponse

TRANSACTION_CONTROL = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")


class QueryMeter:
    """Execute wrapper that counts and times statements, bar transaction control."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith(TRANSACTION_CONTROL):
            return execute(sql, params, many, context)
        self.count += 1
        started = perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += perf_counter() - started


class QueryTimingMiddleware:
    """Adds ``Server-Timing`` and ``X-Query-Count``; works with DEBUG off."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meter = QueryMeter()
        with connection.execute_wrapper(meter):
            response = self.get_response(request)
        response["Server-Timing"] = (
            f'db;dur={meter.seconds * 1000:.2f};desc="{meter.count} queries"'
        )
        response["X-Query-Count"] = str(meter.count)
        return response
