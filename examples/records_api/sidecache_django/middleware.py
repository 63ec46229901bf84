"""Says which groups a response shows (RFC 9875), and which a write has ended."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from sidecache_django import door, scope
from sidecache_django.api import depends_on
from sidecache_django.conf import options
from sidecache_django.naming import string_list

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE", "QUERY")


class SidecacheMiddleware:
    """Stands before all middleware that reads or writes rows.

    Names go by the response only if its proxy will hear of them: a header on the answer
    to a safe method is to be ignored, and with several proxies only one would see it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_safe = request.method in SAFE_METHODS
        opened = scope.Scope(not is_safe and _is_heard_by_header(request))
        try:
            with opened.open():
                response = self.get_response(request)
        except BaseException:
            if opened.changed:  # there will be no response to carry them
                door.announce(opened.changed)
            raise
        limit = options().MAX_GROUPS
        if opened.changed:
            _add(response, "Cache-Group-Invalidation", opened.changed.named(limit))
        if _may_be_stored(response) and (is_safe or response.has_header("Content-Location")):
            _add(response, "Cache-Groups", opened.shown.named(limit))
        return response

    def process_view(self, request: HttpRequest, view, args, kwargs) -> None:
        """A view, or its class, may have `depends_on = [Model, "name"]`."""
        for holder in (getattr(view, "cls", None), getattr(view, "view_class", None), view):
            depends_on(*getattr(holder, "depends_on", ()))


def _is_heard_by_header(request: HttpRequest) -> bool:
    chosen = options()
    if not chosen.doors:
        return True  # nobody else could be told
    if chosen.VIA is None or len(chosen.doors) > 1:
        return False
    passed = request.META.get("HTTP_VIA", "").split(",")
    return any(hop.split()[1:2] == [chosen.VIA] for hop in passed)


def _may_be_stored(response: HttpResponse) -> bool:
    return "no-store" not in response.get("Cache-Control", "").lower()


def _add(response: HttpResponse, field: str, names: list[str]) -> None:
    if names:
        already = [response[field]] if response.has_header(field) else []
        response[field] = ", ".join([*already, string_list(names)])
