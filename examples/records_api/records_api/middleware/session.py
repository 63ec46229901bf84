"""Sessions that leave the responses of views that ignore them alone."""

from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse


class UnobtrusiveSessionMiddleware(SessionMiddleware):
    """Touches a response only if its view has looked at the session.

    Django's own answers a malformed session cookie with a Set-Cookie that deletes it,
    whatever the view. On a public read that would be a cookie for everybody, since
    shared caches may store the response.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponse
    ) -> HttpResponse:
        if request.session.accessed:
            return super().process_response(request, response)
        return response
