"""The records themselves: lists, details and writes."""

from django.db.models import ProtectedError
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import APIRootView
from rest_framework.viewsets import ModelViewSet

from records.caching import PrivateReadsMixin, PublicReadsMixin
from records.exceptions import Conflict
from records.models import Appointment, Department, Doctor, Patient
from records.serializers import (
    AppointmentSerializer,
    DepartmentSerializer,
    DoctorSerializer,
    PatientSerializer,
)
from records.statistics import doctor_statistics


class RecordsRootView(PublicReadsMixin, APIRootView):
    """The addresses of the lists."""

    permission_classes = [AllowAny]


class RecordViewSet(ModelViewSet):
    """Behaviour that all records share."""

    def perform_destroy(self, instance) -> None:
        try:
            instance.delete()
        except ProtectedError as error:
            raise Conflict("Other records still refer to this one.") from error


class DepartmentViewSet(PublicReadsMixin, RecordViewSet):
    queryset = Department.objects.all()
    serializer_class = DepartmentSerializer
    permission_classes = [IsAuthenticatedOrReadOnly]
    search_fields = ["name", "location"]


class DoctorViewSet(PublicReadsMixin, RecordViewSet):
    queryset = Doctor.objects.select_related("department")
    serializer_class = DoctorSerializer
    permission_classes = [IsAuthenticatedOrReadOnly]
    search_fields = ["first_name", "last_name", "specialty", "department__name"]

    @action(detail=True)
    def stats(self, request: Request, pk: str) -> Response:
        return Response(doctor_statistics(self.get_object()))


class PatientViewSet(PrivateReadsMixin, RecordViewSet):
    queryset = Patient.objects.select_related("primary_doctor")
    serializer_class = PatientSerializer
    search_fields = ["first_name", "last_name", "mrn"]


class AppointmentViewSet(PrivateReadsMixin, RecordViewSet):
    queryset = Appointment.objects.select_related("doctor", "patient")
    serializer_class = AppointmentSerializer
    search_fields = ["reason", "status", "doctor__last_name", "patient__last_name"]
