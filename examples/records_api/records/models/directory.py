"""Departments and their doctors."""

from django.db import models

from records.models.record import Record


class Department(Record):
    name = models.CharField(max_length=80, unique=True)
    location = models.CharField(max_length=80)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Doctor(Record):
    department = models.ForeignKey(Department, models.PROTECT, related_name="doctors")
    first_name = models.CharField(max_length=60)
    last_name = models.CharField(max_length=60)
    specialty = models.CharField(max_length=80)
    email = models.EmailField(unique=True)
    licence_number = models.CharField(max_length=20, unique=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["last_name", "first_name", "id"]
        indexes = [
            models.Index(fields=["last_name", "first_name"], name="doctor_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"
