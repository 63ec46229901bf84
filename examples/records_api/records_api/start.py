"""The page at /, for who opens the site in a browser."""

from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@non_atomic_requests
@require_safe
@cache_control(public=True, max_age=60)
def start(request: HttpRequest) -> HttpResponse:
    """Kept for a minute: it names the style sheet that it was made for, which is kept for a year."""
    return render(request, "start.html")
