"""Patients and appointments."""

from records.caching import PrivateReadsMixin
from records.models import Appointment, Patient
from records.permissions import Area
from records.serializers.patients import AppointmentSerializer, PatientSerializer
from records.views.record import RecordViewSet


class PatientsViewSet(PrivateReadsMixin, RecordViewSet):
    area = Area.PATIENTS


class PatientViewSet(PatientsViewSet):
    queryset = Patient.objects.select_related("primary_doctor")
    serializer_class = PatientSerializer
    search_fields = ["first_name", "last_name", "mrn"]
    filters = {
        "primary_doctor": "primary_doctor",
        "born_from": "birth_date__gte",
        "born_before": "birth_date__lt",
    }
    ordering_fields = ("last_name", "birth_date", "updated_at")


class AppointmentViewSet(PatientsViewSet):
    queryset = Appointment.objects.select_related("doctor", "patient")
    serializer_class = AppointmentSerializer
    search_fields = ["reason", "status", "doctor__last_name", "patient__last_name"]
    filters = {
        "doctor": "doctor",
        "patient": "patient",
        "status": "status",
        "from": "starts_at__gte",
        "before": "starts_at__lt",
    }
    ordering_fields = ("starts_at", "duration_minutes", "updated_at")
