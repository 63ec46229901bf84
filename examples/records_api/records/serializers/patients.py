"""Patients and appointments as JSON."""

from rest_framework import serializers

from records.models import Appointment, Patient


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
