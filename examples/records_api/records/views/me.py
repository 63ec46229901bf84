"""Who is asking."""

from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.decorators.vary import vary_on_headers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from records.permissions import ALLOWED, role_of

PRIVATE = cache_control(private=True, max_age=0, must_revalidate=True)


@method_decorator(PRIVATE, name="dispatch")
@method_decorator(vary_on_headers("Accept", "Authorization", "Cookie"), name="dispatch")
class PermissionsView(APIView):
    """The caller's role, and what it may do.

    With Django's own decorators, as most projects have them: they say the same of a
    401 as of a 200, and add no ETag.
    """

    permission_classes = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        role = role_of(request.user)
        return Response(
            {
                "username": request.user.get_username(),
                "role": role,
                "permissions": {area.value: ALLOWED[role][area] for area in ALLOWED[role]},
            }
        )
