"""Patients, and their appointments with doctors."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from records.models.directory import Doctor
from records.models.record import Record


class Patient(Record):
    primary_doctor = models.ForeignKey(Doctor, models.PROTECT, related_name="patients")
    first_name = models.CharField(max_length=60)
    last_name = models.CharField(max_length=60)
    birth_date = models.DateField()
    mrn = models.CharField("medical record number", max_length=20, unique=True)
    phone = models.CharField(max_length=30)
    address = models.CharField(max_length=200)

    class Meta:
        ordering = ["last_name", "first_name", "id"]
        indexes = [
            models.Index(fields=["last_name", "first_name"], name="patient_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Appointment(Record):
    class Status(models.TextChoices):
        SCHEDULED = "scheduled"
        COMPLETED = "completed"
        CANCELLED = "cancelled"

    # The index on (doctor, status) serves look-ups by doctor alone as well.
    doctor = models.ForeignKey(
        Doctor, models.PROTECT, related_name="appointments", db_index=False
    )
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="appointments")
    starts_at = models.DateTimeField()
    duration_minutes = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(5), MaxValueValidator(480)]
    )
    status = models.CharField(
        max_length=10, choices=Status.choices, default=Status.SCHEDULED
    )
    reason = models.CharField(max_length=120)

    class Meta:
        ordering = ["-starts_at", "id"]
        indexes = [
            models.Index(fields=["-starts_at", "id"], name="appointment_by_start"),
            models.Index(fields=["doctor", "status"], name="appointment_by_doctor"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} {self.reason}"
