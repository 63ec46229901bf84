"""Slows the API down so that tests can make requests overlap."""

from time import sleep

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest


class DelayMiddleware:
    """Sleeps for RECORDS_DELAY_MS when a view has been found and before it runs.

    That is before the view's transaction begins, so a delayed write does not hold
    the database's write lock while it sleeps.
    """

    def __init__(self, get_response) -> None:
        if not settings.API_DELAY_SECONDS:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest):
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> None:
        if request.path.startswith(settings.API_PREFIX):
            sleep(settings.API_DELAY_SECONDS)
