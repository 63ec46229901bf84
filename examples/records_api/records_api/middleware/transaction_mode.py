"""Chooses how the transaction around a request begins."""

from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse

READ_METHODS = ("GET", "HEAD", "OPTIONS")


class TransactionModeMiddleware:
    """Lets requests that only read run beside each other and beside a writer.

    The backend begins transactions with the write lock held; ATOMIC_REQUESTS would
    otherwise take it for every GET as well.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        connection.begin_immediate = request.method not in READ_METHODS
        try:
            return self.get_response(request)
        finally:
            connection.begin_immediate = True
