"""Medical records and laboratory results: for doctors."""

from records.caching import PrivateReadsMixin
from records.models import LabResult, MedicalRecord
from records.permissions import Area
from records.serializers.clinical import LabResultSerializer, MedicalRecordSerializer
from records.views.record import RecordViewSet


class ClinicalViewSet(PrivateReadsMixin, RecordViewSet):
    area = Area.CLINICAL


class MedicalRecordViewSet(ClinicalViewSet):
    queryset = MedicalRecord.objects.select_related("patient", "doctor")
    serializer_class = MedicalRecordSerializer
    search_fields = ["diagnosis", "notes", "patient__last_name", "patient__mrn"]
    filters = {
        "patient": "patient",
        "doctor": "doctor",
        "from": "visit_date__gte",
        "before": "visit_date__lt",
    }
    ordering_fields = ("visit_date", "diagnosis", "updated_at")


class LabResultViewSet(ClinicalViewSet):
    queryset = LabResult.objects.select_related("patient", "ordered_by")
    serializer_class = LabResultSerializer
    search_fields = ["test_code", "patient__last_name", "patient__mrn"]
    filters = {
        "patient": "patient",
        "ordered_by": "ordered_by",
        "test_code": "test_code",
        "status": "status",
        "from": "taken_at__gte",
        "before": "taken_at__lt",
    }
    ordering_fields = ("taken_at", "test_code", "value", "updated_at")
