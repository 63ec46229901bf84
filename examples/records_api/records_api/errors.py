"""Answers for requests that reach no view."""

from django.http import HttpRequest, JsonResponse


def not_found(request: HttpRequest, exception: Exception) -> JsonResponse:
    """The same 404 body that the API's own views send."""
    return JsonResponse(
        {"detail": "Not found."}, status=404, headers={"Cache-Control": "no-store"}
    )
