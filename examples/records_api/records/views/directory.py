"""Departments and doctors: everybody may read them."""

from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from records.caching import PublicReadsMixin
from records.models import Department, Doctor
from records.permissions import Area
from records.serializers.directory import DepartmentSerializer, DoctorSerializer
from records.statistics import doctor_statistics
from records.views.record import RecordViewSet


class DirectoryViewSet(PublicReadsMixin, RecordViewSet):
    area = Area.DIRECTORY


class DepartmentViewSet(DirectoryViewSet):
    queryset = Department.objects.all()
    serializer_class = DepartmentSerializer
    search_fields = ["name", "location"]
    ordering_fields = ("name", "updated_at")


class DoctorViewSet(DirectoryViewSet):
    queryset = Doctor.objects.select_related("department")
    serializer_class = DoctorSerializer
    search_fields = ["first_name", "last_name", "specialty", "department__name"]
    filters = {"department": "department", "specialty": "specialty", "active": "active"}
    ordering_fields = ("last_name", "specialty", "updated_at")

    @action(detail=True)
    def stats(self, request: Request, pk: str) -> Response:
        return Response(doctor_statistics(self.get_object()))
