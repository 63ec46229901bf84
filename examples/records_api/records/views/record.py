"""Behaviour that all records share, and the root that lists them."""

from django.db.models import ProtectedError
from django.http import Http404
from rest_framework.permissions import AllowAny
from rest_framework.routers import APIRootView
from rest_framework.viewsets import ModelViewSet

from records.caching import PublicReadsMixin
from records.exceptions import Conflict
from records.permissions import Area, RolePermission


class RecordsRootView(PublicReadsMixin, APIRootView):
    """The addresses of the lists."""

    permission_classes = [AllowAny]


class RecordViewSet(ModelViewSet):
    """Lists, details and writes of one table."""

    area: Area
    permission_classes = [RolePermission]
    filters: dict[str, str] = {}  # a query parameter, and the look-up that it stands for
    ordering_fields: tuple[str, ...] = ()

    def get_object(self):
        try:
            return super().get_object()
        except OverflowError as error:  # SQLite's, of a key that none of its columns can hold
            raise Http404 from error

    def perform_destroy(self, instance) -> None:
        try:
            instance.delete()
        except ProtectedError as error:
            raise Conflict("Other records still refer to this one.") from error
