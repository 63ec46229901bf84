"""Medical records and laboratory results as JSON."""

from rest_framework import serializers

from records.models import LabResult, MedicalRecord


class MedicalRecordSerializer(serializers.ModelSerializer):
    patient_name = serializers.CharField(source="patient", read_only=True)
    doctor_name = serializers.CharField(source="doctor", read_only=True)

    class Meta:
        model = MedicalRecord
        fields = [
            "id",
            "patient",
            "patient_name",
            "doctor",
            "doctor_name",
            "visit_date",
            "diagnosis",
            "notes",
            "updated_at",
        ]


class LabResultSerializer(serializers.ModelSerializer):
    patient_name = serializers.CharField(source="patient", read_only=True)
    ordered_by_name = serializers.CharField(source="ordered_by", read_only=True)

    class Meta:
        model = LabResult
        fields = [
            "id",
            "patient",
            "patient_name",
            "ordered_by",
            "ordered_by_name",
            "test_code",
            "value",
            "unit",
            "status",
            "taken_at",
            "updated_at",
        ]

    def validate(self, values: dict) -> dict:
        """A result is either pending or has a value."""

        def given(name: str):
            default = LabResult._meta.get_field(name).get_default()
            return values.get(name, getattr(self.instance, name, default))

        if (given("status") == LabResult.Status.PENDING) != (given("value") is None):
            raise serializers.ValidationError(
                {"value": ["A pending result has no value, any other has one."]}
            )
        return values
