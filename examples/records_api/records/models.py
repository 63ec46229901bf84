"""Departments, their doctors, patients, and the appointments between them."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class Record(models.Model):
    """What every table has."""

    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


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
