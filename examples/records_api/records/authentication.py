"""Ways to log in: a token for programs, a session for browsers."""

from django.contrib.auth import login, logout
from rest_framework import status
from rest_framework.authentication import SessionAuthentication
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.authtoken.views import ObtainAuthToken
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from records.caching import CachePolicyMixin


class TokenView(CachePolicyMixin, ObtainAuthToken):
    """Exchange a username and password for the user's token."""

    authentication_classes = []


class LoginView(CachePolicyMixin, APIView):
    """Start a session.

    There is no session yet that a CSRF token could be checked against; what keeps
    other sites' forms out is that only JSON is parsed.
    """

    authentication_classes = []
    permission_classes = [AllowAny]

    def post(self, request: Request) -> Response:
        serializer = AuthTokenSerializer(
            data=request.data, context={"request": request}
        )
        serializer.is_valid(raise_exception=True)
        user = serializer.validated_data["user"]
        login(request, user)
        return Response({"username": user.get_username()})


class LogoutView(CachePolicyMixin, APIView):
    """End the session; like every write in a session this needs the CSRF token."""

    authentication_classes = [SessionAuthentication]

    def post(self, request: Request) -> Response:
        logout(request)
        return Response(status=status.HTTP_204_NO_CONTENT)
