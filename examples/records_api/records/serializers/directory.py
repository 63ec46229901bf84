"""Departments and doctors as JSON."""

from rest_framework import serializers

from records.models import Department, Doctor


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
