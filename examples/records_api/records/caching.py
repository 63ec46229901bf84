"""What caches may do with the API's responses."""

from django.http import HttpResponse
from django.utils.cache import (
    get_conditional_response,
    patch_vary_headers,
    set_response_etag,
)

READ_METHODS = ("GET", "HEAD")


class CachePolicyMixin:
    """Puts a view's cache policy and a strong ETag on the reads that succeed.

    Everything else (writes, errors, OPTIONS) is not to be stored. Django's
    ConditionalGetMiddleware would do half of this: it knows neither which responses
    are fit for an ETag nor what to do with HEAD.
    """

    cache_control = "no-store"
    vary: tuple[str, ...] = ("Accept",)

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, self.vary)
        if request.method in READ_METHODS and response.status_code == 200:
            response["Cache-Control"] = self.cache_control
            response.add_post_render_callback(self._validate)
        else:
            response["Cache-Control"] = "no-store"
        return response

    def _validate(self, response: HttpResponse) -> HttpResponse:
        """Tag the rendered body; 304 instead if the client has it already."""
        set_response_etag(response)
        return get_conditional_response(
            self.request, etag=response["ETag"], response=response
        )


class PublicReadsMixin(CachePolicyMixin):
    """Reads look the same to everyone and may be shared between users.

    Credentials are not even looked at on reads, which makes that true: no session is
    loaded, so no ``Vary: Cookie``, and a stale token cannot turn a read into a 401.
    """

    cache_control = "public, max-age=60"

    def get_authenticators(self):
        if self.request.method in READ_METHODS:
            return []
        return super().get_authenticators()


class PrivateReadsMixin(CachePolicyMixin):
    """Reads are for the user who asked, and checked with the origin each time.

    What they show is the same for all of one role, which `X-Role` tells: a proxy that
    keeps a cache for each role may share them there.
    """

    cache_control = "private, max-age=0, must-revalidate"
    vary = ("Accept", "Authorization", "Cookie")

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        role = getattr(request, "role", None)
        if role is not None:
            response["X-Role"] = role
        return response
