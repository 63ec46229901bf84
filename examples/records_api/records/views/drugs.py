"""Interactions of drugs, of which another service knows."""

from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from records.caching import PublicReadsMixin
from records.drug_register import interactions_of


class InteractionsView(PublicReadsMixin, APIView):
    """What the drug register says; no row of ours has part in it."""

    permission_classes = [AllowAny]
    cache_control = "public, max-age=300"
    depends_on = ["drug register"]

    def get(self, request: Request, code: str) -> Response:
        return Response(interactions_of(code))
