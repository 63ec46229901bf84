"""JSON shapes; names of related rows are spelled out to spare clients a request."""

from rest_framework import serializers

from records.models import Appointment, Department, Doctor, Patient


class DepartmentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Department
        fields = ["id", "name", "location", "updated_at"]


class DoctorSerializer(serializers.ModelSerializer):
    department_name = serializers.CharField(source="department.name", read_only=True)

    class Meta:
        model = Doctor
        fields = [
            "id",
            "first_name",
            "last_name",
            "specialty",
            "department",
            "department_name",
            "email",
            "licence_number",
            "active",
            "updated_at",
        ]


class PatientSerializer(serializers.ModelSerializer):
    primary_doctor_name = serializers.CharField(source="primary_doctor", read_only=True)

    class Meta:
        model = Patient
        fields = [
            "id",
            "first_name",
            "last_name",
            "birth_date",
            "mrn",
            "phone",
            "address",
            "primary_doctor",
            "primary_doctor_name",
            "updated_at",
        ]


class AppointmentSerializer(serializers.ModelSerializer):
    doctor_name = serializers.CharField(source="doctor", read_only=True)
    patient_name = serializers.CharField(source="patient", read_only=True)

    class Meta:
        model = Appointment
        fields = [
            "id",
            "doctor",
            "doctor_name",
            "patient",
            "patient_name",
            "starts_at",
            "duration_minutes",
            "status",
            "reason",
            "updated_at",
        ]
